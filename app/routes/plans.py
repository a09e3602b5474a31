"""Plans: submit, list, look at, cancel, drill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Response

from app.database import DatasetRow
from app.datasets import Role
from app.dependencies import (
    DEFAULT_PAGE,
    After,
    PageSize,
    Parts,
    Service,
    body_schema,
    json_body,
)
from app.errors import Conflict, Unprocessable
from app.jobs import queue
from app.planning import STOP_FILE, problem_of, settled
from app.routes.views import plan_view
from app.schemas.plans import PlanPage, PlanView
from app.schemas.request import PlanRequest
from app.storage import write_mark
from solver.problem import Candidates, Demand

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])


@router.post(
    "",
    status_code=202,
    response_model=PlanView,
    openapi_extra=body_schema(PlanRequest),
    summary="Accept a plan; it is solved by a worker",
)
def submit(
    parts: Parts,
    response: Response,
    request: Annotated[PlanRequest, Depends(json_body(PlanRequest))],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> PlanView:
    """Everything that can be checked without solving is checked here: 422 names each problem.

    The same Idempotency-Key with the same body answers with the same plan; with another body, 422.
    """
    body = request.model_dump(mode="json")
    request_hash = queue.fingerprint(body)
    if idempotency_key is not None and (known := queue.by_key(parts.database, idempotency_key)) is not None:
        row = queue.same_request(known, request_hash)
    else:
        demand = source(parts, request.demand, "demand", request.name)
        candidates = source(parts, request.candidates, "candidates", request.name)
        assert isinstance(demand.data, Demand)
        assert isinstance(candidates.data, Candidates)
        problem_of(body, demand.data, candidates.data, parts.matrix(body["reach"]))
        # Only now is anything stored: a refused request leaves nothing behind.
        ids = {"demand": demand.row().id, "candidates": candidates.row().id}
        row = queue.submit(
            parts.database,
            name=request.name,
            request={**settled(body), **ids},
            request_hash=request_hash,
            demand_id=ids["demand"],
            candidates_id=ids["candidates"],
            idempotency_key=idempotency_key,
        )
    response.headers["Location"] = f"/api/v1/plans/{row.id}"
    return plan_view(row, None)


@dataclass(frozen=True)
class Source:
    """One input of a request: its data, and the row it has or will have."""

    data: Demand | Candidates
    row: Callable[[], DatasetRow]


def source(parts: Service, given: str | dict[str, Any], role: Role, plan_name: str) -> Source:
    """The data a request names or carries.  Raises BadInput, Unprocessable for an id that is not of this role."""
    if isinstance(given, dict):
        from solver import geodata

        loaded: geodata.Loaded[Any] = (
            geodata.demand_from_geojson(given) if role == "demand" else geodata.candidates_from_geojson(given)
        )
        return Source(loaded.data, lambda: parts.library.add_inline(loaded, role, f"{plan_name}: {role}"))
    with parts.database.session() as session:
        row = session.get(DatasetRow, given)
    if row is None or row.role != role:
        reason = "no data set has this id" if row is None else f"this data set was uploaded as {row.role}"
        raise Unprocessable(f"{role}: {reason}", [{"message": f"{role}: {reason}", "field": role}])
    load = parts.storage.demand if role == "demand" else parts.storage.candidates
    return Source(load(row.content_hash), lambda: row)


@router.get("", response_model=PlanPage, summary="Newest first")
def page(
    parts: Parts, limit: PageSize = DEFAULT_PAGE, after: After = None, kind: Literal["plan", "curve", "all"] = "plan"
) -> PlanPage:
    """Pass the answer's ``next`` as ``after`` for the following page."""
    rows = queue.page(parts.database, limit + 1, after, None if kind == "all" else kind)
    progress = queue.last_events(parts.database, [row.id for row in rows[:limit]])
    return PlanPage(
        plans=[plan_view(row, progress.get(row.id)) for row in rows[:limit]],
        next=rows[limit - 1].id if len(rows) > limit else None,
    )


@router.get("/{plan_id}", response_model=PlanView, summary="One plan")
def one(plan_id: str, parts: Parts) -> PlanView:
    """State, result, and the last progress event."""
    row = queue.get(parts.database, plan_id)
    return plan_view(row, queue.last_events(parts.database, [plan_id]).get(plan_id))


@router.post("/{plan_id}/cancel", response_model=PlanView, summary="The solver is stopped within seconds")
def cancel(plan_id: str, parts: Parts) -> PlanView:
    """409 when the plan has ended already; cancelling twice is harmless."""
    row = queue.cancel(parts.database, plan_id)
    return plan_view(row, queue.last_events(parts.database, [plan_id]).get(plan_id))


@router.post("/{plan_id}/stop", response_model=PlanView, status_code=202, summary="End with the best plan so far")
def stop(plan_id: str, parts: Parts) -> PlanView:
    """The solver ends within seconds with the best plan it has, verified, and its honest gap; asking twice is harmless.

    The wish is on disk: a worker that takes the plan over obeys it too.  409 when the plan has ended already.
    """
    row = queue.get(parts.database, plan_id)
    if row.state in queue.FINAL:
        raise Conflict(f"The plan is {row.state} already.")
    write_mark(parts.storage.plan_dir(plan_id) / STOP_FILE)
    return plan_view(row, queue.last_events(parts.database, [plan_id]).get(plan_id))
