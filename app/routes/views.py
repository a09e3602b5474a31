"""Rows and results as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.database import PlanRow
from app.schemas.plans import GapSummary, PlanView

RESULTS = ("sites", "candidates", "assignments", "gaps", "unprotected", "failures")
OTHER_RESULTS = {
    "latency": "latency",
    "certificate": "certificate",
    "map_data": "map-data",
    "map_html": "map.html",
    "plan_json": "plan.json",
    "report": "report",
    "suggestions": "suggestions",
}


def plan_view(row: PlanRow, progress: dict[str, Any] | None) -> PlanView:
    """One plan; numbers are null until there is a result."""
    summary = row.summary or {}
    return PlanView.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "name": row.name,
            "state": row.state,
            "outcome": row.outcome,
            "sites": summary.get("sites"),
            "kept": summary.get("kept"),
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
            "latency": summary.get("latency"),
            "notes": summary.get("notes"),
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
    if row.kind == "curve":
        return links | {"curve": f"{base}/curve"}
    links |= {name: f"{base}/{name}" for name in ("variants", "curves", "price", "lineage")}
    if row.state == "done":
        links |= {kind: f"{base}/{kind}" for kind in RESULTS}
        links |= {key: f"{base}/{path}" for key, path in OTHER_RESULTS.items()}
        links |= {
            "drill": f"{base}/drill",
            "economics": f"{base}/economics",
            "rollout": f"{base}/rollout",
            "map": f"/plans/{row.id}/map",
        }
    return links


def _time(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds is not None else None
