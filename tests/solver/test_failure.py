"""The drill against a slow count of the same thing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from solver.errors import BadInput
from solver.failure import drill, drill_each
from solver.latency import great_circle_km
from solver.plan import Plan
from solver.problem import Problem
from solver.solve import Limits, solve
from tests.solver.instances import national


@pytest.fixture(scope="module")
def problem(reference: Path) -> Problem:
    return national(reference, "germany", 100)


@pytest.fixture(scope="module")
def plan(problem: Problem) -> Plan:
    return solve(problem, Limits(2))


def next_nearest(plan: Plan, problem: Problem, point: int, failed: set[str]) -> tuple[str, float]:
    options = [
        (float(great_circle_km(problem.demand.lat_deg[point], problem.demand.lon_deg[point], lat, lon)), identity)
        for identity, lat, lon in zip(
            problem.candidates.ids, problem.candidates.lat_deg, problem.candidates.lon_deg, strict=True
        )
        if identity in plan.open_sites and identity not in failed
    ]
    km, identity = min(options)
    return (identity, km) if km <= 100 else ("", np.nan)


def test_one_failure_moves_everyone_to_the_next_nearest_and_loses_nobody(plan: Plan, problem: Problem) -> None:
    for site in plan.open_sites[:5]:
        result = drill(plan, problem, [site])
        assert result.points_lost == 0
        assert result.points_moved == int((plan.servers[:, 0] == plan.open_sites.index(site)).sum())
        assert result.worst_after <= 100
        for point, to, km in list(zip(result.point, result.to_site, result.to_distance, strict=True))[:20]:
            assert (to, pytest.approx(km)) == next_nearest(plan, problem, point, {site})


def test_many_failures_lose_those_with_nothing_left_in_reach(plan: Plan, problem: Problem) -> None:
    failed = set(plan.open_sites[::2])
    result = drill(plan, problem, failed)
    expected = [next_nearest(plan, problem, int(point), failed)[0] for point in result.point]
    assert list(result.to_site) == expected
    assert result.points_lost == expected.count("") > 0
    assert result.population_lost == pytest.approx(
        sum(problem.demand.population[i] for i, to in zip(result.point, expected, strict=True) if not to)
    )


def test_everything_down_loses_everyone(plan: Plan, problem: Problem) -> None:
    assert drill(plan, problem, plan.open_sites).points_lost == len(problem.demand)


def test_each_is_the_same_as_one_by_one(plan: Plan, problem: Problem) -> None:
    for site, result in zip(plan.open_sites, drill_each(plan, problem, [(s,) for s in plan.open_sites]), strict=True):
        assert result.failed == (site,)
    assert result.points_moved == drill(plan, problem, [plan.open_sites[-1]]).points_moved


def test_a_site_that_is_not_open_cannot_fail(plan: Plan, problem: Problem) -> None:
    with pytest.raises(BadInput, match="found 'nowhere', expected the id of an open site"):
        drill(plan, problem, ["nowhere"])
