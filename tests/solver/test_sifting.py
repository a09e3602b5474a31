"""The relaxation in rounds: never above the whole one, and as good where it ends by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from solver import sifting
from solver.bound import relax
from solver.coverage import build_coverage
from solver.problem import Uncoverable
from solver.reduction import Core, reduce
from solver.sifting import part_of, relax_in_rounds
from tests.solver.instances import national


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def core(reference: Path) -> Core:
    problem = national(reference, "germany", 100.0, uncoverable=Uncoverable.EXEMPT)
    coverage = build_coverage(problem)
    need = np.minimum(coverage.candidates_in_reach, problem.sites_needed).astype(np.int32)
    return reduce(coverage, need, problem.site_cost, np.empty(0, dtype=np.int64)).core


def test_rounds_end_at_the_whole_relaxation(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = relax(core, 60.0, never)
    assert whole is not None
    monkeypatch.setattr(sifting, "LARGE_CORE_ENTRIES", 0)
    monkeypatch.setattr(sifting, "ROWS_PER_ROUND", 100)
    monkeypatch.setattr(sifting, "LEAST_RISE", 0.0)
    heard: list[float] = []
    found = relax_in_rounds(core, 60.0, never, heard.append)
    assert found is not None
    assert len(heard) > 2
    assert max(heard) <= float(core.cost @ whole.x) + 1e-4
    assert float(core.cost @ found.x) == pytest.approx(float(core.cost @ whole.x), rel=0.01)
    load = np.bincount(core.indices, weights=np.repeat(found.duals, np.diff(core.indptr)), minlength=core.n_columns)
    assert found.bound == pytest.approx(core.requirement @ found.duals + np.minimum(core.cost - load, 0).sum())


def test_small_cores_are_relaxed_at_once(core: Core) -> None:
    found, whole = relax_in_rounds(core, 60.0, never, lambda _: None), relax(core, 60.0, never)
    assert found is not None
    assert whole is not None
    assert found.bound == whole.bound


def test_told_to_stop_it_has_nothing_or_what_the_last_round_proved(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sifting, "LARGE_CORE_ENTRIES", 0)
    monkeypatch.setattr(sifting, "ROWS_PER_ROUND", 100)
    assert relax_in_rounds(core, 0.0, never, lambda _: None) is None
    heard: list[float] = []
    found = relax_in_rounds(core, 60.0, lambda: len(heard) > 0, heard.append)
    assert found is not None
    assert heard == [found.bound]


def test_a_part_of_a_core_asks_for_the_same(core: Core) -> None:
    rows = np.array([3, 7, core.n_rows - 1])
    part = part_of(core, rows)
    assert part.n_columns == core.n_columns
    for q, i in enumerate(rows):
        mine = part.indices[part.indptr[q] : part.indptr[q + 1]]
        assert mine.tolist() == core.indices[core.indptr[i] : core.indptr[i + 1]].tolist()
    assert part.requirement.tolist() == core.requirement[rows].tolist()
