"""Distance and time: the great circle, and light in fibre.  The only home of these constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solver.checks import Floats, raise_if_any
from solver.errors import InputProblem, shown

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


@dataclass(frozen=True)
class LatencyModel:
    """Network round trip over a great-circle distance: base_ms + route_factor × light in fibre.

    base_ms: ≥ 0, what even a neighbour pays · route_factor: > 0, how much longer the route is than the great circle.
    """

    base_ms: float = 0.0
    route_factor: float = 1.0

    def __post_init__(self) -> None:
        problems = []
        if not (np.isfinite(self.base_ms) and self.base_ms >= 0):
            problems.append(InputProblem("a finite number of ms ≥ 0", column="base_ms", found=shown(self.base_ms)))
        if not (np.isfinite(self.route_factor) and self.route_factor > 0):
            problems.append(InputProblem("a number above 0", column="route_factor", found=shown(self.route_factor)))
        raise_if_any(problems)

    def rtt_ms(self, distance_km: npt.ArrayLike) -> Floats:
        """Round trip in ms, of the shape of ``distance_km``."""
        return self.base_ms + self.route_factor * fibre_rtt_ms(distance_km)

    def reach_km(self, rtt_ms: npt.ArrayLike) -> Floats:
        """The distance whose round trip takes ``rtt_ms``: 0 where the base alone takes longer, nan stays nan."""
        left = np.asarray(rtt_ms, dtype=np.float64) - self.base_ms
        return np.asarray(np.maximum(left, 0.0) / (self.route_factor * FIBRE_RTT_MS_PER_100_KM / 100))


FIBRE_FLOOR = LatencyModel()
"""Light in straight fibre: what no network can beat."""
