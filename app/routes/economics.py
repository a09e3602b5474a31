"""What a plan costs, what it is compared with, and the verdict."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from app.dependencies import FinishedPlan, Parts, body_schema, json_body
from app.economics import bundled_regions, companion_of
from app.errors import Unprocessable
from app.exports import MEDIA_TYPES, rows_to_csv
from app.jobs import queue
from app.schemas.economics import EconomicsRequest, EconomicsView, InputsView
from solver.economics import study
from solver.economics.document import inputs_table, study_to_dict
from solver.economics.model import stated_inputs

router = APIRouter(prefix="/api/v1", tags=["economics"])

TableName = Literal["trace", "sites", "inputs", "sensitivity"]


@router.get("/economics/inputs", response_model=InputsView, summary="Every input with unit, range and source")
def inputs() -> dict[str, Any]:
    """The defaults of POST /plans/{id}/economics."""
    return {"inputs": inputs_table()}


@router.post(
    "/plans/{plan_id}/economics",
    response_model=EconomicsView,
    openapi_extra=body_schema(EconomicsRequest),
    summary="Cost, edge against region, verdict, sensitivity, redundancy",
)
def economics(
    solved: FinishedPlan,
    parts: Parts,
    request: Annotated[EconomicsRequest, Depends(json_body(EconomicsRequest))],
    file_format: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
    table: Annotated[TableName, Query(description="which table, with format=csv")] = "trace",
) -> Any:
    """422 names an unknown input, tier or model, and a value out of range."""
    model = request.model.stated() if request.model else queue.get(parts.database, solved.id).request.get("model")
    chosen, origins = stated_inputs(request.overrides, request.tier, model)
    regions = bundled_regions() if request.regions is None else _regions(parts, request.regions)
    folder = parts.storage.plan_dir(solved.id)
    companion, note = companion_of(solved, folder) if request.redundancy else (None, None)
    told = study_to_dict(study(solved.plan, solved.problem, regions, chosen, companion, origins))
    if file_format == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{solved.id}-economics-{table}.csv"'}
        return Response(rows_to_csv(told[table]), media_type=MEDIA_TYPES["csv"], headers=headers)
    return {"plan_id": solved.id, **told, "redundancy_note": note}


def _regions(parts: Parts, dataset_id: str) -> Any:
    from app.database import DatasetRow

    with parts.database.session() as session:
        row = session.get(DatasetRow, dataset_id)
    if row is None or row.role != "candidates":
        reason = "no data set has this id" if row is None else f"this data set was uploaded as {row.role}"
        raise Unprocessable(f"regions: {reason}", [{"message": f"regions: {reason}", "field": "regions"}])
    return parts.storage.candidates(row.content_hash)
