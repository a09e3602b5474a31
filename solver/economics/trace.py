"""Every number of a study with its unit, its formula and what it was computed from: the table a planner exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from solver.economics.fleet import Fleet, FleetCosts, SiteCosts
from solver.economics.inputs import CATALOGUE, Inputs
from solver.economics.quantities import ResultEntry, result_entries
from solver.economics.redundancy import Redundancy
from solver.economics.regions import RegionShares
from solver.economics.unit_costs import UnitCosts

PLAN_QUANTITIES = {
    "sites": ("sites", "open sites of the plan"),
    "population": ("people per site", "people whose primary the site is"),
    "failover_population": ("people per site", "most people who come over when one other site fails"),
}


@dataclass(frozen=True)
class TraceRow:
    """One quantity.

    kind: "input", "plan" (counted in the plan), "site" (one value per site, in the sites table; value None) or
    "result" · formula: for an input, its source · inputs: the quantities the formula names.
    """

    name: str
    kind: str
    value: float | None
    unit: str
    formula: str
    inputs: tuple[str, ...]


def trace(
    v: Inputs,
    fleet: Fleet,
    costs: UnitCosts,
    shares: RegionShares,
    redundancy: Redundancy | None,
    origins: Mapping[str, str],
) -> tuple[TraceRow, ...]:
    """Inputs first, then results, each after what it is computed from.  origins: see ``input_source``."""
    rows = [
        TraceRow(name, "input", v[name], entry.unit, input_source(name, origins), ())
        for name, entry in CATALOGUE.items()
    ]
    rows += [
        TraceRow(name, "plan", float(len(fleet.loads)) if name == "sites" else None, unit, told, ())
        for name, (unit, told) in PLAN_QUANTITIES.items()
    ]
    results: list[tuple[str, type[Any], Any]] = [
        ("site", SiteCosts, None),
        ("result", FleetCosts, fleet.total),
        ("result", UnitCosts, costs),
        ("result", RegionShares, shares),
    ]
    if redundancy is not None:
        results.append(("result", Redundancy, redundancy))
    entries = [(kind, entry, owner) for kind, owner_type, owner in results for entry in result_entries(owner_type)]
    known = {row.name for row in rows} | {entry.name for _, entry, _ in entries}
    rows += [_row(kind, entry, owner, known) for kind, entry, owner in entries]
    return tuple(rows)


def _row(kind: str, entry: ResultEntry, owner: Any, known: set[str]) -> TraceRow:
    value = None if owner is None else float(getattr(owner, entry.name))
    shown = value if value is not None and isfinite(value) else None
    return TraceRow(entry.name, kind, shown, entry.unit, entry.formula, entry.uses(known))


def input_source(name: str, origins: Mapping[str, str]) -> str:
    """Where a value comes from: who set it (``origins``), otherwise the source of the default."""
    entry = CATALOGUE[name]
    return f"{origins[name]} (default {entry.default:g}: {entry.source})" if name in origins else entry.source
