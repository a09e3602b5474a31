"""Variants against fresh solves, bounds that travel to them, and what is said of the difference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from solver.errors import BadInput
from solver.plan import Outcome, Plan
from solver.problem import Candidates, Demand, Problem, RadiusReach
from solver.solve import solve
from solver.studies.whatif import carried_bound, changes
from tests.solver.instances import points
from tests.solver.studies.scattered import scattered


def variants(problem: Problem, plan: Plan, rng: np.random.Generator) -> list[dict[str, Any]]:
    closed = [i for i in problem.candidates.ids if i not in plan.open_sites]
    return [
        {"required": tuple(rng.permutation(closed)[:2])},
        {"forbidden": tuple(rng.permutation(list(plan.open_sites))[:2])},
        {"reach": RadiusReach(60.0)},
        {"reach": RadiusReach(110.0)},
        {"survive": problem.survive + 1},
        {"survive": 0, "required": tuple(plan.open_sites[:1])},
    ]


@pytest.mark.parametrize("uncoverable", ["fail", "exempt"])
def test_a_variant_that_starts_from_its_parent_finds_what_a_fresh_solve_finds(uncoverable: str) -> None:
    rng = np.random.default_rng(3)
    usable = carried = 0
    for seed in range(12):
        problem = scattered(seed, uncoverable=uncoverable)
        parent = solve(problem, polished=False)
        for change in variants(problem, parent, rng) if parent.usable else []:
            variant = replace(problem, **change)
            bound = carried_bound(parent, problem, variant)
            child = solve(variant, polished=False, start=parent.open_sites, known_bound=bound)
            fresh = solve(variant, polished=False)
            assert child.outcome == fresh.outcome
            if fresh.usable:
                assert child.objective == fresh.objective
                assert bound <= fresh.objective
                usable, carried = usable + 1, carried + (bound > 0)
    assert usable > 15
    assert carried > 8


def test_a_bound_does_not_travel_to_a_variant_that_asks_for_less() -> None:
    problem = scattered(1, uncoverable="exempt", required=("s1",))
    parent = solve(problem, polished=False)
    assert carried_bound(parent, problem, problem) == parent.lower_bound > 0
    for looser in ({"reach": RadiusReach(120.0)}, {"survive": 0}, {"required": ()}, {"objective": "cost"}):
        assert carried_bound(parent, problem, replace(problem, **looser)) == 0.0  # type: ignore[arg-type]


def three_in_a_row(**settings: Any) -> Problem:
    """Points p0, p1, p2 and sites s0 … s3 on one line, 10 km apart; p0 has ten people, p1 twenty, p2 thirty."""
    line = {"lon_deg": np.zeros(3), "lat_deg": np.arange(3) * 0.09}
    ids, sites = ["p0", "p1", "p2"], ["s0", "s1", "s2", "s3"]
    return Problem(
        Demand(**{**points(ids), **line}, population=np.array([10.0, 20.0, 30.0])),
        Candidates(**{**points(sites), "lon_deg": np.zeros(4), "lat_deg": np.arange(4) * 0.09}),
        RadiusReach(11.0),
        uncoverable="exempt",  # type: ignore[arg-type]
        **{"survive": 0, **settings},
    )


def test_what_changed_is_told_in_sites_and_people() -> None:
    before_problem, after_problem = three_in_a_row(required=("s1",)), three_in_a_row(forbidden=("s1", "s2", "s3"))
    before, after = solve(before_problem), solve(after_problem)
    assert before.open_sites == ("s1",)
    assert after.open_sites == ("s0",)
    told = changes(before, before_problem, after, after_problem)
    assert (told.sites_in, told.sites_out) == (("s0",), ("s1",))
    assert list(told.moved) == [0, 1, 2]
    assert list(told.to_site) == ["s0", "s0", ""]
    assert (told.people_moved, told.people_lost, told.people_gained) == (60.0, 30.0, 0.0)
    assert (told.before.unprotected_points, told.after.unprotected_points) == (0, 1)
    assert told.from_distance[1] == pytest.approx(0.0, abs=1e-6)
    assert told.to_distance[1] == pytest.approx(10.0, abs=0.1)
    assert np.isnan(told.to_distance[2])
    back = changes(after, after_problem, before, before_problem)
    assert (back.people_gained, back.sites_in, back.sites_out) == (30.0, ("s1",), ("s0",))


def test_the_difference_in_sites_is_an_interval_while_a_proof_is_missing() -> None:
    problem = scattered(6, uncoverable="exempt")
    plan = solve(problem)
    unproved = replace(plan, outcome=Outcome.FEASIBLE, lower_bound=plan.lower_bound - 2)
    tighter = replace(problem, survive=problem.survive + 1)
    more = solve(tighter)
    assert (changes(plan, problem, more, tighter).least, changes(plan, problem, more, tighter).most) == (
        more.objective - plan.objective,
        more.objective - plan.objective,
    )
    assert changes(unproved, problem, more, tighter).most == more.objective - plan.objective + 2
    assert changes(plan, problem, more, replace(tighter, objective="cost")).most is None  # type: ignore[arg-type]


def test_plans_without_sites_or_over_other_people_are_not_compared() -> None:
    problem = three_in_a_row()
    plan = solve(problem)
    impossible = replace(problem, reach=RadiusReach(1.0), survive=2, uncoverable="fail")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="two plans with open sites"):
        changes(plan, problem, solve(impossible), impossible)
    other = scattered(1, uncoverable="exempt")
    with pytest.raises(BadInput, match="the same demand points"):
        changes(plan, problem, solve(other), other)
