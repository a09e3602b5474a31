"""Which open sites reach which point, when reach is a table of pairs that a browser cannot recompute."""

from __future__ import annotations

from typing import Any

import numpy as np

from solver.plan import Plan
from solver.problem import PairReach, Problem


def links_to_open_sites(plan: Plan, problem: Problem) -> dict[str, Any] | None:
    """CSR over demand points: ``start`` (n+1), ``site`` (positions in the open sites), ``distance`` (pair unit)."""
    if not isinstance(problem.reach, PairReach) or not plan.usable:
        return None
    reach = problem.reach
    point_of = {identity: row for row, identity in enumerate(problem.demand.ids)}
    site_of = {identity: row for row, identity in enumerate(plan.open_sites)}
    kept = [
        (point_of[demand_id], value, site_of[site_id])
        for demand_id, site_id, value in zip(reach.demand_ids, reach.candidate_ids, reach.value, strict=True)
        if value <= reach.limit and site_id in site_of and demand_id in point_of
    ]
    kept.sort()
    counts = np.bincount(np.array([point for point, _, _ in kept], dtype=np.int64), minlength=len(problem.demand))
    return {
        "start": np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(int).tolist(),
        "site": [site for _, _, site in kept],
        "distance": [round(float(value), 4) for _, value, _ in kept],
    }
