"""``sitewright compare``: several plan files side by side, and what each changes of the first."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app.commands.shared import FORMATS, Commands, read_plan_file
from solver.errors import BadInput, InputProblem

NAMED = 12


def add_compare(commands: Commands) -> None:
    """Declare ``sitewright compare``."""
    parser = commands.add_parser("compare", help="plans side by side: sizes, sites in and out, people who change site")
    parser.add_argument("plans", type=Path, nargs="+", metavar="PLAN.json", help="the first is what the others change")
    parser.add_argument("--demand", type=Path, metavar="FILE", help=f"their demand points ({FORMATS}), to count people")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    parser.set_defaults(run=compare)


def compare(options: argparse.Namespace) -> int:
    """Read the plan files, print the table and the differences."""
    from app.commands.words import table

    if len(options.plans) < 2:
        raise BadInput([InputProblem("two plan files or more", column="plans", found="one")])
    docs = [read_plan_file(path) for path in options.plans]
    population = _population(options.demand) if options.demand else None
    rows = [_row(path, doc) for path, doc in zip(options.plans, docs, strict=True)]
    differences = [_difference(docs[0], doc, population) for doc in docs[1:]]
    if options.json:
        print(json.dumps({"plans": rows, "changes": differences}, allow_nan=False))
        return 0
    head = list(rows[0])
    for line in table(head, [["–" if row[name] is None else f"{row[name]}" for name in head] for row in rows]):
        print(line)
    for path, told in zip(options.plans[1:], differences, strict=True):
        print(f"{path}: {len(told['sites_in'])} sites in{_named(told['sites_in'])}")
        print(f"  {len(told['sites_out'])} sites out{_named(told['sites_out'])}")
        if told["points_moved"] is not None:
            people = "" if told["people_moved"] is None else f" ({told['people_moved']:,.0f} people)"
            print(f"  {told['points_moved']:,} points{people} have another primary site")
    return 0


def _row(path: Path, doc: dict[str, Any]) -> dict[str, Any]:
    try:
        gap, gaps = doc["gap"], doc["gaps"]["points"]
        return {
            "plan": str(path),
            "outcome": doc["outcome"],
            "survive": doc["survive"],
            "reach_km": doc["reach_km"],
            "sites": doc["sites"],
            "objective": doc["objective"],
            "lower_bound": doc["lower_bound"],
            "gap": None if gap is None else round(gap, 4),
            "gaps": gaps,
        }
    except (KeyError, TypeError) as error:
        raise BadInput([InputProblem("a plan.json written by sitewright", str(path), found=repr(error))]) from error


def _difference(first: dict[str, Any], other: dict[str, Any], population: dict[str, float] | None) -> dict[str, Any]:
    before, after = set(first["open_sites"]), set(other["open_sites"])
    old, new = _primaries(first), _primaries(other)
    moved = None if old is None or new is None else [i for i in old if old[i] != new.get(i)]
    people = None
    if moved is not None and population is not None:
        people = sum(population.get(identity, 0.0) for identity in moved)
    return {
        "sites_in": [i for i in other["open_sites"] if i not in before],
        "sites_out": [i for i in first["open_sites"] if i not in after],
        "points_moved": None if moved is None else len(moved),
        "people_moved": people,
    }


def _primaries(doc: dict[str, Any]) -> dict[str, str | None] | None:
    """Demand id → its nearest open site; None for a plan file without assignments."""
    assignments = doc.get("assignments")
    if not assignments or not assignments["site_ids"]:
        return None
    return dict(zip(assignments["demand_ids"], assignments["site_ids"][0], strict=True))


def _population(path: Path) -> dict[str, float]:
    from solver.geodata import read_demand

    demand = read_demand(path).data
    return dict(zip(demand.ids, demand.population.tolist(), strict=True))


def _named(sites: list[str]) -> str:
    more = f", … and {len(sites) - NAMED} more" if len(sites) > NAMED else ""
    return f": {', '.join(sites[:NAMED])}{more}" if sites else ""
