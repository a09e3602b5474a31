"""From promises to kilometres: the catalogue, budgets, calibration, model fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.dependencies import body_schema, json_body
from app.schemas.budget import BudgetRequest, BudgetView
from solver import catalogue, hardware
from solver.budget import Budget
from solver.budget_options import budget_from

router = APIRouter(prefix="/api/v1", tags=["budget"])

TABLES: dict[str, Mapping[str, Any]] = {
    "thresholds": catalogue.THRESHOLDS,
    "routes": catalogue.ROUTES,
    "access_networks": catalogue.ACCESS_NETWORKS,
    "tiers": catalogue.TIERS,
    "accelerators": hardware.ACCELERATORS,
    "models": hardware.MODELS,
    "model_fit_defaults": hardware.DEFAULTS,
}


@router.get("/catalogue", summary="Every default of the product, with unit and source")
def catalogue_view() -> dict[str, Any]:
    """Tables of named entries; ``default_preset`` is the route of a budget that names none."""
    tables = {
        table: [{"name": name, **asdict(entry)} for name, entry in entries.items()] for table, entries in TABLES.items()
    }
    return {**tables, "default_preset": catalogue.DEFAULT_ROUTE}


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
    return budget_view(budget_from(request.stated(), request.radius_km), request.radius_km)


def budget_view(stated: Budget, radius_km: float | None = None) -> BudgetView:
    """A budget as the API shows it."""
    kept_ms = stated.slo_at_ms(radius_km) if radius_km is not None else None
    return BudgetView.model_validate(
        {
            "slo_ms": stated.slo_ms,
            "spent_ms": stated.spent_ms,
            "network_ms": stated.network_ms,
            "base_ms": stated.latency.base_ms,
            "route_factor": stated.latency.route_factor,
            "rtt_ms_per_km": float(stated.latency.rtt_ms(1.0)) - stated.latency.base_ms,
            "radius_km": stated.radius_km,
            "refusal": stated.refusal.to_dict() if stated.refusal else None,
            "waterfall": [asdict(term) for term in stated.waterfall()],
            "thresholds": [
                {"name": name, "label": t.label, "slo_ms": t.slo_ms, "met": stated.slo_ms <= t.slo_ms}
                for name, t in catalogue.THRESHOLDS.items()
            ],
            "radius": None
            if kept_ms is None
            else {"radius_km": radius_km, "slo_ms": kept_ms, "kept": kept_ms <= stated.slo_ms + 1e-9},
            "reach": {name: value for name, value in stated.to_dict().items() if value not in (None, "")},
        }
    )
