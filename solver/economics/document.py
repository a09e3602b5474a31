"""A study as plain values: what the API answers, the command line prints and a planner exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from math import isfinite
from typing import Any

from solver.economics.inputs import CATALOGUE, Inputs
from solver.economics.redundancy import Option, Redundancy
from solver.economics.study import Study
from solver.economics.verdict import Verdict
from solver.problem import LatencyReach


def study_to_dict(study: Study) -> dict[str, Any]:
    """Numbers that are not finite become None."""
    fleet, costs = study.judgement.fleet, study.judgement.costs
    reach = study.problem.reach
    promise = None
    if isinstance(reach, LatencyReach):
        promise = {
            "slo_ms": reach.slo_ms,
            "spent_ms": dict(reach.spent_ms),
            "network_ms": reach.network_ms,
            "base_ms": reach.latency.base_ms,
            "route_factor": reach.latency.route_factor,
            "radius_km": reach.radius_km,
        }
    told = {
        "promise": promise,
        "plan": {
            "outcome": study.plan.outcome.value,
            "sites": study.plan.sites,
            "lower_bound": study.plan.lower_bound,
            "survive": study.plan.survive,
            "population": study.case.loads.total,
            "population_served": study.case.loads.served,
            "population_unprotected": float(study.problem.demand.population[study.plan.unprotected].sum()),
            "population_in_gaps": sum(gap.population for gap in study.plan.gaps),
        },
        "inputs": inputs_table(study.inputs, study.origins),
        "sites": sites_table(study),
        "totals": {**asdict(fleet.total), "sites_short_of_power": int(fleet.short_of_power.sum())},
        "costs": {**asdict(costs), "utilisation": fleet.total.utilisation_fleet},
        "regions": {
            **asdict(study.regions.shares),
            "reach_km": study.case.reach_km,
            "reach_ms": study.case.reach_ms,
            "slo_ms": study.case.slo_ms,
            "places": regions_table(study),
        },
        "verdict": _verdict(study.verdict),
        "sensitivity": [
            {"name": one.name, "label": CATALOGUE[one.name].label, "unit": CATALOGUE[one.name].unit}
            | asdict(one)
            | {"swing": one.swing}
            for one in study.sensitivity
        ],
        "redundancy": None if study.redundancy is None else _redundancy(study.redundancy),
        "trace": [asdict(row) for row in study.trace],
    }
    finite: dict[str, Any] = _finite(told)
    return finite


def inputs_table(inputs: Inputs | None = None, origins: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The catalogue with the values of ``inputs`` (the defaults)."""
    v, set_by = inputs or Inputs(), origins or {}
    return [
        {
            "name": name,
            "label": entry.label,
            "group": entry.group,
            "value": v[name],
            "default": entry.default,
            "unit": entry.unit,
            "low": entry.low,
            "high": entry.high,
            "least": entry.least,
            "most": entry.most if isfinite(entry.most) else None,
            "source": entry.source,
            "set_by": set_by.get(name),
            "assumption": entry.assumed,
        }
        for name, entry in CATALOGUE.items()
    ]


def sites_table(study: Study) -> list[dict[str, Any]]:
    """One row per open site: load, size, power, cost."""
    fleet, loads = study.judgement.fleet, study.case.loads
    per_site = {one.name: getattr(fleet.per_site, one.name) for one in fields(fleet.per_site)}
    available, short = fleet.available_kw, fleet.short_of_power
    return [
        {
            "id": identity,
            "name": loads.names[s],
            "tier": loads.tiers[s],
            "population": float(loads.population[s]),
            "failover_population": float(loads.failover_population[s]),
            **{name: float(values[s]) for name, values in per_site.items()},
            "available_kw": float(available[s]),
            "short_of_power": bool(short[s]),
        }
        for s, identity in enumerate(loads.ids)
    ]


def regions_table(study: Study) -> list[dict[str, Any]]:
    """The places of cloud regions that are nearest to somebody, most people first."""
    view = study.regions
    rows = [
        {
            "ids": view.places.ids[r].split(" "),
            "name": view.places.names[r],
            "lat": float(view.places.lat_deg[r]),
            "lon": float(view.places.lon_deg[r]),
            "population_nearest": float(view.population_nearest[r]),
            "population_within": float(view.population_within[r]),
        }
        for r in range(len(view.places.ids))
        if view.population_nearest[r] > 0
    ]
    return sorted(rows, key=lambda row: -row["population_nearest"])


def _verdict(verdict: Verdict) -> dict[str, Any]:
    told = asdict(verdict)
    told["drivers"] = [{**asdict(one), "favours": one.favours} for one in verdict.drivers]
    return told


def _redundancy(found: Redundancy) -> dict[str, Any]:
    told = {"sentence": found.sentence, **asdict(found)}
    options: dict[str, Option] = {"single": found.single, "facility": found.facility, "geo": found.geo}
    for name, option in options.items():
        told[name]["availability"]["minutes_without_year"] = option.availability.minutes_without_year
    return told


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
