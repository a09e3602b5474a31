"""Rows and results as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from app.database import PlanRow
from app.schemas.plans import DrillMove, DrillView, GapSummary, PlanView
from solver.failure import Drill
from solver.latency import fibre_rtt_ms
from solver.problem import Problem

RESULTS = ("sites", "candidates", "assignments", "gaps", "failures")
OTHER_RESULTS = {"certificate": "certificate", "map_data": "map-data", "map_html": "map.html", "plan_json": "plan.json"}


def plan_view(row: PlanRow, progress: dict[str, Any] | None) -> PlanView:
    """One plan; numbers are null until there is a result."""
    summary = row.summary or {}
    return PlanView.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "state": row.state,
            "outcome": row.outcome,
            "sites": summary.get("sites"),
            "objective": summary.get("objective"),
            "lower_bound": summary.get("lower_bound"),
            "certified_lower_bound": summary.get("certified_lower_bound"),
            "gap": summary.get("gap"),
            "survive": row.request["survive"],
            "reach_km": summary.get("reach_km", row.request["reach"].get("radius_km")),
            "open_sites": summary.get("open_sites"),
            "gaps": GapSummary(**summary["gaps"]) if "gaps" in summary else None,
            "unprotected": summary.get("unprotected"),
            "second_objective": summary.get("second_objective"),
            "second_lower_bound": summary.get("second_lower_bound"),
            "excluded": summary.get("excluded"),
            "seconds": summary.get("seconds"),
            "progress": progress,
            "error": row.error,
            "attempts": row.attempts,
            "parent_id": row.parent_id,
            "created_at": _time(row.created_at),
            "started_at": _time(row.started_at),
            "finished_at": _time(row.finished_at),
            "request": row.request,
            "links": _links(row),
        }
    )


def _links(row: PlanRow) -> dict[str, str]:
    base = f"/api/v1/plans/{row.id}"
    links = {"self": base, "events": f"{base}/events", "page": f"/plans/{row.id}"}
    if row.state in ("queued", "running"):
        links |= {"cancel": f"{base}/cancel", "stop": f"{base}/stop"}
    if row.state == "done":
        links |= {kind: f"{base}/{kind}" for kind in RESULTS}
        links |= {key: f"{base}/{path}" for key, path in OTHER_RESULTS.items()}
        links |= {"drill": f"{base}/drill", "economics": f"{base}/economics", "map": f"/plans/{row.id}/map"}
    return links


def drill_view(drill: Drill, problem: Problem) -> DrillView:
    """Every user that has to move: from where, to where, how far."""
    demand = problem.demand
    from_ms, to_ms = fibre_rtt_ms(drill.from_distance), fibre_rtt_ms(drill.to_distance)
    moves = [
        DrillMove(
            point_id=str(demand.ids[point]),
            name=str(demand.names[point]),
            population=float(demand.population[point]),
            from_site=str(drill.from_site[i]),
            to_site=str(drill.to_site[i]) or None,
            from_km=float(drill.from_distance[i]),
            to_km=_finite(drill.to_distance[i]),
            from_rtt_ms=float(from_ms[i]),
            to_rtt_ms=_finite(to_ms[i]),
        )
        for i, point in enumerate(drill.point)
    ]
    return DrillView(
        failed=list(drill.failed),
        points_moved=int(drill.points_moved),
        points_lost=int(drill.points_lost),
        population_moved=float(drill.population_moved),
        population_lost=float(drill.population_lost),
        worst_before_km=_finite(drill.worst_before),
        worst_after_km=_finite(drill.worst_after),
        moves=moves,
    )


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None


def _time(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds is not None else None
