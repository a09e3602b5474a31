"""Partial cover against brute force on small random instances, and on the national ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.coverage import build_coverage
from solver.errors import BadInput
from solver.partial.aim import Aim, Goal
from solver.partial.bound import relax_partial
from solver.partial.core import reduce_partial
from solver.partial.solve import least_protected, solve_partial
from solver.plan import Outcome, Plan
from solver.problem import Candidates, Demand, Objective, PairReach, Problem
from solver.run import Limits
from solver.shared_risk import build_rows_of_each
from solver.solve import solve
from solver.verify import verify
from tests.solver.instances import national, points

MANY = settings(max_examples=150, deadline=None, derandomize=True, database=None)
Bools = np.ndarray[Any, np.dtype[np.bool_]]


def never() -> bool:
    return False


@st.composite
def partial_problems(draw: st.DrawFn) -> Problem:
    """Up to 25 points and 8 candidates; k = 0, 1, 2; costs, shared risk, required and forbidden sites, every goal."""
    n, m = draw(st.integers(1, 25)), draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    covers = rng.random((n, m)) < draw(st.sampled_from([0.3, 0.5, 0.7]))
    if m > 1 and draw(st.booleans()):
        covers[:, rng.integers(m)] = covers[:, rng.integers(m)]
    rows, columns = np.nonzero(covers)
    point_ids, site_ids = [f"p{i}" for i in range(n)], [f"s{j}" for j in range(m)]
    reach = PairReach(
        np.array(point_ids, dtype=object)[rows], np.array(site_ids, dtype=object)[columns], rng.random(len(rows)), 1.0
    )
    people = np.round(rng.random(n) * draw(st.sampled_from([5, 1000])), draw(st.sampled_from([0, 0, 2])))
    cost = np.round(rng.random(m) * 9, draw(st.integers(0, 2)))
    groups = np.array([f"g{g}" if g else "" for g in rng.integers(0, 4, m)], dtype=object)
    fixed = rng.permutation(m)
    required = tuple(site_ids[j] for j in fixed[: draw(st.sampled_from([0, 0, 1]))])
    forbidden = tuple(site_ids[j] for j in fixed[2 : 2 + draw(st.sampled_from([0, 0, 1]))])
    goal = draw(st.sampled_from([*Objective, Objective.POPULATION]))
    means: dict[str, Any] = {"fraction": draw(st.sampled_from([0.3, 0.6, 0.75, 0.9]))}
    if goal == Objective.POPULATION:
        kinds = draw(st.sampled_from([("max_sites",), ("max_cost_usd",), ("max_sites", "max_cost_usd")]))
        spent = float(cost[fixed[: len(required)]].sum())
        most = {"max_sites": draw(st.integers(1, 6)), "max_cost_usd": round(spent + float(rng.random() * 20), 1)}
        means = {kind: most[kind] for kind in kinds}
    return Problem(
        Demand(**points(point_ids), population=people),
        Candidates(**points(site_ids), cost_usd=cost, attributes={"carrier": groups}),
        reach,
        survive=draw(st.integers(0, 2)),
        required=required,
        forbidden=forbidden,
        objective=goal,
        shared_risk=("carrier",) if draw(st.booleans()) else (),
        **means,
    )


def protected_by(problem: Problem) -> tuple[Bools, Bools]:
    """(every selection allowed × sites), and (selection × points) who is protected by it."""
    m, n = len(problem.candidates), len(problem.demand)
    covers = np.zeros((n, m), dtype=int)
    assert isinstance(problem.reach, PairReach)
    for i, j in zip(problem.reach.demand_ids, problem.reach.candidate_ids, strict=True):
        covers[int(i[1:]), int(j[1:])] = 1
    ids = problem.candidates.ids
    may = np.array([identity not in problem.forbidden_ids for identity in ids])
    must = np.array([identity in problem.required_ids for identity in ids])
    every = np.array(list(product([False, True], repeat=m)))
    every = every[~(every & ~may).any(axis=1) & ~(must & ~every).any(axis=1)]
    protected = every.astype(int) @ covers.T > problem.survive
    for column in problem.shared_risk:
        groups = problem.candidates.attributes[column]
        for group in set(groups) - {""}:
            protected &= (every & (groups != group)).astype(int) @ covers.T > 0
    return every, protected


def optimum(problem: Problem) -> tuple[float, float] | None:
    """First and second objective of the best selection by trying them all; None when there is none."""
    every, protected = protected_by(problem)
    people, usd = problem.demand.population, problem.candidates.cost_usd
    assert usd is not None
    sites, cost = every.sum(axis=1).astype(float), every @ usd
    left = np.array([fsum(people[~row]) for row in protected])
    good = fsum(people) - left >= least_protected(problem)
    if problem.max_sites is not None:
        good &= sites <= problem.max_sites
    if problem.max_cost_usd is not None:
        good &= cost <= problem.max_cost_usd + 1e-9
    if not good.any():
        return None
    first, second = {
        Objective.POPULATION: (left, left),
        Objective.SITES: (sites, sites),
        Objective.COST: (cost, cost),
        Objective.SITES_THEN_COST: (sites, cost),
        Objective.COST_THEN_SITES: (cost, sites),
    }[problem.objective]
    best = first[good].min()
    return float(best), float(second[good & (first <= best + 1e-9)].min())


@MANY
@given(partial_problems())
def test_the_plan_is_as_good_as_brute_force_and_passes_the_verifier(problem: Problem) -> None:
    plan, best = solve(problem), optimum(problem)
    assert verify(plan, problem).failures == ()
    if best is None:
        assert plan.outcome == Outcome.INFEASIBLE
        return
    assert plan.outcome == Outcome.OPTIMAL
    assert plan.objective == pytest.approx(best[0], abs=1e-6)
    assert plan.lower_bound <= best[0] + 1e-6
    if problem.objective in (Objective.SITES_THEN_COST, Objective.COST_THEN_SITES):
        assert plan.second_objective == pytest.approx(best[1], abs=1e-6)
        assert plan.second_lower_bound is not None
        assert plan.second_lower_bound <= best[1] + 1e-6
    else:
        assert plan.second_objective is None


@MANY
@given(partial_problems())
def test_reduction_keeps_an_optimum_and_the_relaxation_stays_below_it(problem: Problem) -> None:
    problem = replace(problem, objective="population", fraction=1.0, max_sites=3, max_cost_usd=None)
    best = optimum(problem)
    assert best is not None
    coverage, people = build_coverage(problem), problem.demand.population
    able = protected_by(problem)[1].any(axis=0)
    rows = build_rows_of_each(problem, coverage, np.flatnonzero(able))
    required = np.flatnonzero(np.isin(problem.candidates.ids, list(problem.required_ids)))
    reduction = reduce_partial(
        rows.pattern, rows.point, rows.requirement, people, np.ones(len(problem.candidates)), required
    )
    core, lost = reduction.core, fsum(people[~able]) + reduction.hopeless
    most = 3 - len(required)
    values = [
        core.left_out(np.array(bits, dtype=bool))
        for bits in product([False, True], repeat=core.n_columns)
        if sum(bits) <= most
    ]
    assert min(values) + lost == pytest.approx(best[0])
    if core.n_columns:
        bounds: list[float] = []
        relaxed = relax_partial(core, Aim(Goal.PEOPLE, most=most), never, bounds.append)
        assert relaxed is not None
        assert bounds[-1] + lost <= best[0] + 1e-6
        found: list[float] = []
        nothing = np.zeros(core.n_columns, dtype=bool)
        relaxed.master.prove(nothing, never, bounds.append, lambda chosen: found.append(core.left_out(chosen)), 0)
        assert min(found) + lost == pytest.approx(best[0])
        assert bounds[-1] + lost == pytest.approx(best[0], abs=1e-5 * fsum(people))
        assert max(bounds) + lost <= best[0] + 1e-6
        for bits in product([False, True], repeat=core.n_columns):
            chosen = np.array(bits, dtype=bool)
            bare = core.unprotected(chosen)
            for cut in relaxed.cuts:
                left = cut.share[bare[cut.points]].sum() + cut.slope[chosen[cut.columns]].sum()
                assert left >= cut.constant - 1e-9


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(partial_problems())
def test_the_formulation_alone_finds_the_optimum_with_another_solver(problem: Problem) -> None:
    plan, best = solve_partial(problem, solver_name="PULP_CBC_CMD"), optimum(problem)
    if best is not None:
        assert plan.objective == pytest.approx(best[0], abs=1e-6)


def changed(plan: Plan, **what: Any) -> Plan:
    return replace(plan, **what)


def test_the_verifier_rejects_every_kind_of_wrong_claim(reference: Path) -> None:
    problem = national(reference, "germany", 60, fraction=0.9)
    plan = solve(problem, Limits(10))
    assert verify(plan, problem).ok
    wrong = [
        changed(plan, unprotected=plan.unprotected[1:]),
        changed(plan, unprotected=np.append(plan.unprotected, len(problem.demand) - 1)),
        changed(plan, objective=plan.objective - 1),
        changed(plan, lower_bound=plan.objective + 1),
        changed(plan, second_objective=1.0),
    ]
    assert [verify(each, problem).ok for each in wrong] == [False] * len(wrong)
    assert not verify(plan, replace(problem, fraction=0.95)).ok
    assert not verify(plan, replace(problem, fraction=1.0, uncoverable="exempt")).ok
    fewer = replace(problem, fraction=1.0, objective="population", max_sites=plan.sites - 1)
    assert any("at most" in line for line in verify(plan, fewer).failures)


def test_germany_with_part_of_the_people(reference: Path) -> None:
    """The share at p sites is the fraction that p sites suffice for."""
    everybody = national(reference, "germany", 100, uncoverable="exempt")
    most = solve(replace(everybody, objective="population", max_sites=20), Limits(10))
    assert most.sites <= 20
    share = 1 - most.objective / everybody.demand.population.sum()
    assert 0.8 < share < 1
    assert most.lower_bound <= most.objective
    fewest = solve(replace(everybody, fraction=share - 1e-9), Limits(10), start=most.open_sites)
    assert fewest.objective <= 20


def test_a_fraction_beyond_reach_is_infeasible_and_names_the_gaps() -> None:
    demand = Demand(**points(["a", "b"]), population=np.array([60.0, 40.0]))
    reach = PairReach(np.array(["a", "a"]), np.array(["x", "y"]), np.zeros(2), 1.0)
    problem = Problem(demand, Candidates(**points(["x", "y"])), reach, fraction=0.61)
    plan = solve(problem)
    assert plan.outcome == Outcome.INFEASIBLE
    assert [gap.point_id for gap in plan.gaps] == ["b"]
    assert plan.unprotected.tolist() == [1]
    assert verify(plan, problem).ok
    enough = replace(problem, fraction=0.6)
    assert solve(enough).open_sites == ("x", "y")
    assert verify(solve(enough), enough).ok
    assert not verify(plan, enough).ok


def test_what_is_required_must_fit_into_the_means() -> None:
    demand = Demand(**points(["a"]), population=np.ones(1))
    reach = PairReach(np.array(["a"]), np.array(["x"]), np.zeros(1), 1.0)
    sites = Candidates(**points(["x", "y"]), cost_usd=np.array([5.0, 1.0]))
    for means in ({"max_sites": 0}, {"max_cost_usd": 4.0}):
        with pytest.raises(BadInput, match="required"):
            Problem(demand, sites, reach, required=("x",), objective="population", **means)  # type: ignore[arg-type]
