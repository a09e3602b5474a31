"""The failure drill: fail sites, or a group of them, and see who moves where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends

from app.dependencies import FinishedPlan, body_schema, json_body
from app.schemas.drill import DrillMove, DrillRequest, DrillView, RiskGroup, TakenOver
from app.units import in_its_unit
from solver.errors import BadInput, InputProblem, shown
from solver.experience import network_ms, service_km
from solver.plan import Plan
from solver.problem import Floats, Ints, Problem

if TYPE_CHECKING:
    from solver.failure import Drill

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])


@router.post(
    "/{plan_id}/drill",
    response_model=DrillView,
    openapi_extra=body_schema(DrillRequest),
    summary="Fail these sites, or a shared-risk group: who moves where",
)
def drill(solved: FinishedPlan, request: Annotated[DrillRequest, Depends(json_body(DrillRequest))]) -> DrillView:
    """422 for an id that is not an open site of this plan, or a group without one."""
    from solver.failure import drill as run_drill

    plan, problem = solved.plan, solved.problem
    failed = request.failed if request.group is None else _members(plan, problem, request.group)
    return _view(run_drill(plan, problem, failed or ()), problem, request.largest)


def _members(plan: Plan, problem: Problem, group: RiskGroup) -> list[str]:
    attributes = problem.candidates.attributes
    if group.column not in attributes:
        expected = f"a column of the candidates ({', '.join(sorted(attributes)) or 'there is none to group by'})"
        raise BadInput([InputProblem(expected, column="group.column", found=shown(group.column))])
    opened = set(plan.open_sites)
    alike = problem.candidates.ids[attributes[group.column] == group.value]
    members = [str(identity) for identity in alike if identity in opened]
    if not members:
        expected = f"a value of {group.column} that an open site has"
        raise BadInput([InputProblem(expected, column="group.value", found=shown(group.value))])
    return members


def _view(drill: Drill, problem: Problem, largest: int | None) -> DrillView:
    listed = np.arange(len(drill.point))
    if largest is not None and largest < len(listed):
        listed = np.lexsort((-drill.population, drill.to_site != ""))[:largest]
    return DrillView(
        failed=list(drill.failed),
        points_moved=drill.points_moved,
        points_lost=drill.points_lost,
        population_moved=drill.population_moved,
        population_lost=drill.population_lost,
        **in_its_unit(problem, "worst_before", _finite(drill.worst_before)),
        **in_its_unit(problem, "worst_after", _finite(drill.worst_after)),
        **in_its_unit(problem, "moved_worst_before", _longest(drill.from_distance[drill.to_site != ""])),
        **in_its_unit(problem, "moved_worst_after", _longest(drill.to_distance[drill.to_site != ""])),
        taken_over=_taken_over(drill, problem),
        moves=_moves(drill, problem, listed),
        moves_omitted=len(drill.point) - len(listed),
    )


def _moves(drill: Drill, problem: Problem, listed: Ints) -> list[DrillMove]:
    demand = problem.demand
    place = {"": -1, **{identity: j for j, identity in enumerate(problem.candidates.ids)}}
    ends = {}
    for end, ids, distance in (
        ("from", drill.from_site, drill.from_distance),
        ("to", drill.to_site, drill.to_distance),
    ):
        sites = np.array([place[identity] for identity in ids], dtype=np.int64)
        ends[end] = service_km(problem, drill.point, sites, distance), network_ms(problem, sites, distance)
    (from_km, from_ms), (to_km, to_ms) = ends["from"], ends["to"]
    return [
        DrillMove(
            point_id=str(demand.ids[point]),
            name=str(demand.names[point]),
            lat=float(demand.lat_deg[point]),
            lon=float(demand.lon_deg[point]),
            population=float(demand.population[point]),
            from_site=str(drill.from_site[i]),
            to_site=str(drill.to_site[i]) or None,
            from_km=float(from_km[i]),
            to_km=_finite(to_km[i]),
            from_rtt_ms=float(from_ms[i]),
            to_rtt_ms=_finite(to_ms[i]),
        )
        for i, point in zip(listed, drill.point[listed], strict=True)
    ]


def _taken_over(drill: Drill, problem: Problem) -> list[TakenOver]:
    served = drill.to_site != ""
    sites, at = np.unique(drill.to_site[served].astype(str), return_inverse=True)
    people = np.bincount(at, drill.population[served], len(sites))
    worst = np.zeros(len(sites))
    np.maximum.at(worst, at, drill.to_distance[served])
    points = np.bincount(at, minlength=len(sites))
    return [
        TakenOver(
            site=str(sites[i]),
            points=int(points[i]),
            population=float(people[i]),
            **in_its_unit(problem, "worst", float(worst[i])),
        )
        for i in np.argsort(-people, kind="stable")
    ]


def _longest(distance: Floats) -> float | None:
    return float(distance.max()) if len(distance) else None


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
