"""The solver's own process: its log is not its answer, and a rejected plan never looks like a plan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from solver import geodata
from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV, plan_body
from tests.servers import ROOT

REJECTING = """
import sys, solver.solve
from solver.errors import VerificationError
def rejected(*_, **__): raise VerificationError(["site s1 does not exist"])
solver.solve.solve = rejected
"""
NOISY = """
import os, sys
import solver.solve
genuine = solver.solve.solve
def noisy(*arguments, **options):
    os.write(1, b"a solver that prints on stdout\\n")
    return genuine(*arguments, **options)
solver.solve.solve = noisy
"""
RUN = """
from pathlib import Path
from app.jobs.solve_child import main
sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), 0))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for role, content in (("demand", DEMAND_CSV), ("candidates", CANDIDATES_CSV)):
        (tmp_path / f"{role}.csv").write_bytes(content)
    geodata.write_parquet(geodata.read_demand(tmp_path / "demand.csv").data, tmp_path / "demand.parquet")
    geodata.write_parquet(geodata.read_candidates(tmp_path / "candidates.csv").data, tmp_path / "sites.parquet")
    body = plan_body("d", "c", required=[], forbidden=[], objective="sites", seed=0, limits={"seconds": 20, "gap": 0})
    files = {"demand": str(tmp_path / "demand.parquet"), "candidates": str(tmp_path / "sites.parquet")}
    job = {"kind": "plan", "request": body, "parent": None, "matrices": {}, **files}
    (tmp_path / "job.json").write_text(json.dumps(job))
    return tmp_path


def run(folder: Path, before: str) -> tuple[int, list[dict[str, Any]], str]:
    done = subprocess.run(
        [sys.executable, "-c", before + RUN, str(folder), str(os.getpid())],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_rejected_plan_leaves_a_reproducer_and_no_plan(folder: Path) -> None:
    status, lines, _ = run(folder, REJECTING)
    assert status == 3
    assert "verifier rejected" in lines[-1]["failed"]
    assert not (folder / "plan.json").exists()
    assert not (folder / "summary.json").exists()
    kept = folder / "reproducer"
    assert sorted(path.name for path in kept.iterdir()) == [
        "candidates.parquet",
        "demand.parquet",
        "reason.txt",
        "request.json",
    ]
    assert "s1 does not exist" in (kept / "reason.txt").read_text()
    assert len(geodata.read_demand(kept / "demand.parquet").data) == 64


def test_only_progress_comes_out_whatever_the_solver_prints(folder: Path) -> None:
    status, lines, errors = run(folder, NOISY)
    assert status == 0, errors
    assert all(set(line) == {"event"} for line in lines)
    assert "a solver that prints on stdout" in errors
    assert json.loads((folder / "summary.json").read_text())["outcome"] == "optimal"


def test_bad_input_found_late_ends_with_its_reason(folder: Path) -> None:
    job = json.loads((folder / "job.json").read_text())
    job["request"]["required"] = ["nowhere"]
    (folder / "job.json").write_text(json.dumps(job))
    status, lines, _ = run(folder, "import sys")
    assert status == 2
    assert "nowhere" in lines[-1]["failed"]


def test_it_does_not_start_for_a_parent_that_is_gone(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.jobs.solve_child", str(folder), "1", "0"], capture_output=True, timeout=60, cwd=ROOT
    )
    assert done.returncode == 1
    assert done.stdout == b""
