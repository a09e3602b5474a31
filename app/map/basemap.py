"""The basemap's outlines cut to one plan's surroundings, for a map that must carry them itself."""

from __future__ import annotations

import json
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
    outline = json.loads(asset_text(f"{OUTLINES_FOLDER}/{name}.geojson"))
    kept = []
    for geometry in (shape(feature["geometry"]) for feature in outline["features"]):
        # The page draws outlines beyond 180 degrees by repeating them, so the cut keeps what repeats into view.
        views = [shapely.clip_by_rect(geometry, west - turn, south, east - turn, north) for turn in _turns(west, east)]
        for view in views:
            simple = shapely.set_precision(shapely.simplify(view, tolerance), 0.001, mode="pointwise")
            if not simple.is_empty:
                kept.append({"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(simple)})
    return {"type": "FeatureCollection", "source": outline["source"], "features": kept}


def _turns(west: float, east: float) -> list[float]:
    return [0.0, 360.0] if east > 180.0 else [0.0, -360.0] if west < -180.0 else [0.0]
