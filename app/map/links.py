"""Which open sites reach which point, when a browser cannot work that out from coordinates."""

from __future__ import annotations

from typing import Any

import numpy as np

from solver.plan import Plan
from solver.problem import PairReach, Problem


def links_to_open_sites(plan: Plan, problem: Problem) -> dict[str, Any] | None:
    """CSR over demand points: ``start`` (n+1), ``site`` (positions in the open sites), ``distance``.

    None when the great circle and each site's reach tell it all, as they do for points and plain radii.
    """
    from solver.coverage import build_coverage

    if not plan.usable or not (isinstance(problem.reach, PairReach) or problem.entire):
        return None
    place = np.full(len(problem.candidates), -1)
    place[np.isin(problem.candidates.ids, list(plan.open_sites))] = np.arange(plan.sites)
    coverage = build_coverage(problem)
    point = np.repeat(np.arange(coverage.n_points), np.diff(coverage.indptr))
    site = place[coverage.indices]
    entry = np.flatnonzero(site >= 0)
    entry = entry[np.lexsort((coverage.distance[entry], point[entry]))]
    return {
        "start": np.searchsorted(point[entry], np.arange(coverage.n_points + 1)).tolist(),
        "site": site[entry].tolist(),
        "distance": np.round(coverage.distance[entry], 4).tolist(),
    }
