"""What is known of a plan before anything is solved: who has too few candidates in reach."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.coverage import build_coverage
from solver.gaps import find_gaps
from solver.plan import CoverageGap
from solver.problem import Demand, Ints, LatencyReach, PairReach, Problem, RadiusReach

WIDENING = (1 / 16, 1 / 4)
"""Most points find enough candidates near by: 1,000 km over the contiguous US takes 0.05 s this way, else 0.9 s."""


@dataclass(frozen=True)
class Preview:
    """points, population: of the demand · candidates: not forbidden · gap_points, gap_population: of all gaps ·
    gaps: those with most people, most people first.
    """

    points: int
    population: float
    candidates: int
    gap_points: int
    gap_population: float
    gaps: tuple[CoverageGap, ...]


def preview(problem: Problem, listed: int) -> Preview:
    """Count the coverage gaps and describe the ``listed`` ones with most people."""
    demand = problem.demand
    if isinstance(problem.reach, PairReach) or problem.shared_risk or demand.areas is not None:
        every = find_gaps(problem, build_coverage(problem))
        gaps = tuple(sorted(every, key=lambda gap: -gap.population)[:listed])
        gap_points, gap_population = len(every), sum(gap.population for gap in every)
    else:
        rows = _gap_rows(problem, problem.reach)
        rows = rows[np.lexsort((rows, -demand.population[rows]))]
        part = _only(problem, rows[:listed]) if len(rows) else None
        gaps = find_gaps(part, build_coverage(part)) if part is not None else ()
        gap_points, gap_population = len(rows), float(demand.population[rows].sum())
    allowed = len(problem.candidates) - len(problem.forbidden_ids)
    return Preview(len(demand), float(demand.population.sum()), allowed, gap_points, gap_population, gaps)


def _gap_rows(problem: Problem, whole: RadiusReach | LatencyReach) -> Ints:
    """Positions of the demand points with fewer candidates in reach than they need, ascending."""
    # A candidate's ms turn into km by the plan's own network, which a bare radius does not have.
    by_latency = problem.candidates.reach_ms is not None or problem.candidates.extra_ms is not None
    shares = () if by_latency else WIDENING
    rows = np.arange(len(problem.demand))
    for reach in (*(RadiusReach(whole.radius_km * share) for share in shares), whole):
        part = replace(_only(problem, rows), reach=reach)
        rows = rows[build_coverage(part).candidates_in_reach < problem.sites_needed]
        if len(rows) == 0:
            break
    return rows


def _only(problem: Problem, rows: Ints) -> Problem:
    whole = problem.demand
    part = Demand(whole.ids[rows], whole.names[rows], whole.lat_deg[rows], whole.lon_deg[rows], whole.population[rows])
    return replace(problem, demand=part)
