"""Curves around a plan, and the price of resilience: jobs of their own in the same queue."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from app.curves import CURVE_FILE, curve_document, curve_rows, read_points, values_of
from app.database import PlanRow
from app.dependencies import FinishedPlan, Parts, Service, body_schema, json_body
from app.errors import Conflict
from app.exports import MEDIA_TYPES, rows_to_csv
from app.jobs import queue
from app.rollouts import rollout_document
from app.routes.views import plan_view
from app.schemas.plans import PlanView
from app.schemas.studies import CurveRequest, CurveView, PriceRequest, RolloutView
from solver.studies.curve import Over

router = APIRouter(prefix="/api/v1/plans/{plan_id}", tags=["studies"])

NAMES = {
    Over.RADIUS_KM: "Sites by radius",
    Over.SLO_MS: "Sites by promise",
    Over.MAX_RTT_MS: "Sites by round trip",
    Over.SURVIVE: "Price of resilience",
    Over.FRACTION: "Sites by share of people",
}
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=255)]


@router.post(
    "/curves",
    status_code=202,
    response_model=PlanView,
    openapi_extra=body_schema(CurveRequest),
    summary="Solve this plan at several settings: sites against radius, budget, failures or share of people",
)
def curve(
    plan_id: str,
    parts: Parts,
    response: Response,
    request: Annotated[CurveRequest, Depends(json_body(CurveRequest))],
    idempotency_key: IdempotencyKey = None,
) -> PlanView:
    """A job like a plan: events, cancel and stop work, and what is solved survives a crash.  422 names a bad value."""
    return _submit(parts, plan_id, request, response, idempotency_key)


@router.post(
    "/price",
    status_code=202,
    response_model=PlanView,
    openapi_extra=body_schema(PriceRequest),
    summary="The price of resilience: this plan for 0, 1 and 2 failures, with the extra sites",
)
def price(
    plan_id: str,
    parts: Parts,
    response: Response,
    request: Annotated[PriceRequest, Depends(json_body(PriceRequest))],
    idempotency_key: IdempotencyKey = None,
) -> PlanView:
    """A curve over ``survive``; its ``steps`` tell the extra sites by id, and what the proofs leave open."""
    values = [float(k) for k in request.survive]
    asked = CurveRequest(name=request.name, over=Over.SURVIVE, values=values, limits=request.limits)
    return _submit(parts, plan_id, asked, response, idempotency_key)


@router.get("/curve", response_model=CurveView, summary="The points of a curve, also while it is still being solved")
def points(
    plan_id: str,
    parts: Parts,
    file_format: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Any:
    """409 for a plan that is not a curve."""
    row = queue.get(parts.database, plan_id)
    if row.kind != "curve":
        raise Conflict("This is a plan, not a curve; POST …/curves makes one of it.")
    over, values = values_of(row.request)
    solved = read_points(parts.storage.plan_dir(row.id) / CURVE_FILE)
    if file_format == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{row.id}-curve.csv"'}
        return Response(rows_to_csv(curve_rows(solved, over)), media_type=MEDIA_TYPES["csv"], headers=headers)
    told = curve_document(solved, over, values, row.request["objective"])
    return {"id": row.id, "name": row.name, "plan_id": row.parent_id, "state": row.state, **told}


@router.get("/rollout", response_model=RolloutView, summary="In which order to open the sites")
def rollout(
    solved: FinishedPlan,
    file_format: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Any:
    """Most people protected soonest, single and full cover after each step.  409 for a plan without sites."""
    if not solved.plan.usable:
        raise Conflict(f"The plan is {solved.plan.outcome.value}: it has no sites to open.")
    told = rollout_document(solved.plan, solved.problem)
    if file_format == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{solved.id}-rollout.csv"'}
        return Response(rows_to_csv(told["steps"]), media_type=MEDIA_TYPES["csv"], headers=headers)
    return {"plan_id": solved.id, **told}


def _submit(
    parts: Service, plan_id: str, request: CurveRequest, response: Response, idempotency_key: str | None
) -> PlanView:
    from solver.studies.tradeoff import settings_of

    parent = plan_row(parts, plan_id)
    settings_of(parts.problem(parent), request.over, request.values)
    asked = {"over": request.over.value, "values": request.values}
    body = {**parent.request, "limits": request.limits.model_dump(mode="json"), "curve": asked}
    name = request.name or f"{NAMES[request.over]}: {parent.name}"
    row = queue.submit(
        parts.database,
        kind="curve",
        name=name,
        request=body,
        request_hash=queue.fingerprint({**body, "parent": parent.id, "name": name}),
        demand_id=parent.demand_id,
        candidates_id=parent.candidates_id,
        parent_id=parent.id,
        idempotency_key=idempotency_key,
    )
    response.headers["Location"] = f"/api/v1/plans/{row.id}"
    return plan_view(row, None)


def plan_row(parts: Service, plan_id: str) -> PlanRow:
    """A plan in any state.  Raises NotFound, Conflict for a curve."""
    row = queue.get(parts.database, plan_id)
    if row.kind != "plan":
        raise Conflict("This is a curve; ask for it of the plan it varies.")
    return row
