"""Irreplaceable sites are in every optimum, substitutes really substitute: judged by brute force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings

from solver.alternatives import alternatives
from solver.problem import Problem
from solver.solve import solve
from tests.solver.instances import national
from tests.solver.test_brute_force import cheapest, problems


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(problems())
def test_against_brute_force(problem: Problem) -> None:
    plan = solve(problem)
    for one in alternatives(plan, problem):
        if one.irreplaceable and one.site not in problem.required_ids:
            without = replace(problem, forbidden=(*problem.forbidden, one.site))
            gaps_grow = len(solve(without).gaps) > len(plan.gaps) or any(
                new.candidates_in_reach < old.candidates_in_reach
                for new, old in zip(solve(without).gaps, plan.gaps, strict=True)
            )
            assert gaps_grow or cheapest(without) > plan.objective + 1e-9
        for other in one.substitutes:
            swapped = tuple(other if site == one.site else site for site in plan.open_sites)
            assert solve(replace(problem, required=swapped)).sites == plan.sites


def test_germany_names_what_it_cannot_do_without(reference: Path) -> None:
    problem = national(reference, "germany", 30, uncoverable="exempt")
    plan = solve(problem)
    found = alternatives(plan, problem)
    assert [one.site for one in found] == list(plan.open_sites)
    irreplaceable = [one for one in found if one.irreplaceable]
    replaceable = [one for one in found if one.substitutes]
    assert irreplaceable
    assert replaceable
    assert not set(irreplaceable) & set(replaceable)
    one = replaceable[0]
    swapped = replace(problem, required=(one.substitutes[0],), forbidden=(one.site,))
    assert solve(swapped).sites == plan.sites
