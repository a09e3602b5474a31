"""Rasters, entire areas, own reach and measured round trips on the command line, and what each wrong use says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from app.cli import main

SITES = "id,lat,lon,reach_km,grid\na,50.2,8.2,,north\nb,50.2,8.6,,north\nc,50.3,8.4,,south\nd,50.3,8.5,1,\n"
TOWNS = "id,population,lat,lon\np,10,50.2,8.3\nq,20,50.25,8.5\n"
TIMES = "demand_id,candidate_id,rtt_ms\np,a,2\np,c,3\nq,b,2.5\nq,c,2\nq,d,9\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("sites.csv", SITES), ("towns.csv", TOWNS), ("rtt.csv", TIMES)):
        Path(name).write_text(text)
    people = np.random.default_rng(1).gamma(0.5, 100.0, (40, 50)).astype(np.float32)
    place = {"crs": "EPSG:4326", "transform": Affine(0.01, 0, 8.1, 0, -0.01, 50.5)}
    with rasterio.open("pop.tif", "w", driver="GTiff", height=40, width=50, count=1, dtype="float32", **place) as file:
        file.write(people, 1)
    return tmp_path


def plan(*options: str) -> int:
    inputs = [] if "--demand" in options else ["--demand", "towns.csv"]
    return main(["plan", *inputs, "--candidates", "sites.csv", *options])


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def test_a_raster_is_planned_for_and_verified(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raster = ("--demand", "pop.tif", "--cell-km", "5")
    assert plan(*raster, "--radius-km", "45", "--out", "out") == 0
    said = capsys.readouterr()
    assert "note: pop.tif: 2000 raster cells with people became" in said.err
    assert main(["verify", "out/plan.json", *raster, "--candidates", "sites.csv"]) == 0
    people = json.loads(Path("out/assignments.geojson").read_text())["features"]
    assert all(row["properties"]["id"].startswith("5km-") for row in people)


def test_a_matrix_replaces_distance_and_verify_asks_for_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured = ("--rtt-matrix", "rtt.csv", "--max-rtt-ms", "3")
    assert plan(*measured, "--out", "out", "--json") == 0
    answer = told(capsys)
    assert answer["open_sites"] == ["a", "b", "c"]
    assert (answer["reach_km"], answer["reach"]) == (None, {"max_rtt_ms": 3.0, "fallback": None})
    again = ("verify", "out/plan.json", "--demand", "towns.csv", "--candidates", "sites.csv")
    assert main([*again, "--rtt-matrix", "rtt.csv"]) == 0
    assert main([*again]) == 2
    assert "expected the measured round trips (--rtt-matrix)" in capsys.readouterr().err


def test_pairs_not_measured_are_out_of_reach_or_estimated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured = ("--rtt-matrix", "rtt.csv", "--max-rtt-ms", "2.2", "--json")
    assert plan(*measured) == 3
    capsys.readouterr()
    assert plan(*measured, "--rtt-fallback", "private_fibre") == 0
    assert told(capsys)["reach"] == {"max_rtt_ms": 2.2, "fallback": {"base_ms": 0.5, "route_factor": 1.3}}


def test_a_site_with_a_short_reach_of_its_own_serves_only_its_neighbours(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan("--radius-km", "40", "--forbidden", "a,b", "--json") == 3
    assert told(capsys)["gaps"] == {"points": 2, "population": 30.0}


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--demand", "pop.tif", "--radius-km", "9"), "pop.tif, column 'cell_km': found none, expected a cell size"),
        (("--cell-km", "5", "--radius-km", "9"), "towns.csv: found another format, expected a population raster"),
        (("--radius-km", "9", "--max-rtt-ms", "3"), "column '--max-rtt-ms': expected --rtt-matrix beside it"),
        (("--radius-km", "9", "--rtt-fallback", "x"), "column '--rtt-fallback': expected --rtt-matrix beside it"),
        (("--rtt-matrix", "rtt.csv"), "column '--max-rtt-ms': found none, expected a number of ms with --rtt-matrix"),
        (("--rtt-matrix", "rtt.csv", "--max-rtt-ms", "0"), "column 'max_rtt_ms': found 0.0, expected a number of ms"),
        (
            ("--rtt-matrix", "rtt.csv", "--max-rtt-ms", "3", "--rtt-fallback", "pigeon"),
            "column 'fallback': found 'pigeon', expected one of physical_floor, private_fibre",
        ),
        (
            ("--rtt-matrix", "rtt.csv", "--max-rtt-ms", "3", "--access-ms", "3"),
            "column '--access-ms': expected --slo-ms when a budget is given",
        ),
        (
            ("--rtt-matrix", "towns.csv", "--max-rtt-ms", "3"),
            "towns.csv, column 'demand_id': found only id, population",
        ),
        (("--rtt-matrix", "none.csv", "--max-rtt-ms", "3"), "none.csv: found No such file or directory"),
    ],
)
def test_a_wrong_use_is_one_line_and_exit_status_2(
    folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], line: str
) -> None:
    assert plan(*options) == 2
    assert f"sitewright: {line}" in capsys.readouterr().err


def test_a_matrix_with_unknown_ids_names_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("rtt.csv").write_text(TIMES + "nobody,a,1\nq,nowhere,1\n")
    assert plan("--rtt-matrix", "rtt.csv", "--max-rtt-ms", "3") == 2
    assert capsys.readouterr().err.splitlines() == [
        "sitewright: rtt.csv, row 7, column 'demand_id': found 'nobody', expected the id of a demand point",
        "sitewright: rtt.csv, row 8, column 'candidate_id': found 'nowhere', expected the id of a candidate site",
    ]


def test_a_reach_beyond_a_quarter_of_the_globe_cannot_be_judged_for_entire_areas(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = [[8.2, 50.2], [8.3, 50.2], [8.3, 50.3], [8.2, 50.2]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "geometry": shape, "properties": {"id": "p", "population": 1}}
    Path("areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    areas = ("--demand", "areas.geojson", "--demand-as", "entire", "--json", "--radius-km")
    assert plan(*areas, "60") == 0
    capsys.readouterr()
    assert plan(*areas, "12000") == 2
    assert "expected a reach of at most 10000 km where areas must be reached entirely" in capsys.readouterr().err
