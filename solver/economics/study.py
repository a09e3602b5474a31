"""From a plan to its economics: ``study`` is the whole story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solver.economics.demand import loads_of
from solver.economics.inputs import Inputs
from solver.economics.judgement import Case, Judgement, judge
from solver.economics.redundancy import Redundancy, redundancy
from solver.economics.regions import RegionView, region_places, view_regions
from solver.economics.sensitivity import Swing, sensitivity
from solver.economics.trace import TraceRow, trace
from solver.economics.verdict import Verdict, verdict_of
from solver.errors import BadInput, InputProblem
from solver.plan import Plan
from solver.problem import Candidates, LatencyReach, Problem


@dataclass(frozen=True, eq=False)
class Study:
    """The economics of one plan under one set of inputs.

    judgement holds the fleet (per site and total) and the unit costs · redundancy: None without a companion plan.
    """

    plan: Plan
    problem: Problem
    inputs: Inputs
    origins: Mapping[str, str]
    case: Case
    judgement: Judgement
    regions: RegionView
    verdict: Verdict
    sensitivity: tuple[Swing, ...]
    redundancy: Redundancy | None
    trace: tuple[TraceRow, ...]


def study(
    plan: Plan,
    problem: Problem,
    regions: Candidates,
    inputs: Inputs | None = None,
    companion: tuple[Plan, Problem] | None = None,
    origins: Mapping[str, str] | None = None,
) -> Study:
    """Demand → sites → cost → the alternative → verdict.

    regions: the cloud regions to compare with · companion: the plan and problem of ``companion_problem``, for the
    comparison of redundancies · origins: who set which input, for the trace.  Raises BadInput when the plan has no
    open site or nobody lives at its points.
    """
    v, told = inputs or Inputs(), dict(origins or {})
    if not plan.usable or not plan.sites:
        raise BadInput([InputProblem("a plan with open sites", column="plan", found=plan.outcome.value)])
    loads = loads_of(plan, problem)
    if loads.served <= 0:
        raise BadInput([InputProblem("people at the demand points", "demand", column="population", found="none")])
    view = view_regions(problem, plan.servers[:, 0] >= 0, region_places(regions))
    case = Case(
        loads=loads,
        survive=problem.survive,
        regions_share=view.shares.served_by_regions_share,
        reach_km=view.reach_km,
        reach_ms=float(problem.latency.rtt_ms(view.reach_km)),
        slo_ms=problem.reach.slo_ms if isinstance(problem.reach, LatencyReach) else None,
    )
    found = judge(case, v)
    compared = redundancy(plan, problem, *companion, v) if companion else None
    return Study(
        plan=plan,
        problem=problem,
        inputs=v,
        case=case,
        judgement=found,
        regions=view,
        verdict=verdict_of(case, v, view, problem.demand.population),
        sensitivity=sensitivity(case, v),
        redundancy=compared,
        trace=trace(v, found.fleet, found.costs, view.shares, compared, told),
        origins=told,
    )
