"""ASGI middleware that ends a request whose body is too large, or does not arrive."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import problem
from app.settings import Settings

UPLOAD_PATHS = ("/api/v1/datasets", "/api/v1/calibration")
MULTIPART_OVERHEAD = 64 * 1024


class BodyRefused(Exception):
    """Raised inside the application when no more of the body is read."""


class BodyLimit:
    """413 for a body above the limit of its route, declared or not; 408 for one that stops arriving."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit, refusal = self._limit(scope["path"])
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length[:20]) > limit:
            await refusal(scope, receive, send)
            return
        body = _CountedBody(receive, limit, self.settings.body_pause_seconds)
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            if started or not (body.too_large or body.too_slow):
                started = True
                await send(message)

        with suppress(BodyRefused):
            await self.app(scope, body.receive, watched)
        if not started and body.too_slow:
            refusal = problem(408, "The body stopped arriving.", headers={"Connection": "close"})
        if not started and (body.too_large or body.too_slow):
            await refusal(scope, receive, send)

    def _limit(self, path: str) -> tuple[int, ASGIApp]:
        upload = path.rstrip("/") in UPLOAD_PATHS
        limit_mb = self.settings.upload_limit_mb if upload else self.settings.body_limit_mb
        refusal = problem(413, f"The body is larger than {limit_mb} MB.", headers={"Connection": "close"})
        return limit_mb * 2**20 + (MULTIPART_OVERHEAD if upload else 0), refusal


class _CountedBody:
    def __init__(self, receive: Receive, limit: int, pause_seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._pause_seconds = pause_seconds
        self._taken = 0
        self._complete = False
        self.too_large = self.too_slow = False

    async def receive(self) -> Message:
        # Once the body is there, receive() waits for the client to go away, which may take hours.
        try:
            message = await asyncio.wait_for(self._receive(), None if self._complete else self._pause_seconds)
        except TimeoutError:
            self.too_slow = True
            raise BodyRefused from None
        self._complete = not message.get("more_body", False)
        self._taken += len(message.get("body", b""))
        if self._taken > self._limit:
            self.too_large = True
            raise BodyRefused
        return message
