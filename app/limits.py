"""ASGI middleware that stops a body at its size limit, with or without a declared length."""

from __future__ import annotations

from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import problem
from app.settings import Settings

UPLOAD_PATH = "/api/v1/datasets"
MULTIPART_OVERHEAD = 64 * 1024


class BodyTooLarge(Exception):
    """Raised inside the application when the body runs over."""


class BodyLimit:
    """413 for bodies above the limit of their route; the rest of an oversized body is never read."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit_mb = self.settings.body_limit_mb
        limit = limit_mb * 2**20
        if scope["path"].rstrip("/") == UPLOAD_PATH:
            limit_mb = self.settings.upload_limit_mb
            limit = limit_mb * 2**20 + MULTIPART_OVERHEAD
        refusal = problem(413, f"The body is larger than {limit_mb} MB.", headers={"Connection": "close"})
        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and int(length[:20]) > limit:
            await refusal(scope, receive, send)
            return
        taken = 0
        over = False
        started = False

        async def counted() -> Message:
            nonlocal taken, over
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                over = True
                raise BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if over and not started:
                return
            started = True
            await send(message)

        with suppress(BodyTooLarge):
            await self.app(scope, counted, watched)
        if over and not started:
            await refusal(scope, receive, send)
