"""A plan made from the decisive points alone is a plan for everybody, and as good as one made from all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from solver import narrowing
from solver.alternatives import Alternative, alternatives
from solver.coverage import build_coverage
from solver.narrowing import narrowed, sample
from solver.plan import Outcome, Plan
from solver.problem import Problem, Uncoverable
from solver.reduction import reduce
from solver.solve import Limits, solve
from solver.verify import verify
from tests.solver.instances import national
from tests.solver.scattered import Case, cases


def both(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> tuple[Plan, Plan]:
    """The plan made the ordinary way, and the streamed one."""
    with monkeypatch.context() as patch:
        patch.setattr(narrowing, "STREAM_FROM", 10**9)
        whole = solve(problem, Limits(20))
    with monkeypatch.context() as patch:
        patch.setattr(narrowing, "STREAM_FROM", 0)
        return whole, solve(problem, Limits(20))


@pytest.mark.parametrize("with_groups", [False, True])
def test_streamed_plans_are_as_good_as_any_and_hold_for_everybody(
    with_groups: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(cases(with_groups=with_groups))
    def some(case: Case) -> None:
        problem = case.problem()
        whole, streamed = both(problem, monkeypatch)
        assert whole.outcome == streamed.outcome == Outcome.OPTIMAL
        assert streamed.objective == whole.objective
        assert streamed.gaps == whole.gaps
        assert streamed.certified_lower_bound <= whole.objective
        assert verify(streamed, problem).failures == ()
        assert served(streamed, problem) == served(replace(whole, open_sites=streamed.open_sites), problem)

    some()


def core_rows(problem: Problem, stream_from: int) -> list[list[int]]:
    """The candidates of each row of the core."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(narrowing, "STREAM_FROM", stream_from)
        narrow = narrowed(problem)
    rows = narrow.rows(build_coverage(narrow.part))
    reduction = reduce(rows.pattern, rows.requirement, problem.site_cost, np.empty(0, dtype=np.int64))
    core = reduction.core
    candidates = np.split(reduction.columns[core.indices], core.indptr[1:-1])
    return sorted(row.tolist() for row in candidates)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(cases())
def test_the_core_has_the_same_rows(case: Case) -> None:
    assert core_rows(case.problem(), 0) == core_rows(case.problem(), 10**9)


@pytest.mark.parametrize(("country", "radius_km"), [("germany", 75.0), ("conus", 200.0)])
def test_the_core_of_a_country_has_the_same_rows(reference: Path, country: str, radius_km: float) -> None:
    problem = national(reference, country, radius_km, uncoverable=Uncoverable.EXEMPT)
    assert core_rows(problem, 0) == core_rows(problem, 10**9)


def served(plan: Plan, problem: Problem) -> list[int]:
    """How many servers each point has in a plan, by its sites alone."""
    covers = build_coverage(problem)
    opened = np.isin(problem.candidates.ids, list(plan.open_sites))
    return [
        min(problem.sites_needed, int(opened[covers.indices[a:b]].sum()))
        for a, b in zip(covers.indptr[:-1], covers.indptr[1:], strict=True)
    ]


def test_a_country_streams_to_its_optimum(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = national(reference, "germany", 250.0, uncoverable=Uncoverable.EXEMPT)
    whole, streamed = both(problem, monkeypatch)
    assert whole.outcome == streamed.outcome == Outcome.OPTIMAL
    assert streamed.objective == whole.objective
    monkeypatch.setattr(narrowing, "STREAM_FROM", 0)
    assert len(narrowed(problem).points) < len(problem.demand) / 3
    assert alternatives(streamed, problem) == alternatives_unstreamed(streamed, problem)


def alternatives_unstreamed(plan: Plan, problem: Problem) -> tuple[Alternative, ...]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(narrowing, "STREAM_FROM", 10**9)
        return alternatives(plan, problem)


def test_a_refused_plan_lists_every_gap_either_way(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, streamed = both(national(reference, "germany", 20.0), monkeypatch)
    assert whole.outcome == streamed.outcome == Outcome.INFEASIBLE
    assert len(whole.gaps) > 100
    assert streamed.gaps == whole.gaps


def test_a_sample_stands_for_everybody(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "SAMPLE", 500)
    problem = national(reference, "germany", 100.0)
    chosen, people = sample(problem)
    assert 500 <= len(chosen) <= 1000
    assert people.sum() == pytest.approx(problem.demand.population.sum())
    assert (people > 0).sum() <= len(chosen)
    assert people[np.setdiff1d(np.arange(len(people)), chosen)].sum() == 0


def test_small_problems_are_left_whole(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "STREAM_FROM", 20_000)
    problem = national(reference, "germany", 100.0)
    assert not narrowed(problem).streamed
    assert narrowed(problem).part is problem
