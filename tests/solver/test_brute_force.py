"""Reduction, search and exact solve against brute force on small random instances."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.bound import relax
from solver.branch import LazyRelaxation, cover_of_at_most
from solver.coverage import build_coverage
from solver.milp import Watch, solve_core
from solver.plan import Outcome
from solver.problem import Candidates, Demand, PairReach, Problem, RadiusReach
from solver.reduction import Rules, reduce
from solver.solve import solve
from solver.verify import verify
from tests.solver.instances import points

MANY = settings(max_examples=1000, deadline=None, derandomize=True, database=None)


def never() -> bool:
    return False


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Up to 40 points and 11 candidates; k = 0, 1, 2; costs, identical sites, required and forbidden sites."""
    large = draw(st.sampled_from([False, True, True]))
    n, m = (
        (draw(st.integers(20, 40)), draw(st.integers(8, 11)))
        if large
        else (draw(st.integers(1, 9)), draw(st.integers(1, 8)))
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    covers = rng.random((n, m)) < draw(st.sampled_from([0.3, 0.4, 0.5, 0.7]))
    if m > 1 and draw(st.booleans()):
        covers[:, rng.integers(m)] = covers[:, rng.integers(m)]
    rows, columns = np.nonzero(covers)
    point_ids, site_ids = [f"p{i}" for i in range(n)], [f"s{j}" for j in range(m)]
    reach = PairReach(
        np.array(point_ids, dtype=object)[rows], np.array(site_ids, dtype=object)[columns], rng.random(len(rows)), 1.0
    )
    by_cost = draw(st.booleans())
    cost = np.round(rng.random(m) * 9, draw(st.integers(0, 2))) if by_cost else None
    fixed = rng.permutation(m)
    required = tuple(site_ids[j] for j in fixed[: draw(st.sampled_from([0, 0, 1, 2]))])
    forbidden = tuple(site_ids[j] for j in fixed[2 : 2 + draw(st.sampled_from([0, 0, 1]))])
    return Problem(
        Demand(**points(point_ids), population=rng.integers(0, 100, n).astype(float)),
        Candidates(**points(site_ids), cost_usd=cost),
        reach,
        survive=draw(st.integers(0, 2)),
        required=required,
        forbidden=forbidden,
        objective="cost" if by_cost else "sites",  # type: ignore[arg-type]
        uncoverable="exempt",  # type: ignore[arg-type]
    )


def cheapest(problem: Problem) -> float:
    """The optimum by trying every selection."""
    m, n = len(problem.candidates), len(problem.demand)
    covers = np.zeros((n, m), dtype=int)
    assert isinstance(problem.reach, PairReach)
    for i, j in zip(problem.reach.demand_ids, problem.reach.candidate_ids, strict=True):
        covers[int(i[1:]), int(j[1:])] = 1
    open_allowed = np.array([identity not in problem.forbidden_ids for identity in problem.candidates.ids])
    must = np.array([identity in problem.required_ids for identity in problem.candidates.ids])
    need = np.minimum((covers * open_allowed).sum(axis=1), problem.survive + 1)
    every = np.array(list(product([False, True], repeat=m)))
    allowed = ~(every & ~open_allowed).any(axis=1) & ~(must & ~every).any(axis=1)
    served = (every.astype(int) @ covers.T >= need).all(axis=1)
    return float((every @ problem.site_cost)[allowed & served].min())


@MANY
@given(problems())
def test_the_plan_is_as_cheap_as_brute_force_and_passes_the_verifier(problem: Problem) -> None:
    plan = solve(problem)
    optimum = cheapest(problem)
    assert plan.objective == pytest.approx(optimum)
    assert plan.outcome == Outcome.OPTIMAL
    assert plan.lower_bound <= optimum + 1e-6
    assert plan.certified_lower_bound <= optimum + 1e-6
    assert verify(plan, problem).failures == ()


@MANY
@given(problems())
def test_a_plan_with_a_needed_site_removed_is_rejected(problem: Problem) -> None:
    plan = solve(problem)
    if problem.objective == "sites" and plan.open_sites and not problem.required_ids:
        poorer = replace(plan, open_sites=plan.open_sites[1:], objective=plan.objective - 1, lower_bound=0.0)
        assert not verify(poorer, problem).ok


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(problems(), st.booleans(), st.booleans(), st.booleans())
def test_every_reduction_rule_alone_keeps_the_optimum(
    problem: Problem, forced: bool, rows: bool, columns: bool
) -> None:
    coverage = build_coverage(problem)
    need = np.minimum(coverage.candidates_in_reach, problem.sites_needed).astype(np.int32)
    required = np.flatnonzero(np.isin(problem.candidates.ids, list(problem.required_ids)))
    reduction = reduce(coverage, need, problem.site_cost, required, Rules(forced, rows, columns))
    core = reduction.core
    best = np.inf
    for bits in product([False, True], repeat=core.n_columns):
        chosen = np.array(bits, dtype=bool)
        if core.is_cover(chosen):
            best = min(best, float(problem.site_cost[reduction.lift(chosen)].sum()))
    assert best == pytest.approx(cheapest(problem))


@settings(max_examples=600, deadline=None, derandomize=True, database=None)
@given(problems(), st.booleans())
def test_counting_finds_the_optimum_and_nothing_below_it(problem: Problem, reduced: bool) -> None:
    problem = replace(problem, objective="sites")  # type: ignore[arg-type]
    coverage = build_coverage(problem)
    need = np.minimum(coverage.candidates_in_reach, problem.sites_needed).astype(np.int32)
    required = np.flatnonzero(np.isin(problem.candidates.ids, list(problem.required_ids)))
    reduction = reduce(coverage, need, problem.site_cost, required, Rules(reduced, reduced, reduced))
    core = reduction.core
    if not core.n_rows:
        return
    start = relax(core, 10.0, never)
    assert start is not None
    optimum = round(cheapest(problem) - reduction.forced_cost)
    assert start.bound <= optimum + 1e-6
    assert cover_of_at_most(optimum - 1, LazyRelaxation(core, start, never), never) == (True, None)
    complete, cover = cover_of_at_most(optimum, LazyRelaxation(core, start, never), never)
    assert complete
    assert cover is not None
    assert core.is_cover(cover)
    assert cover.sum() == optimum


def test_many_of_these_instances_leave_a_core_for_the_exact_solver() -> None:
    """Else the thousand instances above would only judge the reductions."""
    left = []

    @MANY
    @given(problems())
    def count(problem: Problem) -> None:
        coverage = build_coverage(problem)
        need = np.minimum(coverage.candidates_in_reach, problem.sites_needed).astype(np.int32)
        left.append(reduce(coverage, need, problem.site_cost, np.empty(0, dtype=np.int64)).core.n_columns > 0)

    count()
    assert len(left) >= 1000
    assert sum(left) >= 250


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(problems())
def test_the_formulation_itself_finds_the_optimum_from_the_worst_start(problem: Problem) -> None:
    coverage = build_coverage(problem)
    need = np.minimum(coverage.candidates_in_reach, problem.sites_needed).astype(np.int32)
    required = np.flatnonzero(np.isin(problem.candidates.ids, list(problem.required_ids)))
    raw = reduce(coverage, need, problem.site_cost, required, Rules(forced=False, rows=False, columns=False))
    everything = np.ones(raw.core.n_columns, dtype=bool)
    watch = Watch(on_cover=lambda _: None, on_bound=lambda _: None, stop=lambda: False)
    if raw.core.n_columns:
        answer = solve_core(raw.core, everything, watch, seconds=30, gap=0.0, seed=0)
        assert answer.chosen is not None
        assert problem.site_cost[raw.lift(answer.chosen)].sum() == pytest.approx(cheapest(problem))
        assert answer.bound + raw.forced_cost <= cheapest(problem) + 1e-6


def test_the_textbook_rule_would_be_wrong() -> None:
    """One point, two sites of the same reach: both are needed to survive a failure."""
    demand = Demand(**points(["p"]), population=np.ones(1))
    problem = Problem(demand, Candidates(**points(["a", "b"])), RadiusReach(1.0), survive=1)
    assert solve(problem).sites == 2
