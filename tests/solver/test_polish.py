"""Polishing keeps the size, the cover and the fixed sites, and leaves no single swap that helps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from solver.coverage import build_coverage, nearest_open
from solver.plan import Plan
from solver.polish import polish
from solver.problem import Problem
from solver.shared_risk import build_rows
from solver.solve import solve
from solver.verify import verify
from tests.solver.instances import national
from tests.solver.test_brute_force import problems


def weighted_km(plan: Plan, problem: Problem) -> float:
    return float((np.nansum(plan.distance, axis=1) * problem.demand.population).sum())


def never() -> bool:
    return False


def test_germany_gets_nearer_sites_at_the_same_number(reference: Path) -> None:
    problem = national(reference, "germany", 30, uncoverable="exempt")
    plain, polished = solve(problem, polished=False), solve(problem)
    assert (plain.sites, polished.sites) == (351, 351)
    assert weighted_km(polished, problem) < 0.97 * weighted_km(plain, problem)
    assert verify(polished, problem).ok


def test_required_sites_stay(reference: Path) -> None:
    problem = national(reference, "germany", 30, uncoverable="exempt")
    closed = next(i for i in problem.candidates.ids if i not in solve(problem).open_sites)
    assert closed in solve(replace(problem, required=(closed,))).open_sites


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(problems())
def test_no_swap_of_one_site_is_left_that_would_help(problem: Problem) -> None:
    coverage = build_coverage(problem)
    rows = build_rows(problem, coverage)
    needed = rows.requirement
    required = np.isin(problem.candidates.ids, list(problem.required_ids))
    start = np.isin(problem.candidates.ids, list(solve(problem, polished=False).open_sites))
    people, cost = problem.demand.population, problem.site_cost
    ended = polish(rows, people, cost, start, required, never)

    def value(opened: np.ndarray) -> float:
        _, distance = nearest_open(coverage, np.flatnonzero(opened), problem.sites_needed)
        short = (np.isfinite(distance).sum(axis=1) < needed).any()
        return np.inf if short else float((np.nansum(distance, axis=1) * people).sum())

    assert ended.sum() == start.sum()
    assert (ended | ~required).all()
    assert cost[ended].sum() <= cost[start].sum() + 1e-9
    assert value(ended) <= value(start) + 1e-6
    critical = [
        site for site in np.flatnonzero(ended & ~required) if np.isinf(value(ended & (np.arange(len(ended)) != site)))
    ]
    for site in critical:
        for other in np.flatnonzero(~ended & (cost <= cost[site])):
            swapped = ended.copy()
            swapped[site], swapped[other] = False, True
            assert value(swapped) >= value(ended) - 1e-4


@pytest.mark.parametrize("survive", [0, 1, 2])
def test_the_three_numbers_price_a_swap_exactly(reference: Path, survive: int) -> None:
    """After many swaps the plan's own assignments, computed afresh, must agree with the verifier."""
    problem = national(reference, "germany", 100, survive=survive, least_population=40_000, uncoverable="exempt")
    assert verify(solve(problem), problem).ok
