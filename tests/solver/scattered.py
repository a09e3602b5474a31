"""Points and sites scattered around awkward places of the globe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from solver.latency import great_circle_km
from solver.problem import Candidates, Demand, Problem, RadiusReach, Uncoverable
from solver.streaming import Decisive, decisive_points

CENTRES = [(48.0, 11.0), (0.0, 0.0), (10.0, 180.0), (-16.9, -179.99), (90.0, 0.0), (-89.7, 77.0), (5.625, 11.25)]


@dataclass(frozen=True)
class Case:
    """Points and sites around one centre; distances between them, all clear of their limits."""

    lat: np.ndarray
    lon: np.ndarray
    site_lat: np.ndarray
    site_lon: np.ndarray
    reach_km: np.ndarray
    groups: np.ndarray | None
    needed: int

    @property
    def covers(self) -> np.ndarray:
        return self.distance <= self.reach_km

    @property
    def distance(self) -> np.ndarray:
        return great_circle_km(self.lat[:, None], self.lon[:, None], self.site_lat, self.site_lon)

    @property
    def gaps(self) -> np.ndarray:
        short = self.covers.sum(axis=1) < self.needed
        for column in self.groups if self.groups is not None else []:
            short |= np.array([len(set(column[row])) == 1 and column[row][0] >= 0 for row in self.covers])
        return short

    def problem(self) -> Problem:
        """The same as a Problem with the groups as attributes; each site's own reach in a column."""
        ids, site_ids = [f"p{i}" for i in range(len(self.lat))], [f"s{j}" for j in range(len(self.site_lat))]
        groups = {
            f"group{c}": np.array(["" if g < 0 else str(g) for g in column], dtype=object)
            for c, column in enumerate(self.groups if self.groups is not None else [])
        }
        candidates = Candidates(
            site_ids,  # type: ignore[arg-type]
            site_ids,  # type: ignore[arg-type]
            self.site_lat,
            self.site_lon,
            reach_km=self.reach_km,
            attributes=groups,
        )
        demand = Demand(ids, ids, self.lat, self.lon, np.arange(1.0, len(ids) + 1.0))  # type: ignore[arg-type]
        return Problem(
            demand,
            candidates,
            RadiusReach(1.0),
            survive=self.needed - 1,
            uncoverable=Uncoverable.EXEMPT,
            shared_risk=tuple(groups),
        )

    def decisive(self) -> Decisive:
        return decisive_points(
            self.lat, self.lon, self.site_lat, self.site_lon, self.reach_km, self.needed, self.groups
        )


@st.composite
def cases(draw: st.DrawFn, with_groups: bool = False) -> Case:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.sampled_from([1, 5, 40, 300])), draw(st.sampled_from([1, 4, 12, 90]))
    centre, span_km = draw(st.sampled_from(CENTRES)), draw(st.sampled_from([3.0, 60.0, 900.0]))
    lat, lon = around(centre, rng, n, span_km)
    site_lat, site_lon = around(centre, rng, m, span_km)
    if draw(st.booleans()):
        lat[: n // 2], lon[: n // 2] = lat[0], lon[0]
    if draw(st.booleans()):
        site_lat[: m // 3], site_lon[: m // 3] = site_lat[0], site_lon[0]
    reach = span_km * draw(st.sampled_from([0.2, 0.6, 1.1]))
    reach_km = rng.uniform(0.3 * reach, reach, m) if draw(st.booleans()) else np.full(m, reach)
    groups = rng.integers(-1, draw(st.integers(1, 4)), (draw(st.integers(1, 2)), m)).astype(np.int32)
    return Case(lat, lon, site_lat, site_lon, reach_km, groups if with_groups else None, draw(st.integers(1, 3)))


def around(
    centre: tuple[float, float], rng: np.random.Generator, count: int, span_km: float
) -> tuple[np.ndarray, np.ndarray]:
    """Spots within ``span_km`` of the centre, across poles and the antimeridian."""
    bearing, angle = rng.uniform(0, 2 * np.pi, count), span_km * np.sqrt(rng.random(count)) / 6371.0
    lat0, lon0 = np.radians(centre)
    lat = np.arcsin(np.clip(np.sin(lat0) * np.cos(angle) + np.cos(lat0) * np.sin(angle) * np.cos(bearing), -1, 1))
    east = np.sin(bearing) * np.sin(angle) * np.cos(lat0)
    lon = lon0 + np.arctan2(east, np.cos(angle) - np.sin(lat0) * np.sin(lat))
    return np.degrees(lat), (np.degrees(lon) + 180.0) % 360.0 - 180.0
