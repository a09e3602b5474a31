"""Instances with known optima: published ones, and national ones proven before."""

from pathlib import Path

import pytest

from solver.plan import Outcome
from solver.problem import Problem
from solver.solve import Limits, solve
from solver.verify import verify
from tests.solver.instances import national, or_library, san_francisco, swain


def assert_proven(problem: Problem, objective: float) -> None:
    plan = solve(problem, Limits(120))
    assert plan.outcome == Outcome.OPTIMAL
    assert plan.objective == objective
    assert plan.lower_bound == objective
    assert plan.certified_lower_bound <= objective
    assert verify(plan, problem).ok


@pytest.mark.parametrize(
    ("limit_km", "survive", "sites"), [(5, 0, 8), (8, 0, 3), (10, 0, 2), (12, 0, 1), (10, 1, 4), (12, 1, 3)]
)
def test_san_francisco(reference: Path, limit_km: float, survive: int, sites: int) -> None:
    assert_proven(san_francisco(reference, limit_km, survive=survive), sites)


@pytest.mark.parametrize(("limit_km", "gaps"), [(5, 22), (8, 3)])
def test_san_francisco_names_the_tracts_that_cannot_survive_a_failure(
    reference: Path, limit_km: float, gaps: int
) -> None:
    plan = solve(san_francisco(reference, limit_km, survive=1))
    assert plan.outcome == Outcome.INFEASIBLE
    assert len(plan.gaps) == gaps
    assert all(gap.candidates_in_reach < 2 and gap.smallest_reach > limit_km for gap in plan.gaps)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("limit", "survive", "sites"), [(10, 0, 9), (15, 0, 5), (20, 0, 3), (10, 1, 18), (15, 1, 10), (20, 1, 6)]
)
def test_swain(reference: Path, limit: float, survive: int, sites: int) -> None:
    assert_proven(swain(reference, limit, survive=survive), sites)


@pytest.mark.parametrize(
    ("name", "survive", "cost"),
    [
        ("scp41", 0, 429), ("scp42", 0, 512), ("scp51", 0, 253), ("scp52", 0, 302),
        ("scp61", 0, 138), ("scp62", 0, 146),
        ("scp41", 1, 1148), ("scp42", 1, 1205), ("scp51", 1, 579), ("scp52", 1, 677),
        ("scp61", 1, 283), ("scp62", 1, 302),
    ],
)  # fmt: skip
def test_or_library(reference: Path, name: str, survive: int, cost: float) -> None:
    assert_proven(or_library(reference, name, survive=survive), cost)


def test_germany_at_100_km_needs_38_sites(reference: Path) -> None:
    assert_proven(national(reference, "germany", 100), 38)


def test_germany_at_30_km_exempting_the_gaps(reference: Path) -> None:
    problem = national(reference, "germany", 30, uncoverable="exempt")
    assert_proven(problem, 351)
    assert len(solve(problem).gaps) == 1272


def test_another_solver_by_name_reaches_the_same_optimum(reference: Path) -> None:
    problem = national(reference, "germany", 100, least_population=40_000, uncoverable="exempt")
    by_cbc, by_us = solve(problem, Limits(60), solver_name="PULP_CBC_CMD"), solve(problem, Limits(60))
    assert by_cbc.objective == by_us.objective
    assert verify(by_cbc, problem).ok


def test_germany_at_30_km_is_refused_naming_every_gap(reference: Path) -> None:
    plan = solve(national(reference, "germany", 30))
    assert plan.outcome == Outcome.INFEASIBLE
    assert len({gap.point_id for gap in plan.gaps}) == 1272
    assert plan.open_sites == ()


def test_conus_at_100_km_serves_single_candidate_points_once_and_lists_them(reference: Path) -> None:
    problem = national(reference, "conus", 100, uncoverable="exempt")
    assert_proven(problem, 536)
    plan = solve(problem)
    position = {identity: i for i, identity in enumerate(problem.demand.ids)}
    single = [gap for gap in plan.gaps if gap.candidates_in_reach == 1]
    assert single
    for gap in single:
        assert (plan.servers[position[gap.point_id]] >= 0).sum() == 1


def test_a_limit_that_cannot_suffice_gives_an_honest_plan(reference: Path) -> None:
    problem = national(reference, "conus", 200, uncoverable="exempt")
    plan = solve(problem, Limits(3))
    assert plan.outcome == Outcome.FEASIBLE
    assert 0 < plan.lower_bound < plan.objective
    assert plan.gap == pytest.approx((plan.objective - plan.lower_bound) / plan.objective)
    assert verify(plan, problem).ok


def test_a_stop_returns_the_best_plan_so_far(reference: Path) -> None:
    asked = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 3

    problem = national(reference, "germany", 75)
    plan = solve(problem, stop=stop)
    assert plan.outcome == Outcome.FEASIBLE
    assert verify(plan, problem).ok


def test_the_same_seed_gives_the_same_plan(reference: Path) -> None:
    problem = national(reference, "conus", 100, uncoverable="exempt")
    first, second = solve(problem, seed=7), solve(problem, seed=7)
    assert first.open_sites == second.open_sites
    assert (first.servers == second.servers).all()
