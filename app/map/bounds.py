"""The box around a set of points, also when they lie on both sides of the antimeridian."""

from __future__ import annotations

import numpy as np

from solver.problem import Floats

MARGIN_SHARE = 0.02
MARGIN_MIN_DEG = 0.02
MERCATOR_LIMIT_DEG = 85.0

Bounds = list[float]


def bounds_around(lat_deg: Floats, lon_deg: Floats) -> Bounds:
    """[west, south, east, north] in degrees with a small margin; east exceeds 180 across the antimeridian.

    The box leaves out the widest empty stretch of longitudes, so Fiji and Samoa get a box 20° wide
    instead of one around the world.
    """
    west, east = float(lon_deg.min()), float(lon_deg.max())
    if east - west > 180.0:
        west, east = _without_widest_gap(lon_deg)
    south, north = float(lat_deg.min()), float(lat_deg.max())
    lon_margin = max(MARGIN_MIN_DEG, MARGIN_SHARE * (east - west))
    lat_margin = max(MARGIN_MIN_DEG, MARGIN_SHARE * (north - south))
    return [
        round(west - lon_margin, 5),
        round(max(-MERCATOR_LIMIT_DEG, south - lat_margin), 5),
        round(east + lon_margin, 5),
        round(min(MERCATOR_LIMIT_DEG, north + lat_margin), 5),
    ]


def _without_widest_gap(lon_deg: Floats) -> tuple[float, float]:
    lon = np.unique(lon_deg)
    empty = np.diff(np.append(lon, lon[0] + 360.0))
    widest = int(np.argmax(empty))
    if widest == len(lon) - 1 or empty[widest] <= 180.0:
        return float(lon[0]), float(lon[-1])
    return float(lon[widest + 1]), float(lon[widest]) + 360.0
