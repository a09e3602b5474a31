"""One goal after the other, everybody protected: against brute force, and on Germany."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.geodata import read_candidates, read_demand
from solver.plan import Outcome
from solver.problem import Objective, PairReach, Problem, RadiusReach
from solver.run import Limits
from solver.solve import solve
from solver.verify import verify
from tests.solver.test_brute_force import problems
from tests.solver.test_partial import changed

ORDERS = st.sampled_from([Objective.SITES_THEN_COST, Objective.COST_THEN_SITES])


def best_of_both(problem: Problem) -> tuple[float, float]:
    """First and second goal of the best selection, by trying them all."""
    m, n = len(problem.candidates), len(problem.demand)
    covers = np.zeros((n, m), dtype=int)
    assert isinstance(problem.reach, PairReach)
    for i, j in zip(problem.reach.demand_ids, problem.reach.candidate_ids, strict=True):
        covers[int(i[1:]), int(j[1:])] = 1
    ids, usd = problem.candidates.ids, problem.candidates.cost_usd
    assert usd is not None
    may = np.array([identity not in problem.forbidden_ids for identity in ids])
    must = np.array([identity in problem.required_ids for identity in ids])
    need = np.minimum((covers * may).sum(axis=1), problem.survive + 1)
    every = np.array(list(product([False, True], repeat=m)))
    good = ~(every & ~may).any(axis=1) & ~(must & ~every).any(axis=1)
    good &= (every.astype(int) @ covers.T >= need).all(axis=1)
    goals = (every.sum(axis=1).astype(float), every @ usd)
    first, second = goals if problem.objective == Objective.SITES_THEN_COST else goals[::-1]
    best = first[good].min()
    return float(best), float(second[good & (first <= best + 1e-9)].min())


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(problems(), ORDERS, st.integers(0, 2**32 - 1))
def test_both_goals_are_met_and_proved(problem: Problem, order: Objective, seed: int) -> None:
    rng = np.random.default_rng(seed)
    usd = np.round(rng.random(len(problem.candidates)) * 5, rng.integers(0, 3))
    problem = replace(problem, candidates=replace(problem.candidates, cost_usd=usd), objective=order)
    plan = solve(problem)
    first, second = best_of_both(problem)
    assert plan.objective == pytest.approx(first)
    assert plan.second_objective == pytest.approx(second)
    assert plan.outcome == Outcome.OPTIMAL
    assert plan.lower_bound <= first + 1e-6
    assert plan.second_lower_bound is not None
    assert plan.second_lower_bound <= second + 1e-6
    assert plan.certified_lower_bound <= first + 1e-6


def german(root: Path) -> Problem:
    """The bundled German example with rents that follow latitude."""
    demand = read_demand(root / "data/germany_demand.csv").data
    sites = read_candidates(root / "data/germany_candidates.csv").data
    rent = np.round(1000 * (sites.lat_deg - 46.0) + 50 * (np.arange(len(sites)) % 7))
    return Problem(demand, replace(sites, cost_usd=rent), RadiusReach(150.0), objective=Objective.SITES_THEN_COST)


def test_germany_sites_first_then_rent(root: Path) -> None:
    problem = german(root)
    plan = solve(problem, Limits(60))
    assert plan.objective == solve(replace(problem, objective="sites"), Limits(60)).objective  # type: ignore[arg-type]
    assert plan.second_objective is not None
    usd = problem.candidates.cost_usd
    assert usd is not None
    plain = solve(replace(problem, objective="sites"), Limits(60))  # type: ignore[arg-type]
    assert plan.second_objective <= usd[np.isin(problem.candidates.ids, list(plain.open_sites))].sum()
    assert not verify(changed(plan, second_objective=plan.second_objective - 1), problem).ok
    assert not verify(changed(plan, second_objective=None, second_lower_bound=None), problem).ok
    assert not verify(changed(plan, second_lower_bound=plan.second_objective + 1), problem).ok
