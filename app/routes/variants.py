"""Variants of a plan: make one, see what it changed, see where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Response

from app.database import PlanRow
from app.dependencies import FinishedPlan, Parts, Service, body_schema, json_body
from app.errors import Conflict
from app.jobs import queue
from app.planning import Solved, problem_of, settled
from app.routes.studies import IdempotencyKey, plan_row
from app.routes.views import plan_view
from app.schemas.plans import PlanView
from app.schemas.studies import (
    Affected,
    ChangesView,
    LineageView,
    MovedPoint,
    SizeDifference,
    StandingView,
    VariantRequest,
)
from app.variants import varied
from solver.latency import LatencyModel
from solver.problem import Ints, PairReach

if TYPE_CHECKING:
    from solver.studies.whatif import Changes, Standing

router = APIRouter(prefix="/api/v1/plans/{plan_id}", tags=["studies"])


@router.post(
    "/variants",
    status_code=202,
    response_model=PlanView,
    openapi_extra=body_schema(VariantRequest),
    summary="The same plan with some changes; its solve starts from this plan's sites",
)
def variant(
    plan_id: str,
    parts: Parts,
    response: Response,
    request: Annotated[VariantRequest, Depends(json_body(VariantRequest))],
    idempotency_key: IdempotencyKey = None,
) -> PlanView:
    """A plan of its own with this one as its parent, whatever state this one is in.  422 names what does not fit."""
    parent = plan_row(parts, plan_id)
    demand = parts.storage.demand(parts.dataset(parent.demand_id).content_hash)
    candidates = parts.storage.candidates(parts.dataset(parent.candidates_id).content_hash)
    name = request.name or f"Variant of {parent.name}"[:200]
    body = {**varied(parent.request, request, candidates), "name": name}
    problem_of(body, demand, candidates, parts.matrix(body["reach"]))
    row = queue.submit(
        parts.database,
        name=name,
        request=settled(body),
        request_hash=queue.fingerprint({**body, "parent": parent.id}),
        demand_id=parent.demand_id,
        candidates_id=parent.candidates_id,
        parent_id=parent.id,
        idempotency_key=idempotency_key,
    )
    response.headers["Location"] = f"/api/v1/plans/{row.id}"
    return plan_view(row, None)


@router.get("/lineage", response_model=LineageView, summary="Ancestors, variants and curves of a plan")
def lineage(plan_id: str, parts: Parts) -> LineageView:
    """Follow ``variants`` of each for the whole tree."""
    row = queue.get(parts.database, plan_id)
    return LineageView(
        ancestors=_views(parts, queue.ancestors(parts.database, row)),
        plan=_views(parts, [row])[0],
        variants=_views(parts, queue.children(parts.database, row.id, "plan")),
        curves=_views(parts, queue.children(parts.database, row.id, "curve")),
    )


@router.get("/changes", response_model=ChangesView, summary="What is different from its parent, or another plan")
def changes(
    solved: FinishedPlan,
    parts: Parts,
    against: Annotated[str | None, Query(max_length=40, description="a plan's id; the parent when left out")] = None,
    moves: Annotated[bool, Query(description="list every point whose primary site is another")] = False,
) -> ChangesView:
    """Sites in and out, people affected, both sizes with their bounds.  409 without a parent, or without two plans."""
    from solver.studies.whatif import changes as compare

    other = against or queue.get(parts.database, solved.id).parent_id
    if other is None:
        raise Conflict("This plan has no parent; name a plan to compare with: ?against=…")
    before = parts.solved(other)
    for one in (before, solved):
        if not one.plan.usable:
            raise Conflict(f"'{one.name}' is {one.plan.outcome.value}: it has no sites to compare.")
    return _view(before, solved, compare(before.plan, before.problem, solved.plan, solved.problem), moves)


def _views(parts: Service, rows: list[PlanRow]) -> list[PlanView]:
    progress = queue.last_events(parts.database, [row.id for row in rows])
    return [plan_view(row, progress.get(row.id)) for row in rows]


def _view(before: Solved, after: Solved, told: Changes, moves: bool) -> ChangesView:
    population = after.problem.demand.population

    def affected(points: Ints) -> Affected:
        return Affected(points=len(points), people=float(population[points].sum()))

    difference = None
    if told.least is not None and told.most is not None:
        plans = after.plan.objective - before.plan.objective
        difference = SizeDifference(plans=plans, least=told.least, most=told.most)
    return ChangesView(
        before=_standing(before, told.before),
        after=_standing(after, told.after),
        sites_in=list(told.sites_in),
        sites_out=list(told.sites_out),
        moved=affected(told.moved),
        lost=affected(told.lost),
        gained=affected(told.gained),
        difference=difference,
        moves=_moves(after, told) if moves else None,
    )


def _standing(solved: Solved, told: Standing) -> StandingView:
    in_km = not isinstance(solved.problem.reach, PairReach)
    network = solved.problem.latency if in_km else None
    return StandingView(
        plan_id=solved.id,
        name=solved.name,
        outcome=solved.plan.outcome.value,
        survive=solved.plan.survive,
        sites=told.sites,
        objective=told.objective,
        lower_bound=told.lower_bound,
        worst_primary_km=told.worst_primary if in_km else None,
        worst_last_km=told.worst_last if in_km else None,
        worst_primary_ms=_ms(told.worst_primary, network),
        worst_last_ms=_ms(told.worst_last, network),
        mean_primary_km=told.mean_primary if in_km else None,
        unprotected_points=told.unprotected_points,
        unprotected_people=told.unprotected_people,
    )


def _ms(distance: float | None, network: LatencyModel | None) -> float | None:
    """A distance as network round trip; a measured matrix is in ms already."""
    return distance if distance is None or network is None else float(network.rtt_ms(distance))


def _moves(after: Solved, told: Changes) -> list[MovedPoint]:
    demand = after.problem.demand
    return [
        MovedPoint(
            point_id=str(demand.ids[i]),
            name=str(demand.names[i]),
            population=float(demand.population[i]),
            from_site=str(told.from_site[row]) or None,
            to_site=str(told.to_site[row]) or None,
            from_km=_finite(told.from_distance[row]),
            to_km=_finite(told.to_distance[row]),
        )
        for row, i in enumerate(told.moved)
    ]


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
