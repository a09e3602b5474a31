"""The basemap's outlines cut to one plan's surroundings, for a map that must carry them itself."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import shapely
from shapely.geometry import shape

from app.map.assets import OUTLINES, OUTLINES_FOLDER, asset_text
from app.map.bounds import Bounds

SURROUNDINGS = 0.6
"""How far the outlines reach beyond the plan, as a share of its width and height."""

PARTS_ACROSS = 3000
"""Detail kept: a screen is about 1,500 pixels wide, and a planner zooms in a little."""


def outlines_around(bounds: Bounds) -> dict[str, list[dict[str, Any]]]:
    """{layer: [GeoJSON FeatureCollection]} of what lies around ``bounds`` (west, south, east, north)."""
    west, south, east, north = bounds
    pad_lon, pad_lat = SURROUNDINGS * (east - west) + 1.0, SURROUNDINGS * (north - south) + 1.0
    frame = (west - pad_lon, max(-90.0, south - pad_lat), east + pad_lon, min(90.0, north + pad_lat))
    return {
        layer: [collection for name in names if (collection := _cut(name, frame))["features"]]
        for layer, names in OUTLINES.items()
    }


def _cut(name: str, frame: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = frame
    tolerance = max(east - west, north - south) / PARTS_ACROSS
    source, geometries = _outline(name)
    kept = []
    for geometry in geometries:
        # The page draws outlines beyond 180 degrees by repeating them, so the cut keeps what repeats into view.
        views = [shapely.clip_by_rect(geometry, west - turn, south, east - turn, north) for turn in _turns(west, east)]
        for view in views:
            simple = shapely.set_precision(shapely.simplify(view, tolerance), 0.001, mode="pointwise")
            if not simple.is_empty:
                kept.append({"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(simple)})
    return {"type": "FeatureCollection", "source": source, "features": kept}


@cache
def _outline(name: str) -> tuple[str, list[Any]]:
    """Whom an outline is credited to, and its shapes.

    The simplified coast of Eurasia touches itself; clipped like that, GEOS takes all of the frame for land.
    """
    outline = json.loads(asset_text(f"{OUTLINES_FOLDER}/{name}.geojson"))
    shapes = [shape(feature["geometry"]) for feature in outline["features"]]
    # Areas stay areas: without the lines to which slivers collapse.
    return outline["source"], [shapely.make_valid(one, method="structure", keep_collapsed=False) for one in shapes]


def _turns(west: float, east: float) -> list[float]:
    return [0.0, 360.0] if east > 180.0 else [0.0, -360.0] if west < -180.0 else [0.0]
