"""Millions of points, judged where brute force can follow: the decisive points imply everybody's requirements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from solver import streaming
from solver.nearby import nearest_in_reach, reach_for
from solver.streaming import decisive_points
from tests.solver.scattered import Case, cases

MANY = settings(max_examples=400, deadline=None, derandomize=True, database=None)


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


def test_a_site_without_any_reach_serves_nobody() -> None:
    here = np.zeros(1)
    for reach_km, gaps in ((0.0, []), (-1.0, [0])):
        assert decisive_points(here, here, here, here, np.array([reach_km]), 1).gaps.tolist() == gaps
