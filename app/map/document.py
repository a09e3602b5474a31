"""Everything the map draws, as one compact columnar document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.map.bounds import bounds_around
from app.map.links import links_to_open_sites
from app.map.standing import reach_limit, shared_columns
from app.units import reach_unit
from solver.experience import tier_ms
from solver.plan import CoverageGap, Plan
from solver.problem import Candidates, Demand, Problem
from solver.protection import protected

COORDINATE_DECIMALS = 7
"""A centimetre: the drill in the browser must agree with the server's about who is just in reach."""

DISTANCE_DECIMALS = 4

DRAWN_ONE_BY_ONE = 20_000
"""A canvas draws this many points within a frame or two; more come as tiles."""

Document = dict[str, Any]


def map_document(
    plan: Plan,
    problem: Problem,
    title: str = "",
    named: Sequence[str] = (),
    tiled: bool = False,
    most: int | None = None,
) -> Document:
    """The JSON behind the map of ``plan``: columns, not features, so 20,000 points stay near a megabyte.

    demand.servers and demand.distance hold survive+1 columns of n entries: positions in ``sites`` (-1:
    none) and distances (null: none).  Names are the user's text and must only ever be shown as text.
    An infeasible plan has its gaps and candidates, and no sites.  ``named``: whom the places are credited to.
    ``tiled``: the points come as map tiles, so their columns stay empty.  ``most``: only so many points, the largest.
    """
    demand, candidates = problem.demand, problem.candidates
    is_open = np.isin(candidates.ids, list(plan.open_sites))
    opened = np.flatnonzero(is_open)
    rows = np.empty(0, dtype=np.int64) if tiled else _largest(demand, most)
    return {
        "title": title,
        "credits": list(named),
        "plan": _figures(plan),
        "reach": _reach(problem),
        "bounds": bounds_around(
            np.concatenate([demand.lat_deg, candidates.lat_deg[is_open]]),
            np.concatenate([demand.lon_deg, candidates.lon_deg[is_open]]),
        ),
        "tiled": tiled,
        "demand": _demand(plan, problem, rows),
        "sites": {**_sites(problem, opened), **_loads(plan, problem), "groups": shared_columns(plan, problem)},
        "shared_risk": list(problem.shared_risk),
        "unused": _sites(problem, np.flatnonzero(~is_open)),
        "gaps": _gaps(plan.gaps),
        "links": links_to_open_sites(plan, problem, rows),
    }


def _figures(plan: Plan) -> Document:
    return {
        "outcome": plan.outcome.value,
        "sites": plan.sites,
        "lower_bound": plan.lower_bound,
        "gap": plan.gap,
        "survive": plan.survive,
        "seconds": round(plan.seconds, 3),
    }


def _reach(problem: Problem) -> Document:
    unit = reach_unit(problem)
    base_ms, at_1_km = problem.latency.rtt_ms([0.0, 1.0]).tolist()
    return {
        "limit": reach_limit(problem),
        "unit": unit,
        "base_ms": base_ms if unit == "km" else 0.0,
        "rtt_ms_per_km": at_1_km - base_ms,
    }


def _largest(demand: Demand, most: int | None) -> npt.NDArray[np.int64]:
    """The rows of the most populous points, ascending; of all without ``most``."""
    if most is None or len(demand) <= most:
        return np.arange(len(demand))
    return np.sort(np.argsort(-demand.population, kind="stable")[:most])


def _demand(plan: Plan, problem: Problem, rows: npt.NDArray[np.int64]) -> Document:
    demand = problem.demand
    return {
        "size": len(demand),
        "total_population": float(demand.population.sum()),
        **_places(demand, rows),
        "population": _numbers(demand.population[rows], 1),
        **_service(plan, rows),
        "unprotected": np.flatnonzero(~protected(plan, problem)[rows]).tolist() if len(rows) else [],
    }


def _places(places: Demand | Candidates, rows: npt.NDArray[np.int64]) -> Document:
    return {
        "id": places.ids[rows].tolist(),
        "name": places.names[rows].tolist(),
        "lon": _numbers(places.lon_deg[rows], COORDINATE_DECIMALS),
        "lat": _numbers(places.lat_deg[rows], COORDINATE_DECIMALS),
    }


def _sites(problem: Problem, rows: npt.NDArray[np.int64]) -> Document:
    required, forbidden = problem.required_ids, problem.forbidden_ids
    ids = problem.candidates.ids[rows]
    status = ["required" if i in required else "forbidden" if i in forbidden else "candidate" for i in ids]
    reach = _numbers(problem.reach_limit[rows], DISTANCE_DECIMALS)
    extra_ms = _numbers(tier_ms(problem)[rows], DISTANCE_DECIMALS)
    return {**_places(problem.candidates, rows), "status": status, "reach": reach, "extra_ms": extra_ms}


def _loads(plan: Plan, problem: Problem) -> Document:
    """Whom each open site serves while nothing fails."""
    primary = plan.servers[:, 0] if plan.usable else np.empty(0, dtype=np.int32)
    served = primary >= 0
    people = np.bincount(primary[served], problem.demand.population[: len(primary)][served], plan.sites).astype(
        np.float64
    )
    places = np.bincount(primary[served], minlength=plan.sites)
    return {"population": _numbers(people, 1), "places": places.tolist()}


def _service(plan: Plan, rows: npt.NDArray[np.int64]) -> Document:
    if not plan.usable or len(rows) == 0:
        return {"servers": [], "distance": []}
    return {
        "servers": plan.servers[rows].T.tolist(),
        "distance": [_numbers(column, DISTANCE_DECIMALS) for column in plan.distance[rows].T],
    }


def _gaps(gaps: Sequence[CoverageGap]) -> Document:
    return {
        "id": [gap.point_id for gap in gaps],
        "name": [gap.name for gap in gaps],
        "lon": [round(gap.lon_deg, COORDINATE_DECIMALS) for gap in gaps],
        "lat": [round(gap.lat_deg, COORDINATE_DECIMALS) for gap in gaps],
        "population": _numbers(np.array([gap.population for gap in gaps]), 1),
        "candidates_in_reach": [gap.candidates_in_reach for gap in gaps],
        "candidates_needed": [gap.candidates_needed for gap in gaps],
        "smallest_reach": [gap.smallest_reach for gap in gaps],
        "shared_group": [gap.shared_group for gap in gaps],
    }


def _numbers(values: npt.NDArray[np.float64], decimals: int) -> list[float | int | None]:
    """Rounded, whole numbers without their ".0", nan as None: what JSON can hold, in the fewest characters."""
    rounded = np.round(values, decimals).tolist()
    return [None if v != v else int(v) if v == int(v) else v for v in rounded]
