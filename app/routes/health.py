"""Is it up, is it ready, what is it doing."""

from __future__ import annotations

import time

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from app.database import WorkerRow
from app.dependencies import Parts, Service
from app.errors import Unavailable
from app.jobs import queue

router = APIRouter(tags=["health"])

STATES = ("queued", "running", "done", "failed", "cancelled")


@router.get("/healthz", summary="The web process answers")
def healthz() -> dict[str, str]:
    """Says nothing about workers or the database; see /readyz."""
    return {"status": "ok"}


@router.get("/readyz", summary="The database answers and a worker is alive")
def readyz(parts: Parts) -> dict[str, str]:
    """503 while no worker is alive; plans are accepted all the same."""
    if _fresh_workers(parts) == 0:
        raise Unavailable("No worker is alive; plans are accepted and wait.")
    return {"status": "ready"}


@router.get("/metrics", summary="Counts for Prometheus", response_class=PlainTextResponse)
def metrics(parts: Parts) -> PlainTextResponse:
    """Plans by state, queue depth, live workers."""
    counts = queue.count_by_state(parts.database)
    lines = ["# HELP sitewright_plans Plans by state.", "# TYPE sitewright_plans gauge"]
    lines += [f'sitewright_plans{{state="{state}"}} {counts.get(state, 0)}' for state in STATES]
    lines += [
        "# HELP sitewright_queue_depth Plans accepted and not yet started.",
        "# TYPE sitewright_queue_depth gauge",
        f"sitewright_queue_depth {counts.get('queued', 0)}",
        "# HELP sitewright_workers Workers with a fresh heartbeat.",
        "# TYPE sitewright_workers gauge",
        f"sitewright_workers {_fresh_workers(parts)}",
    ]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _fresh_workers(parts: Service) -> int:
    oldest = time.time() - parts.settings.dead_after_seconds
    with parts.database.session() as session:
        query = sa.select(sa.func.count()).select_from(WorkerRow).where(WorkerRow.heartbeat_at >= oldest)
        return session.scalar(query) or 0
