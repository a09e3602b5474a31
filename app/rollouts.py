"""The roll-out order as a document and as rows of a table."""

from __future__ import annotations

from typing import Any

from solver.plan import Plan
from solver.problem import Problem


def rollout_document(plan: Plan, problem: Problem) -> dict[str, Any]:
    """One entry per open site in the order of opening.  Raises BadInput for a plan without sites."""
    from solver.studies.rollout import rollout

    told, candidates = rollout(plan, problem), problem.candidates
    place = {identity: j for j, identity in enumerate(candidates.ids)}
    people = told.people or 1.0
    steps = []
    for identity, step in zip(told.sites, told.step.tolist(), strict=True):
        j = place[identity]
        steps.append(
            {
                "step": step,
                "id": identity,
                "name": str(candidates.names[j]),
                "kept": step == 0,
                "lon": float(candidates.lon_deg[j]),
                "lat": float(candidates.lat_deg[j]),
                "points_single": int(told.points_single[step]),
                "people_single": float(told.people_single[step]),
                "share_single": round(float(told.people_single[step]) / people, 6),
                "points_protected": int(told.points_protected[step]),
                "people_protected": float(told.people_protected[step]),
                "share_protected": round(float(told.people_protected[step]) / people, 6),
                "cost_usd": None if told.cost_usd is None else float(told.cost_usd[step]),
            }
        )
    return {
        "survive": plan.survive,
        "kept": told.kept,
        "points": told.points,
        "people": told.people,
        "steps": steps,
    }
