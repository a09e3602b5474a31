"""From promises to kilometres: the catalogue, budgets, calibration, model fit."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, UploadFile

from app.dependencies import Parts, body_schema, json_body
from app.jobs.reader import calibrate_upload
from app.routes.plans import source
from app.schemas.budget import BudgetRequest, BudgetView, CalibrationView, ModelFitRequest, ModelFitView
from app.storage import copy_to
from solver.problem import Candidates
from solver.promise.budget_options import budget_from
from solver.promise.budget_tables import budget_to_dict, catalogue_to_dict
from solver.promise.model_fit import hosting, serving_from
from solver.promise.screening import fit_to, fit_to_dict

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


@router.post("/calibration", response_model=CalibrationView, summary="Fit a network to measured round trips")
def calibration(
    parts: Parts,
    file: Annotated[UploadFile, File(description="CSV or Parquet: from_lat, from_lon, to_lat, to_lon, rtt_ms")],
    quantile: Annotated[float, Form(gt=0, lt=1, description="0.5 fits the median")] = 0.5,
) -> CalibrationView:
    """Quantile regression of base and slope.  Nothing is stored: state ``base_ms`` and ``route_factor`` in a budget."""
    with tempfile.TemporaryDirectory(prefix="pings-", dir=parts.settings.scratch_dir) as folder:
        path = Path(folder) / "upload"
        copy_to(file.file, path)
        name = (file.filename or "pings").encode("ascii", "replace").decode()[:200]
        return CalibrationView.model_validate(calibrate_upload(path, name, quantile, parts.settings))


@router.post(
    "/model-fit",
    response_model=ModelFitView,
    openapi_extra=body_schema(ModelFitRequest),
    summary="What a site needs to serve a model, and which candidates have it",
)
def model_fit(parts: Parts, request: Annotated[ModelFitRequest, Depends(json_body(ModelFitRequest))]) -> ModelFitView:
    """Memory and speed decide the accelerators, these the power; ``site_kw`` is compared with each ``power_kw``."""
    serving = serving_from(request.stated())
    need = hosting(serving)
    fit = None
    if request.candidates is not None:
        candidates = source(parts, request.candidates, "candidates", "model fit").data
        assert isinstance(candidates, Candidates)
        fit = fit_to(candidates, need)
    return ModelFitView.model_validate(fit_to_dict(serving, need, fit))
