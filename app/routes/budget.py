"""From promises to kilometres: the catalogue, budgets, calibration, model fit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.dependencies import body_schema, json_body
from app.schemas.budget import BudgetRequest, BudgetView
from solver.budget_options import budget_from
from solver.budget_tables import budget_to_dict, catalogue_to_dict

router = APIRouter(prefix="/api/v1", tags=["budget"])


@router.get("/catalogue", summary="Every default of the product, with unit and source")
def catalogue() -> dict[str, Any]:
    """Tables of named entries; ``default_preset`` is the route of a budget that names none."""
    return catalogue_to_dict()


@router.post(
    "/budget",
    response_model=BudgetView,
    openapi_extra=body_schema(BudgetRequest),
    summary="A promise in ms taken apart, down to the radius it leaves",
)
def budget(request: Annotated[BudgetRequest, Depends(json_body(BudgetRequest))]) -> BudgetView:
    """With ``radius_km`` and no promise, the promise that this radius keeps.

    A budget with nothing left for distance is an answer too: ``refusal`` says by how much and what would fit.  422
    names an option that is unknown or contradicts another.
    """
    stated = budget_from(request.stated(), request.radius_km)
    return BudgetView.model_validate(budget_to_dict(stated, request.radius_km))
