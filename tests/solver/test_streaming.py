"""Millions of points, judged where brute force can follow: the decisive points imply everybody's requirements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver import streaming
from solver.latency import great_circle_km
from solver.nearby import nearest_in_reach, reach_for
from solver.streaming import decisive_points

MANY = settings(max_examples=400, deadline=None, derandomize=True, database=None)
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

    def decisive(self) -> streaming.Decisive:
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


def check(case: Case) -> None:
    """Gaps are exactly listed; every other point contains the reach set of a decisive one that is no gap."""
    found, covers, gaps = case.decisive(), case.covers, case.gaps
    assert found.gaps.tolist() == np.flatnonzero(gaps).tolist()
    assert covers[found.points].any(axis=1).all()
    kept = covers[[i for i in found.points if not gaps[i]]]
    for i in np.flatnonzero(~gaps):
        assert (~kept | covers[i]).all(axis=1).any()
    kept_gaps = {covers[i].tobytes() for i in found.points if gaps[i]}
    assert {covers[i].tobytes() for i in np.flatnonzero(gaps) if covers[i].any()} == kept_gaps


@MANY
@given(cases())
def test_the_decisive_points_imply_all_others(case: Case) -> None:
    check(case)


@MANY
@given(cases(with_groups=True))
def test_a_point_whose_sites_share_a_group_is_a_gap_and_implies_nobody(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("borders", [(0,), (1, 2), (3, 70)])
def test_small_cells_change_nothing_but_how_many_are_kept(borders: tuple[int, ...], monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(streaming, "BORDERS", borders)

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(cases(with_groups=True))
    def some(case: Case) -> None:
        check(case)

    some()


@MANY
@given(cases())
def test_within_one_cell_exactly_the_least_reach_sets_are_kept(case: Case) -> None:
    """Cells of 11.25 by 5.625 degrees from the south-west corner of the world."""
    cells = np.floor((case.lon + 180) / 11.25) * 100 + np.floor((case.lat + 90) / 5.625)
    if len(np.unique(cells)) == 1:
        sets = {frozenset(np.flatnonzero(row)) for row in case.covers[~case.gaps]}
        least = {one for one in sets if not any(other < one for other in sets)}
        points = [i for i in case.decisive().points if not case.gaps[i]]
        assert len(points) == len(least)
        assert {frozenset(np.flatnonzero(case.covers[i])) for i in points} == least


@MANY
@given(cases())
def test_the_nearest_in_reach_are_what_sorting_all_distances_finds(case: Case) -> None:
    servers, km = nearest_in_reach(case.lat, case.lon, case.site_lat, case.site_lon, case.reach_km, case.needed)
    usable = np.where(case.covers, case.distance, np.inf)
    for i, row in enumerate(usable):
        expected = [j for j in np.lexsort((np.arange(len(row)), np.round(row, 7))) if row[j] < np.inf][: case.needed]
        assert [j for j in servers[i] if j >= 0] == expected
        assert km[i, : len(expected)] == pytest.approx(row[expected], abs=1e-7)
        assert np.isnan(km[i, len(expected) :]).all()


@MANY
@given(cases())
def test_the_reach_that_would_do_is_the_distance_of_the_last_site_needed(case: Case) -> None:
    found = reach_for(case.lat, case.lon, case.site_lat, case.site_lon, case.needed)
    if len(case.site_lat) < case.needed:
        assert np.isinf(found).all()
    else:
        assert found == pytest.approx(np.sort(case.distance, axis=1)[:, case.needed - 1], abs=1e-7)
