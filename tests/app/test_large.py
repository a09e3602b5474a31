"""Millions of points leave the solver as GeoParquet and a plan file of a few sites."""

from __future__ import annotations

import io
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from app import large
from app.cli import main
from app.console import Console, describe
from app.exports import assignments_table
from app.large import write_assignments
from solver import narrowing, planfile
from solver.plan import Progress
from solver.problem import Candidates, Demand, Problem, RadiusReach, Uncoverable, texts
from solver.run import Limits, Run
from solver.solve import solve
from tests.solver.instances import national

DATA = Path(__file__).parent.parent.parent / "data"


def test_the_parts_make_the_same_table_as_the_whole(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "POINTS_PER_PART", 1000)
    problem = national(reference, "germany", 30.0, uncoverable=Uncoverable.EXEMPT)
    plan = solve(problem)
    write_assignments(plan, problem, tmp_path / "assignments.parquet")
    found = gpd.read_parquet(tmp_path / "assignments.parquet")
    expected = assignments_table(plan, problem)
    assert found.crs.equals("OGC:CRS84")
    assert found.geometry.x.tolist() == expected.lon_deg.tolist()
    assert found.geometry.y.tolist() == expected.lat_deg.tolist()
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.drop(columns="geometry")), pd.DataFrame(expected.columns), check_dtype=False
    )


def test_a_large_plan_is_written_and_verified_without_its_assignments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(planfile, "MOST_WRITTEN", 1000)
    monkeypatch.setattr(narrowing, "STREAM_FROM", 1000)
    files = ["--demand", str(DATA / "germany_demand.csv"), "--candidates", str(DATA / "germany_candidates.csv")]
    assert main(["plan", *files, "--radius-km", "200", "--out", str(tmp_path)]) == 0
    assert "of 9860 decide" in capsys.readouterr().err
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {"plan.json", "sites.geojson", "gaps.geojson", "assignments.parquet", "map.html"}
    assert json.loads((tmp_path / "plan.json").read_text())["assignments"] is None
    assert main(["verify", str(tmp_path / "plan.json"), *files]) == 0
    assert capsys.readouterr().out.startswith("holds: ")


def test_a_known_share_is_drawn_as_a_bar_on_a_terminal_and_left_out_of_a_log() -> None:
    step = Progress("coverage", 1.0, note="10,000,000 points", share=0.25)
    assert describe(step) == "coverage      [#####---------------] 25% of 10,000,000 points"
    terminal, log = Terminal(), io.StringIO()
    for stream in (terminal, log):
        Console(stream).progress(step)
    assert "25% of 10,000,000 points" in terminal.getvalue()
    assert log.getvalue() == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_share_is_told_twice_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Progress] = []
    run = Run(national_tiny(), Limits(), heard.append, None)
    clock = iter([0.0, 0.1, 0.7, 0.7, 0.7, 0.8, 2.0, 2.0])
    monkeypatch.setattr(run, "seconds", lambda: next(clock))
    tell = run.tell_share("coverage", "4 points")
    for share in (0.1, 0.2, 0.3, 1.0):
        tell(share)
    assert [step.share for step in heard] == [0.2]


def national_tiny() -> Problem:
    here = np.zeros(1)
    return Problem(
        Demand(texts("p"), texts("p"), here, here, here),
        Candidates(texts("c"), texts("c"), here, here),
        RadiusReach(1.0),
    )
