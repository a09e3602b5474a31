"""Everything the map draws, as one compact columnar document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.map.bounds import bounds_around
from app.map.links import links_to_open_sites
from solver.latency import fibre_rtt_ms
from solver.plan import CoverageGap, Plan
from solver.problem import Candidates, Demand, PairReach, Problem

COORDINATE_DECIMALS = 7
"""A centimetre: the drill in the browser must agree with the server's about who is just in reach."""

DISTANCE_DECIMALS = 4

Document = dict[str, Any]


def map_document(plan: Plan, problem: Problem, title: str = "", named: Sequence[str] = ()) -> Document:
    """The JSON behind the map of ``plan``: columns, not features, so 20,000 points stay near a megabyte.

    demand.servers and demand.distance hold survive+1 columns of n entries: positions in ``sites`` (-1:
    none) and distances (null: none).  Names are the user's text and must only ever be shown as text.
    An infeasible plan has its gaps and candidates, and no sites.  ``named``: whom the places are credited to.
    """
    demand, candidates = problem.demand, problem.candidates
    is_open = np.isin(candidates.ids, list(plan.open_sites))
    return {
        "title": title,
        "credits": list(named),
        "plan": _figures(plan),
        "reach": _reach(problem),
        "bounds": bounds_around(
            np.concatenate([demand.lat_deg, candidates.lat_deg[is_open]]),
            np.concatenate([demand.lon_deg, candidates.lon_deg[is_open]]),
        ),
        "demand": {**_places(demand), "population": _numbers(demand.population, 1), **_service(plan)},
        "sites": _sites(problem, _positions(candidates, plan.open_sites)),
        "unused": _sites(problem, np.flatnonzero(~is_open)),
        "gaps": _gaps(plan.gaps),
        "links": links_to_open_sites(plan, problem) if isinstance(problem.reach, PairReach) else None,
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
    if isinstance(problem.reach, PairReach):
        unit, limit = problem.reach.unit, problem.reach.limit
    else:
        unit, limit = "km", problem.reach.radius_km
    return {"limit": limit, "unit": unit, "rtt_ms_per_km": float(fibre_rtt_ms(1.0))}


def _places(places: Demand | Candidates, rows: npt.NDArray[np.int64] | None = None) -> Document:
    rows = np.arange(len(places)) if rows is None else rows
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
    return {**_places(problem.candidates, rows), "status": status}


def _positions(candidates: Candidates, ids: Sequence[str]) -> npt.NDArray[np.int64]:
    position = {identity: row for row, identity in enumerate(candidates.ids)}
    return np.array([position[identity] for identity in ids], dtype=np.int64)


def _service(plan: Plan) -> Document:
    if not plan.usable:
        return {"servers": [], "distance": []}
    return {
        "servers": plan.servers.T.tolist(),
        "distance": [_numbers(column, DISTANCE_DECIMALS) for column in plan.distance.T],
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
    }


def _numbers(values: npt.NDArray[np.float64], decimals: int) -> list[float | int | None]:
    """Rounded, whole numbers without their ".0", nan as None: what JSON can hold, in the fewest characters."""
    rounded = np.round(values, decimals).tolist()
    return [None if v != v else int(v) if v == int(v) else v for v in rounded]
