"""The map of a report: an SVG of outlines, people, sites and gaps, drawn without a browser."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import Any

import numpy as np

from app.map.basemap import outlines_around
from app.map.bounds import bounds_around
from solver.plan import Plan
from solver.problem import Floats, PairReach, Problem

WIDTH_PX = 960
MOST_HEIGHT_PX = 900
LAYERS = ("countries", "land", "states")
KM_PER_DEGREE = 111.195
CIRCLE_SIDES = 48


@dataclass(frozen=True)
class Picture:
    """svg: numbers and our own words only · source: whom the outlines are credited to."""

    svg: str
    sources: tuple[str, ...]


def picture(plan: Plan, problem: Problem) -> Picture:
    """Sites as squares (circles where they were required), reach as circles, gaps as crosses, people as grey dots."""
    demand, candidates = problem.demand, problem.candidates
    opened = np.flatnonzero(np.isin(candidates.ids, list(plan.open_sites)))
    bounds = bounds_around(
        np.concatenate([demand.lat_deg, candidates.lat_deg[opened]]),
        np.concatenate([demand.lon_deg, candidates.lon_deg[opened]]),
    )
    frame = _Frame(*bounds)
    outlines = outlines_around(bounds)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {frame.height_px:.0f}" role="img" '
        'aria-label="Map of the plan">',
        f'<rect class="water" width="{WIDTH_PX}" height="{frame.height_px:.0f}"/>',
    ]
    for layer in LAYERS:
        shapes = [feature["geometry"] for collection in outlines.get(layer, []) for feature in collection["features"]]
        parts.append(f'<path class="{layer}" d="{"".join(frame.outline(shape) for shape in shapes)}"/>')
    if not isinstance(problem.reach, PairReach):
        limits = problem.reach_limit[opened]
        circles = "".join(
            frame.circle(candidates.lat_deg[j], candidates.lon_deg[j], float(limit))
            for j, limit in zip(opened, limits, strict=True)
        )
        parts.append(f'<path class="reach" d="{circles}"/>')
    parts.append(f'<path class="people" d="{frame.dots(demand.lat_deg, demand.lon_deg)}"/>')
    left_out = plan.unprotected
    parts.append(f'<path class="unprotected" d="{frame.dots(demand.lat_deg[left_out], demand.lon_deg[left_out])}"/>')
    kept = np.isin(candidates.ids[opened], list(problem.required_ids))
    for cls, some in (("site", opened[~kept]), ("site kept", opened[kept])):
        parts.append(f'<path class="{cls}" d="{frame.dots(candidates.lat_deg[some], candidates.lon_deg[some])}"/>')
    gaps = np.array([(gap.lat_deg, gap.lon_deg) for gap in plan.gaps]).reshape(-1, 2)
    parts.append(f'<path class="gap" d="{frame.crosses(gaps[:, 0], gaps[:, 1])}"/></svg>')
    drawn = [collection for layer in LAYERS for collection in outlines.get(layer, []) if collection["features"]]
    return Picture("".join(parts), tuple(dict.fromkeys(collection["source"] for collection in drawn)))


class _Frame:
    """Degrees to pixels: longitudes shrunk by the cosine of the middle latitude."""

    def __init__(self, west: float, south: float, east: float, north: float) -> None:
        self.west, self.north = west, north
        shrink = max(0.05, cos(radians((south + north) / 2)))
        self.scale_y = min(WIDTH_PX / ((east - west) * shrink), MOST_HEIGHT_PX / (north - south))
        self.scale_x = self.scale_y * shrink
        self.height_px = (north - south) * self.scale_y
        self.offset_px = (WIDTH_PX - (east - west) * self.scale_x) / 2
        self.east = east

    def pixels(self, lat: Floats, lon: Floats) -> Floats:
        """(n, 2) x and y, to a tenth of a pixel."""
        turned = np.where(lon < self.west - 1e-9, lon + 360.0, lon)
        turned = np.where(turned > self.east + 180.0, turned - 360.0, turned)
        xy = np.column_stack([self.offset_px + (turned - self.west) * self.scale_x, (self.north - lat) * self.scale_y])
        return np.asarray(np.round(xy, 1))

    def dots(self, lat: Floats, lon: Floats) -> str:
        """Zero-length strokes, one per place on the picture: round or square by the style."""
        places = np.unique(self.pixels(lat, lon), axis=0)
        return "".join(f"M{x:g} {y:g}h0" for x, y in places.tolist())

    def crosses(self, lat: Floats, lon: Floats) -> str:
        return "".join(f"M{x - 3:g} {y - 3:g}l6 6m0 -6l-6 6" for x, y in self.pixels(lat, lon).tolist())

    def circle(self, lat_deg: float, lon_deg: float, radius_km: float) -> str:
        """Its outline as a polygon, near enough for a picture."""
        tall = radius_km / KM_PER_DEGREE
        wide = tall / max(0.05, cos(radians(lat_deg)))
        angle = [2 * pi * side / CIRCLE_SIDES for side in range(CIRCLE_SIDES)]
        (x, y), *_ = self.pixels(np.array([lat_deg]), np.array([lon_deg])).tolist()
        corners = [(x + wide * self.scale_x * cos(a), y + tall * self.scale_y * sin(a)) for a in angle]
        return "M" + "L".join(f"{cx:.1f} {cy:.1f}" for cx, cy in corners) + "Z"

    def outline(self, geometry: dict[str, Any]) -> str:
        """A GeoJSON line or polygon as a path; vertices are taken as they are, so that outlines do not tear."""
        kind, coordinates = geometry["type"], geometry.get("coordinates", [])
        if kind == "MultiPolygon":
            rings = [ring for polygon in coordinates for ring in polygon]
        else:
            rings = [coordinates] if kind == "LineString" else coordinates
        close = "Z" if kind.endswith("Polygon") else ""
        return "".join(self._ring(ring) + close for ring in rings)

    def _ring(self, ring: list[list[float]]) -> str:
        lonlat = np.asarray(ring, dtype=np.float64)
        x = np.round(self.offset_px + (lonlat[:, 0] - self.west) * self.scale_x, 1)
        y = np.round((self.north - lonlat[:, 1]) * self.scale_y, 1)
        return "M" + "L".join(f"{a:g} {b:g}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
