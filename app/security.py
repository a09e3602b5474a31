"""Who may talk to the service: loopback without login, anybody else with a key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database import ApiKeyRow, Database
from app.errors import Conflict, NotFound, problem
from app.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
KEY_CACHE_SECONDS = 5.0
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
}


@dataclass(frozen=True)
class KeyInfo:
    """What may be shown of a key: never the key."""

    name: str
    created_at: float
    revoked_at: float | None


def hash_key(key: str) -> str:
    """SHA-256: our keys are 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def add_key(database: Database, name: str) -> str:
    """Make a key and return it, the only time it is seen.  Raises Conflict when the name is taken."""
    key = "sw_" + secrets.token_urlsafe(32)
    try:
        with database.session() as session:
            session.add(ApiKeyRow(name=name, key_hash=hash_key(key), created_at=time.time()))
    except sa.exc.IntegrityError as error:
        raise Conflict(f"a key named '{name}' exists already") from error
    return key


def list_keys(database: Database) -> list[KeyInfo]:
    """All keys ever made, oldest first."""
    with database.session() as session:
        rows = session.scalars(sa.select(ApiKeyRow).order_by(ApiKeyRow.created_at)).all()
        return [KeyInfo(row.name, row.created_at, row.revoked_at) for row in rows]


def revoke_key(database: Database, name: str) -> None:
    """Close a key for good.  Raises NotFound."""
    with database.session() as session:
        row = session.get(ApiKeyRow, name)
        if row is None:
            raise NotFound(f"no key is named '{name}'")
        row.revoked_at = row.revoked_at or time.time()


def check_address(settings: Settings, database: Database) -> None:
    """Refuse to serve other machines without a key.  Raises Conflict saying what to do."""
    if settings.on_loopback or settings.api_key is not None:
        return
    if not any(key.revoked_at is None for key in list_keys(database)):
        raise Conflict(
            f"{settings.host} can be reached from other machines: set SITEWRIGHT_API_KEY or run "
            "'sitewright keys add NAME' first, or serve on 127.0.0.1"
        )


class Gate:
    """ASGI middleware: address and key check on the way in, security headers on the way out."""

    def __init__(self, app: ASGIApp, settings: Settings, database: Database) -> None:
        self.app = app
        self.settings = settings
        self.database = database
        self._own_hash = hash_key(settings.api_key.get_secret_value()) if settings.api_key else None
        self._known: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        refusal = self._foreign(headers)
        if refusal is None and self.settings.login_required and not await self._has_key(headers):
            refusal = problem(
                401,
                "A key is needed: 'Authorization: Bearer KEY', 'X-API-Key: KEY', or the key as password.",
                headers={"WWW-Authenticate": 'Basic realm="Sitewright", charset="UTF-8"'},
            )
        await (refusal or self.app)(scope, receive, send_with_headers)

    def _foreign(self, headers: Headers) -> ASGIApp | None:
        """No page of another site may drive this service through a user's browser (nor by rebinding)."""
        host = headers.get("host", "")
        if not self.settings.login_required and _name(host) not in LOOPBACK_NAMES:
            return problem(403, "This service answers to localhost only.")
        origin = headers.get("origin")
        if origin is None or origin in self.settings.allowed_origins:
            return None
        try:
            same = urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            same = False
        return None if same else problem(403, "Requests from pages of other sites are refused.")

    async def _has_key(self, headers: Headers) -> bool:
        key = _offered_key(headers)
        if not key:
            return False
        offered = hash_key(key)
        if self._own_hash is not None and hmac.compare_digest(offered, self._own_hash):
            return True
        if self._known.get(offered, 0.0) > time.monotonic():
            return True
        if not await run_in_threadpool(self._stored, offered):
            return False
        self._known[offered] = time.monotonic() + KEY_CACHE_SECONDS
        return True

    def _stored(self, offered: str) -> bool:
        with self.database.session() as session:
            return (
                session.scalar(
                    sa.select(ApiKeyRow.name).where(ApiKeyRow.key_hash == offered, ApiKeyRow.revoked_at.is_(None))
                )
                is not None
            )


def _name(host: str) -> str:
    """Host header without its port."""
    return host.lower() if host.endswith("]") else host.lower().rpartition(":")[0] or host.lower()


def _offered_key(headers: Headers) -> str:
    if "x-api-key" in headers:
        return headers["x-api-key"]
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
