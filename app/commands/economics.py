"""``sitewright economics``: what a plan costs, what it is compared with, and the verdict."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.shared import (
    FORMATS,
    Commands,
    add_overrides,
    add_plan_file,
    read_plan_and_problem,
    read_plan_file,
    say,
)
from solver.errors import BadInput, InputProblem, shown

if TYPE_CHECKING:
    from solver.plan import Plan
    from solver.problem import Problem

TABLES = ("trace", "sites", "inputs", "sensitivity")
BARS = 3


def add_economics(commands: Commands) -> None:
    """Declare ``sitewright economics``."""
    parser = commands.add_parser(
        "economics",
        help="what a plan costs, edge against region, and the verdict",
        description="Every input is a default with unit and source (--table inputs lists them); --set changes one.",
    )
    add_plan_file(parser)
    add_overrides(parser)
    parser.add_argument("--tier", metavar="NAME", help="a tier of the catalogue: the power its sites have at least")
    parser.add_argument("--model", metavar="NAME", help="a model of the catalogue, with --accelerator")
    parser.add_argument("--accelerator", metavar="NAME", help="an accelerator of the catalogue")
    parser.add_argument(
        "--regions", type=Path, metavar="FILE", help=f"cloud regions to compare with ({FORMATS}; default: bundled)"
    )
    parser.add_argument(
        "--counterpart",
        type=Path,
        metavar="PLAN.json",
        help="single-cover plan of the same inputs (for one that survives nothing: a surviving one), for the "
        "comparison of redundancies; default: solved within 10 s",
    )
    parser.add_argument("--no-redundancy", action="store_true", help="leave that comparison out")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="one JSON object, as POST …/economics answers")
    output.add_argument("--table", choices=TABLES, help="one table as CSV")
    parser.set_defaults(run=economics)


def economics(options: argparse.Namespace) -> int:
    """Read the plan, cost it, print."""
    from app.economics import bundled_regions, overrides_from
    from app.exports import rows_to_csv
    from solver.economics import study
    from solver.economics.document import study_to_dict
    from solver.economics.model import stated_inputs
    from solver.geodata import read_candidates

    model = {"name": options.model, "accelerator": options.accelerator}
    served = model if any(model.values()) else None
    chosen, origins = stated_inputs(overrides_from(options.overrides, "--set"), options.tier, served)
    answer, problem = read_plan_and_problem(options)
    regions = bundled_regions() if options.regions is None else read_candidates(options.regions).data
    counterpart = None if options.no_redundancy or not answer.usable else _counterpart(problem, options.counterpart)
    told = study_to_dict(study(answer, problem, regions, chosen, counterpart, origins))
    if options.json:
        print(json.dumps(told))
    elif options.table:
        sys.stdout.write(rows_to_csv(told[options.table]).decode("utf-8"))
    else:
        _print(told)
    return 0


def _counterpart(problem: Problem, path: Path | None) -> tuple[Plan, Problem] | None:
    from solver.economics import companion_plan, companion_problem
    from solver.planfile import plan_from_dict

    other = companion_problem(problem)
    if other is None:
        say("note: a plan that protects a part of the population has no counterpart to compare with")
        return None
    if path is not None:
        doc = read_plan_file(path)
        if doc.get("survive") != other.survive:
            found = f"one solved for survive {shown(doc.get('survive'))}"
            raise BadInput([InputProblem(f"a plan for survive {other.survive}", path.name, found=found)])
        return plan_from_dict(doc, other), other
    say("solving the counterpart plan (at most 10 s)")
    plan = companion_plan(other)
    return (plan, other) if plan.usable else None


def _print(told: dict[str, Any]) -> None:
    costs, totals, verdict = told["costs"], told["totals"], told["verdict"]
    print(verdict["sentence"])
    print(
        f"\ncapex {totals['capex_usd_fleet']:,.0f} USD; {totals['edge_usd_year']:,.0f} USD a year, of which "
        f"{totals['opex_usd_year']:,.0f} opex; utilisation {costs['utilisation']:.1%}, break-even with a region "
        f"{_reached(costs['parity_utilisation'])}, with the edge's premium {_reached(costs['paid_utilisation'])}"
    )
    print("\ndrivers (-1 region, +1 edge)")
    for driver in verdict["drivers"]:
        print(f"  {driver['score']:+.2f} {driver['name']}: {driver['sentence']}")
    print("\nwhat would flip it")
    for flip in verdict["flips"]:
        then = f" → {flip['outcome']}" if flip["outcome"] != verdict["outcome"] else ""
        print(f"  {flip['driver']}: {flip['sentence']}{then}")
    print(f"\nwhat matters most ({costs['edge_to_region_ratio']:.1f} times a region's cost now)")
    for bar in told["sensitivity"][:BARS]:
        print(
            f"  {bar['label']} ({bar['name']}) {bar['low']:g} to {bar['high']:g} {bar['unit']}: "
            f"{bar['result_low']:.1f} to {bar['result_high']:.1f} times"
        )
    for pattern in verdict["antipatterns"]:
        if pattern["raised"]:
            print(f"\nanti-pattern: {pattern['name']}. {pattern['sentence']}")
    if told["redundancy"] is not None:
        print(f"\nredundancy: {told['redundancy']['sentence']}")


def _reached(utilisation: float | None) -> str:
    if utilisation is None:
        return "at no utilisation"
    return f"at {utilisation:.0%}" if utilisation <= 1 else f"never (it would take {utilisation:.0%})"
