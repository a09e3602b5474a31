"""Which open sites reach which point, when a browser cannot work that out from coordinates."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from solver.plan import Plan
from solver.problem import PairReach, Problem


def links_to_open_sites(plan: Plan, problem: Problem, rows: npt.NDArray[np.int64]) -> dict[str, Any] | None:
    """CSR over the demand points ``rows``, ascending.

    start: (len(rows)+1,) · site: positions in the open sites · distance: km, or the unit of the pair table.
    None when the great circle and each site's reach tell it all, as they do for points and plain radii.
    """
    from solver.coverage import build_coverage

    if not plan.usable or len(rows) == 0 or not (isinstance(problem.reach, PairReach) or problem.entire):
        return None
    place = np.full(len(problem.candidates), -1)
    place[np.isin(problem.candidates.ids, list(plan.open_sites))] = np.arange(plan.sites)
    coverage = build_coverage(problem)
    point = np.repeat(np.arange(coverage.n_points), np.diff(coverage.indptr))
    site = place[coverage.indices]
    entry = np.flatnonzero((site >= 0) & np.isin(point, rows))
    entry = entry[np.lexsort((coverage.distance[entry], point[entry]))]
    return {
        "start": [*np.searchsorted(point[entry], rows).tolist(), len(entry)],
        "site": site[entry].tolist(),
        "distance": np.round(coverage.distance[entry], 4).tolist(),
    }
