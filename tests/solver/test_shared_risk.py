"""Shared-risk groups: after any one group fails every point is still served; judged by brute force."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.alternatives import alternatives
from solver.coverage import build_coverage
from solver.errors import BadInput
from solver.plan import Outcome
from solver.problem import Candidates, Demand, PairReach, Problem, RadiusReach
from solver.shared_risk import build_rows
from solver.solve import solve
from solver.verify import verify
from tests.solver.instances import national, points
from tests.solver.test_brute_force import problems

MANY = settings(max_examples=250, deadline=None, derandomize=True, database=None)


@st.composite
def grouped(draw: st.DrawFn) -> Problem:
    """One or two group columns over the instances of test_brute_force, some sites without a group."""
    problem = draw(problems())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m = len(problem.candidates)
    uneven = draw(st.booleans())
    columns = {
        name: rng.choice(["", "a", "b", "c"], m, p=[0.1, 0.7, 0.1, 0.1] if uneven else [0.2, 0.3, 0.3, 0.2])
        for name in ["building", "carrier"][: draw(st.integers(1, 2))]
    }
    candidates = replace(problem.candidates, attributes={k: v.astype(object) for k, v in columns.items()})
    return replace(problem, candidates=candidates, shared_risk=tuple(columns))


def protected(problem: Problem, opened: np.ndarray) -> bool:
    """Whether a selection holds: counted, and then every group failed in turn; the hopeless excused."""
    ids, allowed = problem.candidates.ids, ~np.isin(problem.candidates.ids, list(problem.forbidden_ids))
    assert isinstance(problem.reach, PairReach)
    for point in problem.demand.ids:
        reach = np.isin(ids, problem.reach.candidate_ids.texts[problem.reach.demand_ids.texts == point]) & allowed
        if (reach & opened).sum() < min(reach.sum(), problem.survive + 1):
            return False
        for column in problem.shared_risk:
            group = problem.candidates.attributes[column]
            for label in set(group) - {""}:
                outside = reach & (group != label)
                if outside.any() and not (outside & opened).any():
                    return False
    return True


def cheapest(problem: Problem) -> float:
    must = np.isin(problem.candidates.ids, list(problem.required_ids))
    never = np.isin(problem.candidates.ids, list(problem.forbidden_ids))
    every = (np.array(bits, dtype=bool) for bits in product([False, True], repeat=len(problem.candidates)))
    good = (x for x in every if not (must & ~x).any() and not (never & x).any())
    by_cost = sorted(good, key=lambda x: float(problem.site_cost[x].sum()))
    return next(float(problem.site_cost[x].sum()) for x in by_cost if protected(problem, x))


@MANY
@given(grouped())
def test_the_plan_is_as_cheap_as_brute_force_and_passes_the_verifier(problem: Problem) -> None:
    plan = solve(problem)
    optimum = cheapest(problem)
    assert plan.objective == pytest.approx(optimum)
    assert plan.outcome == Outcome.OPTIMAL
    assert plan.certified_lower_bound <= optimum + 1e-6
    assert verify(plan, problem).failures == ()
    opened = np.isin(problem.candidates.ids, list(plan.open_sites))
    assert protected(problem, opened)


@MANY
@given(grouped())
def test_the_verifier_agrees_with_brute_force_on_plans_that_ignore_the_groups(problem: Problem) -> None:
    plan = solve(replace(problem, shared_risk=()))
    grouped_gaps = solve(problem).gaps
    stated = replace(plan, gaps=grouped_gaps, lower_bound=0.0, outcome=Outcome.FEASIBLE)
    opened = np.isin(problem.candidates.ids, list(plan.open_sites))
    assert verify(stated, problem).ok == protected(problem, opened)


@MANY
@given(grouped())
def test_a_substitute_keeps_every_point_protected(problem: Problem) -> None:
    plan = solve(problem)
    opened = set(plan.open_sites)
    for entry in alternatives(plan, problem):
        for other in entry.substitutes:
            swapped = np.isin(problem.candidates.ids, list(opened - {entry.site} | {other}))
            assert protected(problem, swapped)


def test_a_point_whose_candidates_share_a_building_is_a_gap_with_its_name() -> None:
    demand = Demand(ids=["p"], names=["P"], lat_deg=[0.0], lon_deg=[0.0], population=[7.0])  # type: ignore[arg-type]
    candidates = Candidates(
        **{**points(["a", "b", "c"]), "lon_deg": np.array([0.1, 0.2, 2.0])},
        attributes={"building": np.array(["Tower", "Tower", "Barn"], dtype=object)},
    )
    problem = Problem(demand, candidates, RadiusReach(50.0), shared_risk=("building",))
    plan = solve(problem)
    assert plan.outcome == Outcome.INFEASIBLE
    (gap,) = plan.gaps
    assert (gap.shared_group, gap.candidates_in_reach) == ("building: Tower", 2)
    assert gap.smallest_reach == pytest.approx(222.39, abs=0.01)
    wider = solve(replace(problem, reach=RadiusReach(gap.smallest_reach)))  # type: ignore[arg-type]
    assert set(wider.open_sites) >= {"c"}
    assert wider.sites == 2


def test_an_unknown_column_is_refused_with_the_columns_there_are() -> None:
    candidates = Candidates(**points(["a"]), attributes={"building": np.array(["x"], dtype=object)})
    with pytest.raises(BadInput, match=r"found 'bilding', expected a column of the candidates .building."):
        Problem(Demand(**points(["p"]), population=np.ones(1)), candidates, RadiusReach(1.0), shared_risk=("bilding",))


def test_few_rows_are_added_for_groups_of_very_uneven_size(reference: Path) -> None:
    problem = national(reference, "conus", 200, uncoverable="exempt")
    lat = problem.candidates.lat_deg
    labels = np.where(lat > 35, "north", np.where(lat > 30, "", "south")).astype(object)
    grouped = replace(
        problem, candidates=replace(problem.candidates, attributes={"grid": labels}), shared_risk=("grid",)
    )
    rows = build_rows(grouped, build_coverage(grouped))
    added = len(rows.point) - len(problem.demand)
    assert 0 < added < len(problem.demand) / 10
