"""Live progress for any number of listeners: one reader of the database per plan, not per listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from app.database import Database
from app.jobs import queue

POLL_SECONDS = 0.3
HEARTBEAT_SECONDS = 10.0

Event = tuple[int, dict[str, Any]]


@dataclass
class _Watch:
    events: list[Event] = field(default_factory=list)
    end: dict[str, Any] | None = None
    listeners: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class EventFeed:
    """Progress events of running plans.  Lives in the event loop of the web process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._watches: dict[str, _Watch] = {}

    async def listen(self, plan_id: str, after: int) -> AsyncIterator[tuple[int, str, dict[str, Any]] | None]:
        """(sequence number, "progress" or "end", data) of everything after ``after``; None now and then.

        Ends after the "end" event, whose number follows the last progress event.
        """
        watch = self._watches.setdefault(plan_id, _Watch())
        watch.listeners += 1
        if watch.task is None:
            watch.task = asyncio.create_task(self._follow(plan_id, watch))
        sent = 0
        try:
            while True:
                changed = watch.changed
                while sent < len(watch.events):
                    seq, event = watch.events[sent]
                    sent += 1
                    if seq > after:
                        yield seq, "progress", event
                if watch.end is not None:
                    yield (watch.events[-1][0] if watch.events else 0) + 1, "end", watch.end
                    return
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield None
        finally:
            watch.listeners -= 1
            if watch.listeners == 0:
                self._watches.pop(plan_id, None)
                if watch.task is not None:
                    watch.task.cancel()

    async def _follow(self, plan_id: str, watch: _Watch) -> None:
        while watch.end is None:
            # State before events: an end seen here has all its events stored already.
            last = watch.events[-1][0] if watch.events else 0
            try:
                row = await run_in_threadpool(queue.get, self.database, plan_id)
                news = await run_in_threadpool(queue.events_after, self.database, plan_id, last)
            except OperationalError:
                await asyncio.sleep(POLL_SECONDS)
                continue
            watch.events.extend(news)
            if row.state in queue.FINAL:
                watch.end = {"state": row.state, "outcome": row.outcome, "error": row.error}
            if news or watch.end is not None:
                watch.changed.set()
                watch.changed = asyncio.Event()
            if watch.end is None:
                await asyncio.sleep(POLL_SECONDS)
