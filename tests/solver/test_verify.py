"""The verifier rejects every way a plan can be wrong; judged on a real instance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solver.plan import NO_CERTIFICATE, CoverageGap, Outcome, Plan
from solver.problem import Problem
from solver.solve import solve
from solver.verify import verify
from tests.solver.instances import national


@pytest.fixture(scope="module")
def problem(reference: Path) -> Problem:
    return national(reference, "germany", 30, uncoverable="exempt")


@pytest.fixture(scope="module")
def plan(problem: Problem) -> Plan:
    return solve(problem)


def reasons(plan: Plan, problem: Problem, **changes: Any) -> str:
    return "; ".join(verify(replace(plan, **changes), problem).failures)


def test_the_plan_holds(plan: Plan, problem: Problem) -> None:
    verdict = verify(plan, problem)
    assert verdict.failures == ()
    assert (verdict.points, verdict.sites) == (11_870, 351)


@pytest.mark.parametrize("removed", [0, 100, 350])
def test_one_site_less_is_rejected(plan: Plan, problem: Problem, removed: int) -> None:
    left = plan.open_sites[:removed] + plan.open_sites[removed + 1 :]
    said = reasons(plan, problem, open_sites=left, objective=350.0, lower_bound=350.0)
    assert "fewer than" in said or "of its" in said


def test_a_stranger_among_the_sites(plan: Plan, problem: Problem) -> None:
    assert "nowhere is not a candidate" in reasons(plan, problem, open_sites=(*plan.open_sites, "nowhere"))


def test_a_required_site_closed_and_a_forbidden_one_open(plan: Plan, problem: Problem) -> None:
    closed = next(i for i in problem.candidates.ids if i not in plan.open_sites)
    told = replace(problem, required=(closed,), forbidden=(plan.open_sites[0],))
    said = "; ".join(verify(plan, told).failures)
    assert f"required site {closed} is closed" in said
    assert f"forbidden site {plan.open_sites[0]} is open" in said


def test_primary_and_backup_swapped(plan: Plan, problem: Problem) -> None:
    assert "wrong sites" in reasons(plan, problem, servers=plan.servers[:, ::-1].copy())


def test_a_distance_that_is_not_so(plan: Plan, problem: Problem) -> None:
    assert "wrong sites" in reasons(plan, problem, distance=plan.distance + 0.01)


def test_a_gap_left_out_or_invented(plan: Plan, problem: Problem) -> None:
    assert "not listed as a gap" in reasons(plan, problem, gaps=plan.gaps[1:])
    served = next(i for i in problem.demand.ids if i not in {gap.point_id for gap in plan.gaps})
    invented = CoverageGap(served, served, 1.0, 0.0, 0.0, 1, 2, None)
    assert f"gap {served} is listed with 1" in reasons(plan, problem, gaps=(*plan.gaps, invented))


def test_a_bound_above_the_plan_or_an_unproven_optimum(plan: Plan, problem: Problem) -> None:
    assert "exceeds" in reasons(plan, problem, lower_bound=352.0)
    assert "called optimal" in reasons(plan, problem, lower_bound=350.0)
    assert "objective" in reasons(plan, problem, objective=350.0, lower_bound=350.0)


def test_gaps_where_none_are_exempt(plan: Plan, problem: Problem) -> None:
    assert "does not exempt" in "; ".join(verify(plan, replace(problem, uncoverable="fail")).failures)


def test_an_infeasible_verdict_must_name_its_gaps(problem: Problem) -> None:
    refused = solve(replace(problem, uncoverable="fail"))
    assert refused.outcome == Outcome.INFEASIBLE
    assert verify(refused, problem).ok
    assert "names no coverage gap" in reasons(refused, problem, gaps=())


def test_every_single_failure_leaves_a_backup_in_reach(plan: Plan, problem: Problem) -> None:
    """The promise itself, counted here a third way."""
    gap_ids = {gap.point_id for gap in plan.gaps}
    safe = np.array([identity not in gap_ids for identity in problem.demand.ids])
    for site in range(plan.sites):
        left = np.where(plan.servers == site, np.nan, plan.distance)
        assert np.nanmin(left[safe], axis=1).max() <= 30.0


def test_the_certificate_proves_the_relaxation_in_whole_numbers(plan: Plan, problem: Problem) -> None:
    assert plan.certified_lower_bound == 351
    assert plan.certificate.bound > 350
    assert (plan.certificate.multiplier > 0).all()


def test_a_certificate_that_does_not_add_up(plan: Plan, problem: Problem) -> None:
    generous = replace(plan.certificate, bound=plan.certificate.bound + 0.5)
    assert "adds up to" in reasons(plan, problem, certificate=generous)
    halved = replace(plan.certificate, multiplier=plan.certificate.multiplier // 2)
    assert "adds up to" in reasons(plan, problem, certificate=halved)
    negative = replace(plan.certificate, multiplier=-plan.certificate.multiplier)
    assert "negative multiplier" in reasons(plan, problem, certificate=negative)
    huge = replace(plan.certificate, multiplier=np.full_like(plan.certificate.multiplier, 2**60))
    assert "too large" in reasons(plan, problem, certificate=huge)
    uneven = replace(plan.certificate, points=plan.certificate.points[1:])
    assert "of one length" in reasons(plan, problem, certificate=uneven)
    empty = NO_CERTIFICATE
    assert "more than the certificate's" in reasons(plan, problem, certificate=empty)
