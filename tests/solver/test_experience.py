"""Who experiences what: by hand, and against a failure of every site in turn."""

from __future__ import annotations

import random

import numpy as np
import pytest

from solver.experience import experience, fixed_terms, latency_to_dict, network_terms
from solver.failure import drill_each
from solver.latency import LatencyModel
from solver.plan import Plan
from solver.problem import Candidates, Demand, PairReach, Problem, RadiusReach, Reach, Uncoverable, texts
from solver.promise.budget import Budget
from solver.promise.screening import screen, tier_rules
from solver.solve import solve

KM_PER_DEGREE = 6371.0088 * np.pi / 180
BUDGET = Budget(10, access_ms=4, queueing_ms=0.5, inference_ms=2, latency=LatencyModel(0.5, 1.5))


def line(
    places: list[float], people: list[float], sites: list[float], tiers: list[str] | None = None
) -> tuple[Demand, Candidates]:
    """Demand and candidates on the equator, at these degrees of longitude."""
    ids, names = texts(f"d{i}" for i in range(len(places))), texts(f"s{j}" for j in range(len(sites)))
    demand = Demand(ids, ids, np.zeros(len(places)), np.array(places), np.array(people))
    tier = None if tiers is None else texts(tiers)
    return demand, Candidates(names, names, np.zeros(len(sites)), np.array(sites), tier=tier)


def solved(demand: Demand, candidates: Candidates, reach: Reach, survive: int = 1) -> tuple[Plan, Problem]:
    problem = Problem(demand, candidates, reach, survive=survive, uncoverable=Uncoverable.EXEMPT)
    return solve(problem, polished=False), problem


def test_every_term_by_hand() -> None:
    demand, candidates = line([0.0], [7.0], [0.5, 1.0])
    plan, problem = solved(demand, candidates, BUDGET.reach())
    terms = network_terms(problem, np.array([0, 1, -1]), np.array([0.5, 1.0, np.nan]) * KM_PER_DEGREE)
    along = 1.5 * 0.0102 * KM_PER_DEGREE  # ms per degree
    assert dict(fixed_terms(problem)) == {"access": 4.0, "queueing": 0.5, "inference": 2.0}
    assert terms["base"] == pytest.approx([0.5, 0.5, np.nan], nan_ok=True)
    assert terms["tier"] == pytest.approx([0, 0, np.nan], nan_ok=True)
    assert terms["distance"] == pytest.approx([0.5 * along, along, np.nan], nan_ok=True)
    found = experience(plan, problem)
    assert found.primary_ms == pytest.approx([7 + 0.5 * along])
    assert found.backup_ms == pytest.approx([7 + along])
    assert found.failed == "s0"
    assert found.after_ms == pytest.approx([7 + along])
    assert found.moved_population == 7


def test_percentiles_are_over_people_not_places() -> None:
    demand, candidates = line([0.0, 0.1, 0.2, 0.3], [50, 40, 9, 1], [0.0, 0.0])
    plan, problem = solved(demand, candidates, RadiusReach(50.0))
    told = experience(plan, problem).spread(experience(plan, problem).primary_ms)
    per_place = 0.1 * KM_PER_DEGREE * 0.0102
    assert (told.p50_ms, told.p95_ms, told.p99_ms) == pytest.approx((0, 2 * per_place, 2 * per_place))
    assert told.worst_ms == pytest.approx(3 * per_place)
    assert told.mean_ms == pytest.approx((40 + 18 + 3) * per_place / 100)
    assert (told.served_population, told.lost_population, told.late_population) == (100, 0, 0)


def test_people_with_nobody_are_counted_and_not_averaged() -> None:
    demand, candidates = line([0.0, 5.0], [10, 3], [0.0, 0.1])
    plan, problem = solved(demand, candidates, RadiusReach(50.0))
    told = experience(plan, problem).summary()
    assert (told["before"]["served_population"], told["before"]["lost_population"]) == (10, 3)
    assert told["before"]["worst_ms"] == 0
    alone, single = solved(demand, candidates, RadiusReach(50.0), survive=0)
    after = experience(alone, single).summary()["after"]
    assert (after["failed"], after["lost_population"], after["worst_ms"]) == (alone.open_sites[0], 13, None)


