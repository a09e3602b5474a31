"""Windows shrink a cover when fewer sites would do, and never otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings

from solver.coverage import build_coverage
from solver.problem import Problem
from solver.reduction import Reduction, Rules, reduce
from solver.search import construct
from solver.windows import WindowSearch, around, shrink
from tests.solver.instances import national
from tests.solver.test_brute_force import cheapest, problems


def reduced(problem: Problem, rules: Rules | None = None) -> Reduction:
    coverage = build_coverage(problem)
    need = np.minimum(coverage.candidates_in_reach, problem.sites_needed).astype(np.int32)
    required = np.flatnonzero(np.isin(problem.candidates.ids, list(problem.required_ids)))
    return reduce(coverage, need, problem.site_cost, required, rules)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(problems())
def test_a_window_over_everything_ends_at_the_optimum(problem: Problem) -> None:
    problem = replace(problem, objective="sites")  # type: ignore[arg-type]
    reduction = reduced(problem, Rules(False, False, False))
    core = reduction.core
    if not core.n_rows:
        return
    best = np.ones(core.n_columns, dtype=bool)
    among = np.ones(core.n_columns, dtype=bool)
    while (better := shrink(core, best, np.flatnonzero(best), among, lambda: False)) is not None:
        assert core.is_cover(better)
        assert better.sum() < best.sum()
        best = better
    assert best.sum() + reduction.forced_cost == cheapest(problem)


def test_windows_lower_a_greedy_cover_of_germany(reference: Path) -> None:
    core = reduced(national(reference, "germany", 75)).core
    start = construct(core)
    among = np.ones(core.n_columns, dtype=bool)
    ended = WindowSearch(core, start, among, seed=1).run(start, 15, lambda: False)
    assert core.is_cover(ended)
    assert ended.sum() < start.sum()


def test_a_window_holds_neighbours(reference: Path) -> None:
    problem = national(reference, "germany", 75)
    reduction = reduced(problem)
    best = construct(reduction.core)
    window = around(reduction.core, best, int(np.flatnonzero(best)[0]), 12)
    assert len(window) == 12
    assert best[window].all()
    lat = problem.candidates.lat_deg[reduction.columns]
    assert np.ptp(lat[window]) < np.ptp(lat[best])


def test_a_window_opens_only_what_it_may(reference: Path) -> None:
    core = reduced(national(reference, "germany", 75)).core
    start = construct(core)
    among = np.arange(core.n_columns) % 2 == 0
    windows = [around(core, start, int(centre), 12) for centre in np.flatnonzero(start)[::4]]
    found = [shrink(core, start, window, among | start, lambda: False) for window in windows]
    better = [cover for cover in found if cover is not None]
    assert better
    for cover in better:
        assert core.is_cover(cover)
        assert among[cover & ~start].all()
