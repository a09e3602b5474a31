"""Progress as server-sent events: complete, resumable, and cheap for many listeners."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2 as httpx

from tests.app.samples import long_plan
from tests.processes import until
from tests.servers import Server

Event = tuple[int, str, dict[str, Any]]


def read_events(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])
            fields = {}


def listen(live: Server, plan: dict[str, Any], after: int | None = None) -> list[Event]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with live.http.stream("GET", plan["links"]["events"], headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.headers
        return list(read_events(stream.iter_lines()))


def test_events_are_numbered_and_end_with_the_end(live: Server, done: dict[str, Any]) -> None:
    events = listen(live, done)
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    assert [kind for _, kind, _ in events] == ["progress"] * (len(events) - 1) + ["end"]
    assert events[-1][2] == {"state": "done", "outcome": "optimal", "error": None}
    assert {"phase", "incumbent", "bound", "seconds"} <= set(events[0][2])
    seconds = [event["seconds"] for _, kind, event in events if kind == "progress"]
    assert seconds == sorted(seconds)


def test_a_listener_resumes_where_it_was(live: Server, done: dict[str, Any]) -> None:
    events = listen(live, done)
    assert listen(live, done, after=3) == events[3:]
    assert listen(live, done, after=len(events) - 1) == events[-1:]
    seen_all = live.http.get(done["links"]["events"], headers={"Last-Event-ID": str(len(events))})
    assert seen_all.status_code == 204


def test_a_broken_connection_misses_and_repeats_nothing(live: Server) -> None:
    plan = live.plan(long_plan(live.http, seconds=4))
    seen: list[Event] = []
    while not seen or seen[-1][1] != "end":
        headers = {"Last-Event-ID": str(seen[-1][0])} if seen else {}
        with live.http.stream("GET", plan["links"]["events"], headers=headers) as stream:
            events = read_events(stream.iter_lines())
            seen += [event for _, event in zip(range(3), events, strict=False)]
    assert [number for number, _, _ in seen] == list(range(1, len(seen) + 1))
    assert seen == listen(live, plan)
    assert seen[-1][2]["state"] == "done"


def test_two_hundred_listeners_leave_the_service_responsive(live: Server) -> None:
    plan = live.plan(long_plan(live.http, seconds=600))
    until(lambda: live.plan(plan["id"])["progress"], 30, "the first event")
    with ThreadPoolExecutor(1) as beside:  # in this thread a browser test's event loop may be running
        counts = beside.submit(lambda: asyncio.run(_two_hundred(live, plan))).result()
    assert min(counts) == max(counts) > 0


async def _two_hundred(live: Server, plan: dict[str, Any]) -> list[int]:
    limits = httpx.Limits(max_connections=250)
    async with httpx.AsyncClient(base_url=live.url, limits=limits, timeout=30.0) as client:
        opened: list[None] = []

        async def listener() -> int:
            ids: list[str] = []
            async with client.stream("GET", plan["links"]["events"]) as stream:
                opened.append(None)
                async for line in stream.aiter_lines():
                    if line.startswith("id: "):
                        ids.append(line)
            return len(ids)

        tasks = [asyncio.create_task(listener()) for _ in range(200)]
        while len(opened) < 200:
            await asyncio.sleep(0.05)
        assert (await client.get(plan["links"]["self"])).json()["state"] == "running"
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.post(plan["links"]["cancel"])).status_code == 200
        return await asyncio.gather(*tasks)
