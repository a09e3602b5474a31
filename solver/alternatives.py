"""Which open sites a plan cannot do without, and which have equal substitutes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.bound import scaled
from solver.coverage import Indices, build_coverage
from solver.narrowing import narrowed
from solver.plan import CERTIFICATE_SCALE, Plan
from solver.problem import Floats, Ints, Objective, Problem
from solver.protection import protected
from solver.reduction import Bools, transpose
from solver.shared_risk import Rows, build_rows_of_each


@dataclass(frozen=True)
class Alternative:
    """What could stand in for one open site.

    irreplaceable: proved to be open in every plan as good as this one, by the data (some point has no site to
    spare) or by the certificate · substitutes: closed candidates, no dearer, that could take its place with every
    other site as it is, in the candidates' own order.  A site may be neither: replaceable only by moving others.
    """

    site: str
    irreplaceable: bool
    substitutes: tuple[str, ...]


def alternatives(plan: Plan, problem: Problem) -> tuple[Alternative, ...]:
    """One entry per open site, in the order of ``plan.open_sites``; empty for a plan that is not usable."""
    rows = _rows(plan, problem)
    coverage, needed = rows.pattern, rows.requirement
    m, ids = coverage.n_candidates, problem.candidates.ids
    opened = np.isin(ids, list(plan.open_sites))
    cost = _matters(problem)
    entry_open = opened[coverage.indices]
    row = np.repeat(np.arange(coverage.n_points), np.diff(coverage.indptr))
    count = np.bincount(row, weights=entry_open, minlength=coverage.n_points)
    column_indptr, column_rows = transpose(coverage.indptr, coverage.indices, m)
    forced = np.zeros(m, dtype=bool)
    if not problem.partial:
        forced[coverage.indices[(coverage.candidates_in_reach == needed)[row]]] = True
    forced |= np.isin(ids, list(problem.required_ids)) | _certified(plan, problem, rows, column_indptr, column_rows)

    found = []
    for j in np.flatnonzero(opened):
        served = column_rows[column_indptr[j] : column_indptr[j + 1]]
        critical = served[count[served] == needed[served]]
        substitutes: tuple[str, ...] = ()
        if not forced[j] and len(critical):
            inside = np.concatenate([coverage.indices[coverage.indptr[i] : coverage.indptr[i + 1]] for i in critical])
            reaches_all = np.bincount(inside, minlength=m) == len(critical)
            substitutes = tuple(ids[reaches_all & ~opened & (cost <= cost[j])])
        found.append(Alternative(ids[j], bool(forced[j]), substitutes))
    return tuple(found)


def _rows(plan: Plan, problem: Problem) -> Rows:
    """What must stay satisfied: everybody's rows, or those of the people whom a partial plan protects."""
    if problem.partial:
        points = np.flatnonzero(protected(plan, problem) & plan.usable)
        return build_rows_of_each(problem, build_coverage(problem), points)
    narrow = narrowed(problem, also=plan.certificate.points)
    return narrow.rows(build_coverage(narrow.part))


def _matters(problem: Problem) -> Floats:
    """(m,) what a substitute must not raise: USD wherever they count.  The number of sites stays as it is."""
    usd = problem.candidates.cost_usd
    counts = problem.objective not in (Objective.SITES, Objective.POPULATION) or problem.max_cost_usd is not None
    return usd if usd is not None and counts else np.ones(len(problem.candidates))


def _certified(plan: Plan, problem: Problem, rows: Rows, column_indptr: Ints, column_rows: Indices) -> Bools:
    """(m,) sites without which the certificate's bound exceeds this plan's objective.

    Closing site j takes its term max(0, load_j − cost_j) out of the certificate's sum: the bound rises by it.
    """
    sums = np.concatenate([[0], np.cumsum(rows.multipliers(plan.certificate)[column_rows])])
    surplus = sums[column_indptr[1:]] - sums[column_indptr[:-1]] - scaled(problem.site_cost)
    without = plan.certificate.bound + np.maximum(surplus, 0) / CERTIFICATE_SCALE
    return np.asarray(without > plan.objective + 1e-6)
