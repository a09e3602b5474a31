"""Distance and time: the great circle, and light in fibre.  The only home of these constants."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solver.problem import Floats

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

FIBRE_RTT_MS_PER_100_KM = 1.02
"""Round trip of light in fibre, ~2/3 c: 0.82 ms per 100 miles one way (docs/domain.md)."""


def great_circle_km(
    lat1_deg: npt.ArrayLike, lon1_deg: npt.ArrayLike, lat2_deg: npt.ArrayLike, lon2_deg: npt.ArrayLike
) -> Floats:
    """Haversine distance in km on the sphere of EARTH_RADIUS_KM; broadcasts, degrees in."""
    lat1, lon1, lat2, lon2 = (
        np.radians(np.asarray(a, dtype=np.float64)) for a in (lat1_deg, lon1_deg, lat2_deg, lon2_deg)
    )
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1.0))), dtype=np.float64)


def fibre_rtt_ms(distance_km: npt.ArrayLike) -> Floats:
    """The physical floor of a round trip over ``distance_km``: straight fibre, nothing queued."""
    return np.asarray(distance_km, dtype=np.float64) * (FIBRE_RTT_MS_PER_100_KM / 100)
