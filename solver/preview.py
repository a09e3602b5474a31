"""What is known of a plan before anything is solved: who has too few candidates in reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.coverage import build_coverage
from solver.gaps import find_gaps
from solver.narrowing import decisive, only
from solver.plan import CoverageGap
from solver.problem import Problem


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
    if not problem.by_distance:
        every = find_gaps(problem, build_coverage(problem))
        gaps = tuple(sorted(every, key=lambda gap: -gap.population)[:listed])
        gap_points, gap_population = len(every), sum(gap.population for gap in every)
    else:
        rows = decisive(problem).gaps
        rows = rows[np.lexsort((rows, -demand.population[rows]))]
        part = only(problem, rows[:listed]) if len(rows) else None
        gaps = find_gaps(part, build_coverage(part)) if part is not None else ()
        gap_points, gap_population = len(rows), float(demand.population[rows].sum())
    allowed = len(problem.candidates) - len(problem.forbidden_ids)
    return Preview(len(demand), float(demand.population.sum()), allowed, gap_points, gap_population, gaps)
