"""The pages people look at, and the files behind them."""

from __future__ import annotations

import secrets
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from app.dependencies import Parts
from app.jobs import queue
from app.map.assets import static_root
from app.map.page import content_security_policy, plan_map_page

router = APIRouter(include_in_schema=False)

REVALIDATE = "no-cache"
"""Ask each time, answered with 304 by ETag: a page never runs with the scripts of another version."""

VENDOR_CACHE = "public, max-age=86400"

_files = StaticFiles(directory=static_root())


@router.api_route("/", methods=["GET", "HEAD"], response_class=HTMLResponse)
@router.api_route("/plans/{plan_id}", methods=["GET", "HEAD"], response_class=HTMLResponse)
def planner() -> FileResponse:
    """The planner; the page itself reads from its address which plan to show."""
    return FileResponse(static_root() / "index.html", headers={"Cache-Control": REVALIDATE})


@router.get("/plans/{plan_id}/map", response_class=HTMLResponse)
def plan_map(plan_id: str, parts: Parts, tiles: Literal["local", "public"] = "local") -> HTMLResponse:
    """The Folium map of one plan.  Public tiles are asked for by address, under a policy of their own."""
    row = queue.get(parts.database, plan_id)
    nonce = secrets.token_urlsafe(16)
    public = tiles == "public"
    headers = {"Content-Security-Policy": content_security_policy(nonce, public), "Cache-Control": "no-store"}
    if public:
        # The tile host refuses requests that do not say where they come from.
        headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return HTMLResponse(plan_map_page(row.id, nonce, public_tiles=public), headers=headers)


@router.api_route("/static/{path:path}", methods=["GET", "HEAD"])
async def static_file(path: str, request: Request) -> Response:
    """Scripts, styles and outlines.  A route, not a mount, so that it stands in the router with its pages."""
    response = await _files.get_response(path, request.scope)
    response.headers["Cache-Control"] = VENDOR_CACHE if path.startswith("vendor/") else REVALIDATE
    return response


@router.get("/favicon.ico")
def favicon() -> FileResponse:
    """What browsers ask for unasked."""
    return FileResponse(static_root() / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": VENDOR_CACHE})
