"""Plans side by side: the page and the numbers behind it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, HTMLResponse

from app.comparison import compared
from app.dependencies import Parts
from app.errors import Unprocessable
from app.map.assets import static_root

router = APIRouter()

FEWEST, MOST = 2, 6
PlanIds = Annotated[str, Query(max_length=2000, description=f"{FEWEST} to {MOST} plan ids, separated by commas")]


@router.get("/api/v1/compare", tags=["plans"], summary="Figures, sites and people that differ between plans")
def compare(plans: PlanIds, parts: Parts) -> dict[str, Any]:
    """Differences are told against the first plan.  409 while one of them has no result."""
    ids = [identity for identity in plans.split(",") if identity]
    if not FEWEST <= len(set(ids)) == len(ids) <= MOST:
        detail = f"plans: {FEWEST} to {MOST} different plan ids separated by commas, found {len(ids)}"
        raise Unprocessable(detail, [{"message": detail, "field": "plans"}])
    return compared([parts.solved(identity) for identity in ids])


@router.api_route("/compare", methods=["GET", "HEAD"], response_class=HTMLResponse, include_in_schema=False)
def page() -> FileResponse:
    """The page reads from its address which plans to show."""
    return FileResponse(static_root() / "compare.html", headers={"Cache-Control": "no-cache"})
