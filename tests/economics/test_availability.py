"""Availability against hand calculation, exhaustive enumeration and simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from solver.economics.availability import (
    SiteSets,
    availability_of,
    everyone_served_exactly,
    merge_equal,
    share_down,
    share_down_pairs,
    simulate,
    site_sets,
)
from tests.economics.cases import line_problem, plan_of


def random_sets(seed: int) -> tuple[SiteSets, np.ndarray]:
    """A small fleet: some points with one site, most with two or three, some with none."""
    rng = np.random.default_rng(seed)
    sites, points = int(rng.integers(2, 9)), int(rng.integers(3, 30))
    rows = [np.sort(rng.choice(sites, int(rng.integers(0, min(sites, 3) + 1)), replace=False)) for _ in range(points)]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    people = rng.integers(0, 1000, points).astype(float)
    found = merge_equal(indptr, np.concatenate(rows).astype(np.int64), people, sites)
    return found, rng.uniform(0.01, 0.4, sites)


def test_a_pair_is_down_when_both_are() -> None:
    problem = line_problem([0], [100], [0, 1])
    found = availability_of(plan_of(problem, [[0, 1]]), problem, site_sets(plan_of(problem, [[0, 1]]), problem), 0.99)
    assert found.mean == pytest.approx(1 - 0.01**2)
    assert found.two_nearest == pytest.approx(1 - 0.01**2)
    assert found.minutes_without_year == pytest.approx(0.0001 * 525_600)


def test_people_weigh_and_every_site_in_reach_counts() -> None:
    problem = line_problem([0, 1, 3], [100, 300, 600], [0, 1, 2])
    plan = plan_of(problem, [[0, 1], [1, 0], [2, -1]])
    sets = site_sets(plan, problem)  # p0: s0 s1; p1: s0 s1 s2; p2: s2
    outage = np.full(3, 0.1)
    assert share_down(sets, outage) == pytest.approx((100 * 0.01 + 300 * 0.001 + 600 * 0.1) / 1000)
    assert share_down_pairs(plan, problem.demand.population, outage) == pytest.approx(
        (100 * 0.01 + 300 * 0.01 + 600 * 0.1) / 1000
    )


def test_points_beyond_every_site_are_counted_apart() -> None:
    problem = line_problem([0, 50], [100, 25], [0, 1], uncoverable="exempt")
    sets = site_sets(plan_of(problem, [[0, 1], [-1, -1]]), problem)
    assert sets.unserved == 25
    assert sets.population.tolist() == [100]


def test_points_with_equal_sites_are_one_row() -> None:
    problem = line_problem([0, 0.1, 2.4], [100, 11, 7], [0, 1, 2])
    sets = site_sets(plan_of(problem, [[0, 1], [0, 1], [2, 1]]), problem)
    assert sorted(sets.population.tolist()) == [7, 111]


@pytest.mark.parametrize("seed", range(20))
def test_the_mean_is_what_enumeration_of_all_states_gives(seed: int) -> None:
    sets, outage = random_sets(seed)
    total = max(sets.population.sum(), 1e-300)
    expected = 0.0
    for state in product((False, True), repeat=sets.n_sites):
        down = np.array(state)
        chance = float(np.where(down, outage, 1 - outage).prod())
        lost = sum(
            sets.population[i] for i in range(len(sets)) if down[sets.sites[sets.indptr[i] : sets.indptr[i + 1]]].all()
        )
        expected += chance * lost / total
    assert share_down(sets, outage) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(12))
def test_the_simulation_agrees_with_the_exact_values_within_its_stated_error(seed: int) -> None:
    sets, outage = random_sets(seed)
    everyone, everyone_error, mean, mean_error = simulate(sets, outage, trials=50_000, seed=seed)
    assert abs(everyone - everyone_served_exactly(sets, outage)) <= 5 * everyone_error
    assert abs(mean - share_down(sets, outage)) <= 5 * mean_error + 1e-12
    assert everyone_error <= 0.5 / np.sqrt(50_000) + 1e-12


def test_the_same_seed_gives_the_same_simulation() -> None:
    sets, outage = random_sets(1)
    assert simulate(sets, outage, 10_000, 7) == simulate(sets, outage, 10_000, 7)
    assert simulate(sets, outage, 10_000, 7) != simulate(sets, outage, 10_000, 8)


def test_what_was_never_seen_is_not_called_certain() -> None:
    sets, _ = random_sets(1)
    everyone, error, _, _ = simulate(sets, np.zeros(sets.n_sites), 8_000)
    assert everyone == 1.0
    assert error == 1 / 8_000


@pytest.mark.parametrize("seed", range(10))
def test_a_better_site_never_makes_the_fleet_worse(seed: int) -> None:
    sets, outage = random_sets(seed)
    for site in range(sets.n_sites):
        better = outage.copy()
        better[site] /= 2
        assert share_down(sets, better) <= share_down(sets, outage) + 1e-15
        assert everyone_served_exactly(sets, better) >= everyone_served_exactly(sets, outage) - 1e-12


def test_too_many_states_are_refused() -> None:
    sets = SiteSets(np.array([0, 1]), np.array([0]), np.ones(1), 0.0, 17)
    with pytest.raises(ValueError, match="states"):
        everyone_served_exactly(sets, np.full(17, 0.1))
