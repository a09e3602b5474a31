"""A drifting plan stays a plan, of the same size or one site smaller."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.drift import drift
from solver.problem import Problem
from solver.reduction import Rules
from solver.search import construct
from tests.solver.instances import national
from tests.solver.test_brute_force import problems
from tests.solver.test_windows import reduced


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(problems(), st.integers(0, 2**32 - 1))
def test_a_drifting_cover_stays_a_cover(problem: Problem, seed: int) -> None:
    core = reduced(problem, Rules(False, False, False)).core
    if not core.n_rows:
        return
    for start in (construct(core), np.ones(core.n_columns, dtype=bool)):
        ended = drift(core, start, 10, seed)
        assert core.is_cover(ended)
        assert start.sum() - ended.sum() in (0, 1)


def test_a_national_plan_moves_far_in_a_few_rounds_and_the_same_way_for_the_same_seed(reference: Path) -> None:
    core = reduced(national(reference, "germany", 75)).core
    start = construct(core)
    ended = drift(core, start, 10 * int(start.sum()), seed=1)
    assert np.array_equal(ended, drift(core, start, 10 * int(start.sum()), seed=1))
    assert core.is_cover(ended)
    assert (ended & ~start).sum() >= 5


def test_a_spare_site_is_closed(reference: Path) -> None:
    core = reduced(national(reference, "germany", 75)).core
    everything = np.ones(core.n_columns, dtype=bool)
    assert drift(core, everything, 1, seed=0).sum() == core.n_columns - 1
