"""Roll-out: in which order to open a plan's sites so that most people are protected soonest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.coverage import Coverage, Indices, build_coverage
from solver.errors import BadInput, InputProblem
from solver.plan import Plan
from solver.problem import Floats, Ints, Problem
from solver.shared_risk import NO_GROUP, risks_of
from solver.studies.ordering import NEVER, WEIGHT_SCALE, Served, best_order


@dataclass(frozen=True, eq=False)
class Rollout:
    """The order of opening, and who is served after each step.

    sites: (s,) candidate ids, the ``kept`` ones (required: they stand already) first, in the candidates' order ·
    step: (s,) when each opens, 0 for the kept ones ·
    points_single, people_single: (steps + 1,) demand points and people with an open site in reach after step
    0, 1, … · points_protected, people_protected: the same for survive + 1 open sites · cost_usd: (steps + 1,) of
    all sites open by then, or None · points, people: all there are.
    """

    sites: tuple[str, ...]
    kept: int
    step: Ints
    points_single: Ints
    people_single: Floats
    points_protected: Ints
    people_protected: Floats
    cost_usd: Floats | None
    points: int
    people: float


def rollout(plan: Plan, problem: Problem) -> Rollout:
    """Order the open sites so that the population protected, summed over all steps, is as large as can be found.

    Among equals the population with a first site counts.  A heuristic (see ``solver/studies/ordering.py``), which
    looks for k + 1 sites and leaves shared risk aside; the figures count a point as protected only once its sites
    are also in two groups.
    Raises BadInput for a plan without open sites.
    """
    if not plan.usable:
        raise BadInput([InputProblem("a plan with open sites", found=f"outcome {plan.outcome.value}")])
    coverage = _of_open_sites(plan, problem)
    place = {identity: j for j, identity in enumerate(problem.candidates.ids)}
    at = np.array([place[identity] for identity in plan.open_sites], dtype=np.int64)
    number = np.full(coverage.n_candidates, -1, dtype=np.int32)
    number[at] = np.arange(len(at), dtype=np.int32)
    required = problem.required_ids
    kept = np.array([s for s, identity in enumerate(plan.open_sites) if identity in required], dtype=np.int64)
    indices = number[coverage.indices]
    served = _merged(coverage.indptr, indices, problem.demand.population, problem.sites_needed, len(at))
    order = np.concatenate([kept, best_order(served, kept)])
    step = np.maximum(np.arange(len(order)) - len(kept) + 1, 0)
    opens = np.empty(len(order), dtype=np.int64)
    opens[order] = step
    steps, entry_opens = len(order) - len(kept), opens[indices]
    single = _opening(coverage, entry_opens, 1)
    protected = _opening(coverage, entry_opens, problem.sites_needed)
    for risk in risks_of(problem):
        protected = np.maximum(protected, _two_groups(coverage, entry_opens, risk.codes[coverage.indices]))
    points_single, people_single = _after_each(single, problem, steps)
    points_protected, people_protected = _after_each(protected, problem, steps)
    return Rollout(
        sites=tuple(plan.open_sites[s] for s in order),
        kept=len(kept),
        step=step,
        points_single=points_single,
        people_single=people_single,
        points_protected=points_protected,
        people_protected=people_protected,
        cost_usd=_cost_so_far(problem, at[order], step),
        points=len(problem.demand),
        people=float(problem.demand.population.sum()),
    )


def _of_open_sites(plan: Plan, problem: Problem) -> Coverage:
    closed = set(problem.candidates.ids) - set(plan.open_sites)
    return build_coverage(replace(problem, required=(), forbidden=tuple(sorted(closed))))


def _merged(indptr: Ints, indices: Indices, population: Floats, needed: int, sites: int) -> Served:
    """One row for all points with the same sites; told apart by a sum of random 64-bit codes."""
    codes = np.random.default_rng(0).integers(0, 2**63, sites, dtype=np.uint64)
    row = np.repeat(np.arange(len(population)), np.diff(indptr))
    key = np.zeros(len(population), dtype=np.uint64)
    np.add.at(key, row, codes[indices])
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    sizes = np.diff(indptr)[first]
    pointers = np.zeros(len(first) + 1, dtype=np.int64)
    np.cumsum(sizes, out=pointers[1:])
    entries = np.arange(int(sizes.sum())) - np.repeat(pointers[:-1], sizes) + np.repeat(indptr[first], sizes)
    weight = np.rint(np.bincount(group, weights=population) * WEIGHT_SCALE).astype(np.int64)
    return Served(pointers, indices[entries], weight, needed, sites)


def _opening(coverage: Coverage, opens: Ints, needed: int) -> Ints:
    """(n,) the step that opens the ``needed``-th site of each point; opens: (nnz,) the step of each entry."""
    row, order = _in_order(coverage, opens)
    rank = np.arange(len(row)) - np.repeat(coverage.indptr[:-1], coverage.candidates_in_reach)
    step = np.full(coverage.n_points, NEVER)
    step[row[rank == needed - 1]] = opens[order][rank == needed - 1]
    return step


def _two_groups(coverage: Coverage, opens: Ints, codes: Indices) -> Ints:
    """(n,) the step from which the sites of each point are not all in one group; codes: (nnz,)."""
    row, order = _in_order(coverage, opens)
    first = codes[order][np.repeat(coverage.indptr[:-1], coverage.candidates_in_reach)]
    apart = (codes[order] != first) | (first == NO_GROUP)
    step = np.full(coverage.n_points, NEVER)
    np.minimum.at(step, row[apart], opens[order][apart])
    return step


def _in_order(coverage: Coverage, opens: Ints) -> tuple[Ints, Ints]:
    """(nnz,) row of each entry, and the entries of each row by their opening."""
    row = np.repeat(np.arange(coverage.n_points), coverage.candidates_in_reach)
    return row, np.lexsort((opens, row))


def _after_each(step: Ints, problem: Problem, steps: int) -> tuple[Ints, Floats]:
    """(steps + 1,) points and people served by step 0, 1, …"""
    counted = step <= steps
    people = np.bincount(step[counted], weights=problem.demand.population[counted], minlength=steps + 1)
    return np.cumsum(np.bincount(step[counted], minlength=steps + 1)), np.cumsum(people)


def _cost_so_far(problem: Problem, at: Ints, step: Ints) -> Floats | None:
    if problem.candidates.cost_usd is None:
        return None
    return np.asarray(np.cumsum(np.bincount(step, weights=problem.candidates.cost_usd[at])))
