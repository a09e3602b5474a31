"""Curves against independent solves of every point, and what stays true when time runs out."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from solver.errors import BadInput, VerificationError
from solver.latency import LatencyModel
from solver.plan import Outcome
from solver.problem import Candidates, Demand, LatencyReach, PairReach, Problem, RadiusReach
from solver.solve import Limits, solve
from solver.studies.curve import CurvePoint, Over, point_of, steps_between
from solver.studies.nesting import with_sites
from solver.studies.tradeoff import trade_off, value_of
from solver.verify import verify
from tests.solver.instances import national, points
from tests.solver.studies.scattered import scattered

RADII = [30.0, 45.0, 65.0, 90.0, 120.0]


@pytest.mark.parametrize("uncoverable", ["fail", "exempt"])
@pytest.mark.parametrize("objective", ["sites", "cost"])
def test_every_point_is_what_a_fresh_solve_finds(uncoverable: str, objective: str) -> None:
    usable = 0
    for seed in range(10):
        problem = scattered(seed, uncoverable=uncoverable, objective=objective, survive=seed % 3)
        for over, values in ((Over.RADIUS_KM, RADII), (Over.SURVIVE, [2.0, 0.0, 1.0])):
            for point in trade_off(problem, over, values, polished=False):
                varied = {"survive": int(point.value)} if over == Over.SURVIVE else {"reach": RadiusReach(point.value)}
                fresh = solve(replace(problem, **varied), polished=False)  # type: ignore[arg-type]
                assert (point.outcome, point.gap_points) == (fresh.outcome, len(fresh.gaps))
                if fresh.usable:
                    usable += 1
                    assert point.objective == pytest.approx(fresh.objective)
                    assert point.lower_bound == pytest.approx(fresh.objective)
    assert usable > 30


def test_bounds_and_plans_that_travel_hold_with_shared_risk_and_excused_points() -> None:
    rng = np.random.default_rng(11)
    for seed in range(12):
        bare = scattered(seed, uncoverable="exempt", survive=seed % 3)
        groups = rng.choice(np.array(["", "a", "b", "c"], dtype=object), len(bare.candidates))
        problem = replace(
            bare, candidates=replace(bare.candidates, attributes={"utility": groups}), shared_risk=("utility",)
        )
        plan = solve(problem, polished=False)
        for over, values in ((Over.RADIUS_KM, RADII), (Over.SURVIVE, [0, 1, 2])):
            nearby = [point_of(value_of(problem, over), plan, problem)]
            for point in trade_off(problem, over, values, polished=False, nearby=nearby):
                varied = {"survive": int(point.value)} if over == Over.SURVIVE else {"reach": RadiusReach(point.value)}
                fresh = solve(replace(problem, **varied), polished=False)  # type: ignore[arg-type]
                assert (point.outcome, point.objective) == (fresh.outcome, fresh.objective)
                assert (point.lower_bound or 0) <= fresh.objective


@pytest.mark.parametrize("objective", ["sites", "cost", "sites_then_cost", "cost_then_sites"])
def test_a_curve_over_the_share_of_people_is_what_fresh_solves_find(objective: str) -> None:
    shares = [0.6, 0.8, 0.9, 0.97, 1.0]
    for seed in range(6):
        problem = scattered(seed, objective=objective, uncoverable="exempt")
        curve = trade_off(problem, Over.FRACTION, shares, polished=False)
        for point in curve:
            fresh = solve(replace(problem, fraction=point.value), polished=False)
            assert (point.outcome, point.objective) == (
                fresh.outcome,
                pytest.approx(fresh.objective) if fresh.usable else None,
            )
            assert point.second_objective == pytest.approx(fresh.second_objective)
            if point.usable and point.value < 1:
                kept = problem.demand.population.sum() - point.left_out_people
                assert kept >= point.value * problem.demand.population.sum() - 1e-6
        found = [point.objective for point in curve if point.objective is not None]
        assert found == sorted(found)


def test_the_most_people_protected_with_given_sites_grow_with_the_radius() -> None:
    for seed in range(4):
        problem = scattered(seed, objective="population", max_sites=4)
        curve = trade_off(problem, Over.RADIUS_KM, RADII)
        for point in curve:
            assert point.objective == solve(replace(problem, reach=RadiusReach(point.value))).objective
            assert point.objective == point.left_out_people
        assert [point.objective for point in curve] == sorted((point.objective or 0 for point in curve), reverse=True)


def test_a_better_plan_of_a_tighter_setting_is_taken_over_whole() -> None:
    kinds: list[dict[str, object]] = [{}, {"objective": "sites_then_cost"}, {"fraction": 0.9}]
    for settings in [*kinds, {"objective": "population", "max_sites": 5}]:
        problem = scattered(7, uncoverable="exempt", **settings)
        wide = replace(problem, reach=RadiusReach(100.0))
        good, answer = solve(problem), solve(wide)
        poor = replace(answer, objective=answer.objective + 50, lower_bound=0.0)
        adopted = with_sites(poor, wide, good.open_sites)
        assert adopted is not None
        assert adopted.open_sites == good.open_sites
        assert adopted.proved == (adopted.objective == 0)
        assert verify(adopted, wide).ok
        assert (with_sites(poor, wide, good.open_sites[:1]) is None) == ("max_sites" not in settings)


def test_the_curve_falls_with_the_radius_even_when_there_is_no_time(reference: Path) -> None:
    problem = national(reference, "germany", 100)
    found = trade_off(problem, Over.RADIUS_KM, [150, 100, 120], Limits(0.05), polished=False)
    assert [point.value for point in found] == [100, 120, 150]
    assert [point.usable for point in found].count(True) >= 2
    for tighter, looser in pairwise(point for point in found if point.usable):
        assert tighter.objective is not None
        assert looser.objective is not None
        assert tighter.objective >= looser.objective
        assert (tighter.lower_bound or 0) >= (looser.lower_bound or 0)


def test_a_radius_too_short_is_a_point_with_its_gaps_counted() -> None:
    problem = scattered(3)
    tight, wide = trade_off(problem, Over.RADIUS_KM, [5.0, 200.0])
    refused = solve(replace(problem, reach=RadiusReach(5.0)))
    assert (tight.outcome, tight.sites, tight.objective) == (Outcome.INFEASIBLE, None, None)
    assert tight.gap_points == len(refused.gaps) > 0
    assert tight.gap_people == sum(gap.population for gap in refused.gaps)
    assert wide.outcome == Outcome.OPTIMAL


def test_a_promise_may_be_varied_by_its_ms_or_by_the_radius_it_buys() -> None:
    network = LatencyModel(base_ms=1.0, route_factor=1.6)
    problem = replace(scattered(5, uncoverable="exempt"), reach=LatencyReach(12.0, {"inference": 10.0}, network))
    too_late, short, long = trade_off(problem, Over.SLO_MS, [10.5, 11.5, 12.5])
    assert too_late.outcome == Outcome.INFEASIBLE
    assert "leave nothing for distance" in too_late.reason
    assert too_late.gap_points == len(problem.demand)
    for point in (short, long):
        assert point.reach_km == pytest.approx(float(network.reach_km(point.value - 10.0)))
    by_radius = trade_off(problem, Over.RADIUS_KM, [short.reach_km or 0, long.reach_km or 0])
    assert [point.objective for point in by_radius] == [short.objective, long.objective]


def test_a_measured_matrix_is_varied_by_its_limit() -> None:
    ids, sites = ["a", "b"], ["x", "y"]
    reach = PairReach(["a", "a", "b", "b"], ["x", "y", "x", "y"], [1.0, 5.0, 6.0, 2.0], 9.0, "ms")  # type: ignore[arg-type]
    problem = Problem(
        Demand(**points(ids), population=np.ones(2)), Candidates(**points(sites)), reach, survive=0
    )  # fmt: skip
    found = trade_off(problem, Over.MAX_RTT_MS, [1.0, 2.0, 6.0])
    assert [point.sites for point in found] == [None, 2, 1]


def test_stopping_keeps_what_is_there_and_going_on_solves_only_the_rest() -> None:
    problem, told = scattered(8, uncoverable="exempt"), []
    partial = trade_off(problem, Over.RADIUS_KM, RADII, on_point=told.append, stop=lambda: len(told) >= 2)
    assert [point.value for point in partial] == RADII[:2]
    kept = [CurvePoint.from_dict(point.to_dict()) for point in partial]
    assert kept == list(partial)
    solved: set[float] = set()
    whole = trade_off(problem, Over.RADIUS_KM, RADII, known=kept, on_progress=lambda value, _: solved.add(value))
    assert solved == set(RADII[2:])
    fresh = trade_off(problem, Over.RADIUS_KM, RADII)
    assert [point.objective for point in whole] == [point.objective for point in fresh]


def test_a_plan_and_its_bound_help_its_neighbours(reference: Path) -> None:
    problem = national(reference, "germany", 220)
    plan = solve(problem, Limits(20), polished=False)
    assert plan.proved
    beside = point_of(220, plan, problem)
    same, looser = trade_off(
        problem, Over.RADIUS_KM, [220, 221], Limits(0.05), polished=False, nearby=[beside]
    )  # fmt: skip
    assert (same.objective, same.outcome) == (plan.objective, Outcome.OPTIMAL)
    assert looser.objective is not None
    assert looser.objective <= plan.objective


def test_a_bound_above_a_plan_is_an_error_and_not_a_proof() -> None:
    problem = scattered(2, uncoverable="exempt")
    (point,) = trade_off(problem, Over.SURVIVE, [1])
    wrong = replace(point, value=0.0, objective=99.0, lower_bound=99.0)
    with pytest.raises(VerificationError, match=r"a bound of 99"):
        trade_off(problem, Over.SURVIVE, [1], Limits(0.5), nearby=[wrong])


def test_steps_say_what_each_tightening_costs() -> None:
    problem = scattered(4, uncoverable="exempt")
    curve = trade_off(problem, Over.SURVIVE, [0, 1, 2])
    steps = steps_between(curve, Over.SURVIVE)
    assert [(step.from_value, step.to_value) for step in steps] == [(0, 1), (1, 2)]
    for step, (one, more) in zip(steps, pairwise(curve), strict=True):
        assert set(more.open_sites) == (set(one.open_sites) | set(step.sites_in)) - set(step.sites_out)
        assert step.extra_sites == len(step.sites_in) - len(step.sites_out) == step.extra_least == step.extra_most
        assert step.extra_cost_usd == pytest.approx((more.cost_usd or 0) - (one.cost_usd or 0))
    wider = steps_between(trade_off(problem, Over.RADIUS_KM, [30, 60]), Over.RADIUS_KM)
    assert [(step.from_value, step.to_value) for step in wider] == [(60, 30)]


@pytest.mark.parametrize(
    ("over", "values", "message"),
    [
        (Over.RADIUS_KM, [], "found 0 values"),
        (Over.RADIUS_KM, [10, 10], "2 values, 1 different"),
        (Over.RADIUS_KM, [-1], "a radius above 0"),
        (Over.SURVIVE, [0.5], "a whole number of failures"),
        (Over.SURVIVE, [12], "a number of failures from 0 to 9"),
        (Over.FRACTION, [1.2], "a share of the population above 0, at most 1"),
        (Over.SLO_MS, [30], "radius_km, survive or fraction"),
    ],
)
def test_values_that_are_no_setting_are_refused(over: Over, values: list[float], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        trade_off(scattered(0), over, values)
