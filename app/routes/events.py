"""Live progress as server-sent events."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool

from app.dependencies import Parts, Service
from app.jobs import queue

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])

RETRY_MS = 1000
EVENT_ID = re.compile(r"[0-9]{1,9}")


@router.get("/{plan_id}/events", summary="phase, incumbent, bound, seconds; then 'end'", response_class=Response)
async def events(
    plan_id: str, parts: Parts, last_event_id: Annotated[str | None, Header(max_length=20)] = None
) -> Response:
    """Events named "progress", numbered from 1; the last is "end" with the state and outcome.

    A Last-Event-ID resumes after that number.  204 tells a client that has seen the end to stop asking.
    """
    row = await run_in_threadpool(queue.get, parts.database, plan_id)
    after = int(last_event_id) if last_event_id and EVENT_ID.fullmatch(last_event_id) else 0
    if row.state in queue.FINAL and after > 0:
        stored = await run_in_threadpool(queue.events_after, parts.database, plan_id, after - 1)
        if not stored:
            return Response(status_code=204)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return EventSourceResponse(_stream(parts, plan_id, after), headers=headers)


async def _stream(parts: Service, plan_id: str, after: int) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    async for told in parts.feed.listen(plan_id, after):
        if told is None:
            yield b": still here\n\n"
        else:
            seq, kind, data = told
            yield format_sse_event(data_str=json.dumps(data), event=kind, id=str(seq))
