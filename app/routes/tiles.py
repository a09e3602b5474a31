"""Map tiles of data sets and plans too large to draw point by point."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response

from app.database import PlanRow
from app.dependencies import Parts, Service
from app.errors import Conflict, NotFound
from app.jobs import queue
from app.map.tileindex import MAX_ZOOM, TileIndex
from app.map.tiles import Tile, render
from solver.plan import Plan
from solver.problem import Problem

router = APIRouter(prefix="/api/v1", tags=["tiles"])

Zoom = Annotated[int, Path(ge=0, le=MAX_ZOOM)]
Place = Annotated[int, Path(ge=0, lt=1 << MAX_ZOOM)]
Scheme = Annotated[Literal["light", "dark"], Query(description="for a light or a dark map")]
Colour = Annotated[Literal["density", "state", "band"], Query(description="what the colour tells")]

KEPT = {"Cache-Control": "private, max-age=86400, immutable"}
"""Neither a data set nor a finished plan ever changes; private, because a key may stand before it."""


@router.get("/datasets/{dataset_id}/tiles.json", summary="What the tiles of a data set hold")
def dataset_tiles(dataset_id: str, parts: Parts) -> JSONResponse:
    """503 for the seconds in which the tiles of a new data set are prepared."""
    row = parts.places(dataset_id)
    index = parts.tiles.index(row.content_hash)
    return JSONResponse(_told(index, row.bounds, f"/api/v1/datasets/{row.id}", ["density"]))


@router.get("/datasets/{dataset_id}/tiles/{z}/{x}/{y}.png", summary="One tile", response_class=Response)
def dataset_tile(dataset_id: str, z: Zoom, x: Place, y: Place, parts: Parts, scheme: Scheme = "light") -> Response:
    """Density when zoomed out, single points when zoomed in."""
    tile = _tile(z, x, y)
    return _png(render(parts.tiles.index(parts.places(dataset_id).content_hash), tile, scheme))


@router.get("/plans/{plan_id}/tiles.json", summary="What the tiles of a plan hold")
def plan_tiles(plan_id: str, parts: Parts) -> JSONResponse:
    """As for a data set; 409 while the plan has no result."""
    row = _finished(parts, plan_id)
    demand = parts.dataset(row.demand_id)
    index = parts.tiles.index(demand.content_hash)
    parts.tiles.overlay(plan_id, index, lambda: _solved(parts, plan_id))
    return JSONResponse(_told(index, demand.bounds, f"/api/v1/plans/{row.id}", ["density", "state", "band"]))


@router.get("/plans/{plan_id}/tiles/{z}/{x}/{y}.png", summary="One tile", response_class=Response)
def plan_tile(
    plan_id: str, z: Zoom, x: Place, y: Place, parts: Parts, scheme: Scheme = "light", colour: Colour = "state"
) -> Response:
    """The plan's demand, coloured by state (protected or not) or by the latency band of the serving site."""
    tile = _tile(z, x, y)
    index = parts.tiles.index(parts.dataset(_finished(parts, plan_id).demand_id).content_hash)
    overlay = parts.tiles.overlay(plan_id, index, lambda: _solved(parts, plan_id))
    return _png(render(index, tile, scheme, colour, overlay))


def _finished(parts: Service, plan_id: str) -> PlanRow:
    row = queue.get(parts.database, plan_id)
    if row.state != "done":
        raise Conflict(f"The plan is {row.state}; it has no tiles.")
    return row


def _solved(parts: Service, plan_id: str) -> tuple[Plan, Problem]:
    solved = parts.solved(plan_id)
    return solved.plan, solved.problem


def _tile(zoom: int, x: int, y: int) -> Tile:
    if max(x, y) >> zoom:
        raise NotFound(f"Zoom {zoom} has tiles 0 to {(1 << zoom) - 1} in each direction.")
    return Tile(zoom, x, y)


def _told(index: TileIndex, bounds: list[Any], base: str, colours: list[str]) -> dict[str, Any]:
    return {
        "tiles": base + "/tiles/{z}/{x}/{y}.png",
        "points": len(index),
        "points_from_zoom": index.points_from,
        "min_zoom": 0,
        "max_zoom": MAX_ZOOM,
        "bounds": bounds,
        "colours": colours,
    }


def _png(content: bytes) -> Response:
    return Response(content, media_type="image/png", headers=KEPT)
