"""Plans side by side: their figures, the sites they do not share, and whom the difference touches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.planning import Solved
from app.units import reach_unit
from solver.plan import Plan
from solver.problem import Demand


def compared(plans: Sequence[Solved]) -> dict[str, Any]:
    """Figures of each plan, and differences against the first.

    Sites are told apart by id.  ``affected`` is None where a plan has other demand than the first.
    """
    first = plans[0]
    names = {str(i): (str(n), float(lon), float(lat)) for one in plans for i, n, lon, lat in _candidates(one)}
    opened = [set(one.plan.open_sites) for one in plans]
    shared = set.intersection(*opened)
    differing = sorted(set.union(*opened) - shared, key=lambda i: (names[i][0], i))
    return {
        "plans": [_figures(one) for one in plans],
        "sites_in_all": len(shared),
        "differing_sites": [
            {"id": i, "name": names[i][0], "lon": names[i][1], "lat": names[i][2], "open": [i in ids for ids in opened]}
            for i in differing
        ],
        "affected": [_affected(first, other) for other in plans[1:]],
    }


def _candidates(one: Solved) -> zip[tuple[Any, Any, Any, Any]]:
    candidates = one.problem.candidates
    return zip(candidates.ids, candidates.names, candidates.lon_deg, candidates.lat_deg, strict=True)


def _figures(one: Solved) -> dict[str, Any]:
    plan, problem = one.plan, one.problem
    reached = plan.distance[:, 0] if plan.usable else np.empty(0)
    after = plan.distance[:, 1] if plan.usable and plan.survive >= 1 else np.empty(0)
    unprotected = np.array([gap.population for gap in plan.gaps], dtype=np.float64)
    left_out = problem.demand.population[plan.unprotected]
    return {
        "id": one.id,
        "name": one.name,
        "outcome": plan.outcome.value,
        "sites": plan.sites if plan.usable else None,
        "lower_bound": plan.lower_bound,
        "gap": plan.gap,
        "survive": plan.survive,
        "reach": float(problem.reach_limit.max()),
        "unit": reach_unit(problem),
        "worst_distance": _worst(reached),
        "worst_distance_after_a_failure": _worst(after),
        "mean_distance": _mean(reached, problem.demand.population) if plan.usable else None,
        "unprotected_points": len(unprotected) + len(left_out),
        "unprotected_population": float(unprotected.sum() + left_out.sum()),
    }


def _worst(distance: npt.NDArray[np.float64]) -> float | None:
    known = distance[np.isfinite(distance)]
    return round(float(known.max()), 4) if len(known) else None


def _mean(distance: npt.NDArray[np.float64], people: npt.NDArray[np.float64]) -> float | None:
    """Per person, over everybody served."""
    served = np.isfinite(distance)
    weight = float(people[served].sum())
    return round(float(distance[served] @ people[served]) / weight, 4) if weight > 0 else None


def _affected(first: Solved, other: Solved) -> dict[str, Any] | None:
    """Points whose primary or backup sites are not the same ones."""
    demand = first.problem.demand
    if not (_same(demand, other.problem.demand) and first.plan.usable and other.plan.usable):
        return None
    width = max(first.plan.survive, other.plan.survive) + 1
    changed = (_servers(first.plan, width) != _servers(other.plan, width)).any(axis=1)
    return {"points": int(changed.sum()), "population": float(demand.population[changed].sum())}


def _same(one: Demand, other: Demand) -> bool:
    return one is other or (len(one) == len(other) and bool(np.array_equal(one.ids, other.ids)))


def _servers(plan: Plan, width: int) -> npt.NDArray[np.object_]:
    """(n, width) ids of the serving sites, nearest first, "" where there is none."""
    ids = np.array([*plan.open_sites, ""], dtype=object)
    table = np.full((len(plan.servers), width), "", dtype=object)
    table[:, : plan.servers.shape[1]] = ids[plan.servers]
    return table
