"""The roll-out order against every other order, and its table against a slow count."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from solver.errors import BadInput
from solver.latency import great_circle_km
from solver.plan import Plan
from solver.problem import Ints, Problem
from solver.solve import Limits, solve
from solver.studies.ordering import Served, best_order, waiting
from solver.studies.rollout import rollout
from tests.solver.instances import national


def random_served(rng: np.random.Generator) -> tuple[Served, Ints]:
    """Up to 7 sites and 40 groups of people, r = 1, 2, 3, some sites standing already."""
    sites, points = int(rng.integers(3, 8)), int(rng.integers(5, 40))
    serves = rng.random((points, sites)) < rng.choice([0.3, 0.5, 0.7])
    indptr = np.concatenate([[0], np.cumsum(serves.sum(axis=1))])
    kept = np.sort(rng.permutation(sites)[: rng.choice([0, 0, 1, 2])])
    people = rng.integers(1, 100, points)
    return Served(indptr, np.nonzero(serves)[1].astype(np.int32), people, int(rng.integers(1, 4)), sites), kept


def judged(served: Served, order: tuple[int, ...] | Ints) -> tuple[int, int]:
    position = np.zeros(served.sites, dtype=np.int64)
    position[list(order)] = np.arange(1, len(order) + 1)
    return waiting(served, position)


def test_the_order_is_nearly_always_the_best_of_all_orders_and_never_far_from_it() -> None:
    rng = np.random.default_rng(7)
    ratios = []
    for _ in range(300):
        served, kept = random_served(rng)
        order = best_order(served, kept)
        new = sorted(set(range(served.sites)) - set(kept))
        assert sorted(order) == new
        found, best = judged(served, order), min(judged(served, other) for other in permutations(new))
        assert found >= best
        ratios.append(found[0] / best[0] if best[0] else 1.0)
    assert np.mean(np.array(ratios) == 1.0) > 0.97
    assert max(ratios) < 1.1


@pytest.fixture(scope="module")
def germany(reference: Path) -> Problem:
    return national(reference, "germany", 150)


@pytest.fixture(scope="module")
def plan(germany: Problem) -> Plan:
    return solve(germany, Limits(2), polished=False)


def test_the_table_counts_who_is_in_reach_after_each_step(germany: Problem, plan: Plan) -> None:
    table = rollout(plan, germany)
    assert sorted(table.sites) == sorted(plan.open_sites)
    place = {identity: j for j, identity in enumerate(germany.candidates.ids)}
    demand, count = germany.demand, np.zeros(len(germany.demand), dtype=int)
    for row, identity in enumerate(table.sites):
        j = place[identity]
        lat, lon = germany.candidates.lat_deg[j], germany.candidates.lon_deg[j]
        count += great_circle_km(demand.lat_deg, demand.lon_deg, lat, lon) <= 150
        step = table.step[row]
        assert table.points_single[step] == (count >= 1).sum()
        assert table.points_protected[step] == (count >= 2).sum()
        assert table.people_single[step] == pytest.approx(demand.population[count >= 1].sum())
        assert table.people_protected[step] == pytest.approx(demand.population[count >= 2].sum())
    assert table.points_protected[-1] == table.points == len(demand)
    assert table.people_protected[-1] == pytest.approx(table.people)


def test_a_point_is_protected_once_its_sites_are_in_two_groups(germany: Problem) -> None:
    groups = np.array([f"carrier {i % 3}" if i % 4 else "" for i in range(len(germany.candidates))], dtype=object)
    shared = replace(
        germany, candidates=replace(germany.candidates, attributes={"carrier": groups}), shared_risk=("carrier",)
    )
    plan = solve(shared, Limits(2), polished=False)
    table = rollout(plan, shared)
    place = {identity: j for j, identity in enumerate(shared.candidates.ids)}
    demand = shared.demand
    labels = sorted({groups[place[i]] or f"alone {i}" for i in table.sites})
    in_group = np.zeros((len(demand), len(labels)), dtype=int)
    for row, identity in enumerate(table.sites):
        j = place[identity]
        lat, lon = shared.candidates.lat_deg[j], shared.candidates.lon_deg[j]
        reached = great_circle_km(demand.lat_deg, demand.lon_deg, lat, lon) <= 150
        in_group[:, labels.index(groups[j] or f"alone {identity}")] += reached
        assert (
            table.points_protected[row + 1] == ((in_group.sum(axis=1) >= 2) & ((in_group > 0).sum(axis=1) >= 2)).sum()
        )


def test_it_protects_people_sooner_than_the_order_of_the_file(germany: Problem, plan: Plan) -> None:
    table = rollout(plan, germany)
    steps = len(plan.open_sites)
    place = {identity: s for s, identity in enumerate(table.sites)}
    as_listed = np.array([place[identity] for identity in plan.open_sites])
    assert not np.array_equal(as_listed, np.arange(steps))
    half = table.people_protected[steps // 2]
    assert half > 0.7 * table.people


def test_sites_that_stand_already_come_first_and_count_from_the_start(germany: Problem, plan: Plan) -> None:
    required = plan.open_sites[3:6]
    table = rollout(plan, replace(germany, required=required))
    assert (table.kept, table.sites[:3], list(table.step[:5])) == (3, required, [0, 0, 0, 1, 2])
    assert table.points_single[0] > 0
    assert len(table.points_single) == len(plan.open_sites) - 3 + 1


def test_a_plan_without_sites_has_no_roll_out(germany: Problem) -> None:
    tight = replace(germany, reach=type(germany.reach)(20.0))
    refused = solve(tight)
    with pytest.raises(BadInput, match="a plan with open sites"):
        rollout(refused, tight)