def test_a_site_of_a_tier_takes_its_own_time_and_a_site_with_its_own_reach_may_be_late() -> None:
    demand, candidates = line([0.0], [1.0], [0.1, 0.2], ["metro_colo", "mec"])
    own = Candidates(**{**vars(candidates), "reach_km": np.array([np.nan, 900.0])})
    screened = screen(own, tier_rules(["metro_colo", {"tier": "mec", "extra_ms": 3.0}])).candidates
    tight = Budget(7.9 + 1.53 * 0.1 * KM_PER_DEGREE / 100, access_ms=6.5, latency=LatencyModel(0.5, 1.5))
    plan, problem = solved(demand, screened, tight.reach())
    terms = network_terms(problem, np.array([0, 1]), np.array([11.1, 22.2]))
    assert terms["tier"] == pytest.approx([0.8, 0.0])  # the mec states its own reach: no offset is added
    far = Problem(demand, screened, Budget(7.01, access_ms=6.5, latency=LatencyModel(0.5, 1.5)).reach(), survive=0)
    late = experience(solve(far), far).summary()["before"]
    assert late["late_population"] == 1
    assert late["worst_ms"] == pytest.approx(7 + 1.53 * 0.2 * KM_PER_DEGREE / 100)
    assert plan.usable


def test_measured_round_trips_are_told_as_measured() -> None:
    demand, candidates = line([0.0, 1.0], [5.0, 5.0], [0.0, 1.0])
    pairs = texts(["d0", "d0", "d1", "d1"]), texts(["s0", "s1", "s0", "s1"])
    reach = PairReach(*pairs, np.array([3.0, 4.0, 5.0, 2.0]), 6.0, unit="ms")
    plan, problem = solved(demand, candidates, reach)
    found = experience(plan, problem)
    assert found.primary_ms.tolist() == [3, 2]
    assert found.backup_ms.tolist() == [4, 5]
    told = latency_to_dict(plan, problem, points=True)
    assert (told["kind"], told["base_ms"], told["fixed_ms"]) == ("measured", None, {})
    assert told["points"]["primary_ms"] == [3, 2]


def test_the_worst_failure_is_the_worst_of_all_drills() -> None:
    draw = random.Random(17)
    for case in range(12):
        demand, candidates = line(
            [draw.uniform(0, 4) for _ in range(9)],
            [float(draw.randint(0, 20)) for _ in range(9)],
            [draw.uniform(0, 4) for _ in range(12)],
        )
        plan, problem = solved(demand, candidates, BUDGET.reach(), survive=case % 2)
        if not plan.open_sites:
            continue
        found = experience(plan, problem)
        drills = drill_each(plan, problem, [(site,) for site in plan.open_sites])
        rank = {d.failed[0]: (d.population_lost, round(float(np.nan_to_num(d.worst_after)), 6)) for d in drills}
        assert rank[found.failed] == max(rank.values())
        after = found.summary()["after"]
        worst = max(d.worst_after for d in drills if d.failed[0] == found.failed)
        expected = 7 + 1.5 * 0.0102 * worst if np.isfinite(worst) and worst > 0 else after["worst_ms"]
        assert after["worst_ms"] == pytest.approx(expected)
        assert after["lost_population"] == pytest.approx(
            rank[found.failed][0] + found.summary()["before"]["lost_population"]
        )


def test_the_histogram_holds_everybody_who_is_served() -> None:
    demand, candidates = line([0.0, 0.3, 0.6], [5, 6, 7], [0.0, 0.5, 0.6])
    plan, problem = solved(demand, candidates, BUDGET.reach())
    bins = experience(plan, problem).histogram()
    assert len(bins["edges_ms"]) == len(bins["before"]) + 1
    assert sum(bins["before"]) == sum(bins["after"]) == 18
    assert bins["edges_ms"] == sorted(bins["edges_ms"])
