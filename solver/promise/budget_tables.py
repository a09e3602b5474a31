"""Budgets and the catalogue as plain values, the same for the command line and the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from solver import catalogue
from solver.promise import hardware
from solver.promise.budget import Budget

TABLES: dict[str, Mapping[str, Any]] = {
    "thresholds": catalogue.THRESHOLDS,
    "routes": catalogue.ROUTES,
    "access_networks": catalogue.ACCESS_NETWORKS,
    "tiers": catalogue.TIERS,
    "accelerators": hardware.ACCELERATORS,
    "models": hardware.MODELS,
    "model_fit_defaults": hardware.DEFAULTS,
}


def catalogue_to_dict() -> dict[str, Any]:
    """Tables of named rows; ``default_preset`` is the route of a budget that names none."""
    tables: dict[str, Any] = {
        table: [{"name": name, **asdict(row)} for name, row in rows.items()] for table, rows in TABLES.items()
    }
    return {**tables, "default_preset": catalogue.DEFAULT_ROUTE}


def budget_to_dict(budget: Budget, radius_km: float | None = None) -> dict[str, Any]:
    """A budget taken apart; ``radius`` tells what a radius that was asked about means, None without one."""
    return {
        "slo_ms": budget.slo_ms,
        "spent_ms": budget.spent_ms,
        "network_ms": budget.network_ms,
        "base_ms": budget.latency.base_ms,
        "route_factor": budget.latency.route_factor,
        "rtt_ms_per_km": float(budget.latency.rtt_ms(1.0)) - budget.latency.base_ms,
        "radius_km": budget.radius_km,
        "refusal": budget.refusal.to_dict() if budget.refusal else None,
        "waterfall": [asdict(term) for term in budget.waterfall()],
        "thresholds": [
            {"name": name, "label": threshold.label, "slo_ms": threshold.slo_ms, "met": _met(budget, threshold.slo_ms)}
            for name, threshold in catalogue.THRESHOLDS.items()
        ],
        "radius": None if radius_km is None else _radius(budget, radius_km),
        "reach": {name: value for name, value in budget.to_dict().items() if value not in (None, "")},
    }


def _radius(budget: Budget, radius_km: float) -> dict[str, Any]:
    slo_ms = budget.slo_at_ms(radius_km)
    return {"radius_km": radius_km, "slo_ms": slo_ms, "kept": slo_ms <= budget.slo_ms + 1e-9}


def _met(budget: Budget, slo_ms: float) -> bool:
    return budget.refusal is None and budget.slo_ms <= slo_ms
