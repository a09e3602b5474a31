"""Millions of points leave the solver as GeoParquet and a plan file of a few sites."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from app import large
from app.cli import main
from app.exports import assignments_table
from app.large import write_assignments
from solver import narrowing, planfile
from solver.problem import Uncoverable
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
    assert written == {"plan.json", "sites.geojson", "gaps.geojson", "assignments.parquet"}
    assert json.loads((tmp_path / "plan.json").read_text())["assignments"] is None
    assert main(["verify", str(tmp_path / "plan.json"), *files]) == 0
    assert capsys.readouterr().out.startswith("holds: ")
