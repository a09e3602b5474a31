"""The command line as scripts rely on it: a real process, its streams and its exit status."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SITEWRIGHT = [sys.executable, "-m", "app.cli"]


def run(*arguments: str | Path, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SITEWRIGHT, *map(str, arguments)], capture_output=True, text=True, timeout=seconds, check=False
    )


@pytest.fixture(scope="module")
def germany(root: Path) -> list[str | Path]:
    return ["--demand", root / "data" / "germany_demand.csv", "--candidates", root / "data" / "germany_candidates.csv"]


def test_help_loads_nothing_heavy() -> None:
    code = "import sys\nimport app.cli\ntry: app.cli.main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(sorted({'numpy', 'numba', 'pulp', 'geopandas', 'fastapi', 'folium'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "place the fewest edge sites" in done.stdout.lower()
    assert done.stdout.endswith("[]\n")


def test_json_is_the_only_thing_on_stdout_and_progress_goes_to_stderr(germany: list[str | Path]) -> None:
    done = run("plan", *germany, "--radius-km", "150", "--json", "--time-limit", "30")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert told["outcome"] in ("optimal", "feasible")
    assert told["sites"] == len(told["open_sites"]) >= told["lower_bound"]
    for phase in ("coverage", "reduction", "search", "verification"):
        assert phase in done.stderr


def test_out_holds_what_the_contract_lists_and_verify_accepts_it(germany: list[str | Path], tmp_path: Path) -> None:
    done = run("plan", *germany, "--radius-km", "60", "--uncoverable", "exempt", "--time-limit", "5", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {
        "plan.json", "sites.geojson", "assignments.geojson", "gaps.geojson", "map.html",
    }  # fmt: skip
    plan = json.loads((tmp_path / "plan.json").read_text())
    sites = json.loads((tmp_path / "sites.geojson").read_text())
    assert sorted(f["properties"]["id"] for f in sites["features"]) == sorted(plan["open_sites"])
    gaps = json.loads((tmp_path / "gaps.geojson").read_text())
    assert len(gaps["features"]) == plan["gaps"]["points"]

    assert run("verify", tmp_path / "plan.json", *germany).returncode == 0
    plan["assignments"]["site_ids"].reverse()
    (tmp_path / "bent.json").write_text(json.dumps(plan))
    bent = run("verify", tmp_path / "bent.json", *germany)
    assert bent.returncode == 1
    assert bent.stdout.startswith("wrong: ")


def test_an_infeasible_plan_names_its_gaps_and_exits_3(germany: list[str | Path]) -> None:
    done = run("plan", *germany, "--radius-km", "20", "--json")
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert (told["outcome"], told["sites"], told["open_sites"]) == ("infeasible", None, [])
    assert told["gaps"]["points"] > 0
    assert "candidates in reach, enough at" in done.stderr


@pytest.mark.parametrize(
    ("demand", "candidates", "more", "line"),
    [
        ("id,name,lat,lon\n1,a,2,3\n", None, [], "demand.csv, column 'population': found only id, name, lat, lon"),
        ("id,population,lat,lon\n1,x,2,3\n", None, [], "demand.csv, row 2, column 'population': found 'x'"),
        ("id,population,lat,lon\n1,1,91,3\n", None, [], "demand.csv, row 2, column 'lat': found 91.0"),
        ("id,population,lat,lon\n1,nan,9,3\n", None, [], "demand.csv, row 2, column 'population': found 'nan'"),
        ("", None, [], "demand.csv: found an empty file"),
        (None, "id,lat,lon\n1,2,3\n1,2,4\n", [], "candidates.csv, row 3, column 'id': found '1'"),
        (None, None, ["--required", "9"], "column 'required': found '9', expected the id of a candidate site"),
        (None, None, ["--required", "1", "--forbidden", "1"], "expected a site required or forbidden, not both"),
        (None, None, ["--radius-km", "-1"], "column 'radius_km': found -1.0, expected a radius above 0"),
        (None, None, ["--objective", "cost"], "column 'cost_usd': found none, expected a column cost_usd in"),
        (None, None, ["--survive", "12"], "column 'survive': found 12, expected a number of failures from 0 to 9"),
        (None, None, ["--solver", "NOPE"], "column 'solver': found 'NOPE', expected a solver that works here"),
        (None, None, ["--time-limit", "nan"], "column 'seconds': found nan, expected seconds above 0"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_2(
    tmp_path: Path, demand: str | None, candidates: str | None, more: list[str], line: str
) -> None:
    (tmp_path / "demand.csv").write_text("id,population,lat,lon\n1,5,50,8\n" if demand is None else demand)
    (tmp_path / "candidates.csv").write_text("id,lat,lon\n1,50,8\n2,50,8.1\n" if candidates is None else candidates)
    files = ["--demand", tmp_path / "demand.csv", "--candidates", tmp_path / "candidates.csv"]
    done = run("plan", *files, "--radius-km", "50", *more, "--out", tmp_path / "out")
    assert done.returncode == 2
    said = [text for text in done.stderr.splitlines() if text.startswith("sitewright: ")]
    assert len(said) == 1
    assert line in said[0]
    assert not list((tmp_path / "out").glob("*"))


def test_a_plan_by_cost_with_sites_fixed(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("id,population,lat,lon\n1,5,50,8\n")
    (tmp_path / "c.csv").write_text("id,lat,lon,cost_usd\na,50,8,10\nb,50,8,20\nc,50,8,30\nd,50,8,40\n")
    files = ["--demand", tmp_path / "d.csv", "--candidates", tmp_path / "c.csv", "--radius-km", "1", "--json"]
    told = json.loads(run("plan", *files, "--objective", "cost", "--forbidden", "a", "--required", "d").stdout)
    assert (told["open_sites"], told["objective"], told["outcome"]) == (["b", "d"], 60.0, "optimal")


def test_ctrl_c_returns_the_best_plan_so_far_with_its_honest_gap(root: Path, tmp_path: Path) -> None:
    data = root / "data"
    process = subprocess.Popen(
        [
            *SITEWRIGHT, "plan",
            "--demand", str(data / "us_demand.csv"), "--candidates", str(data / "us_candidates.csv"),
            "--radius-km", "200", "--uncoverable", "exempt", "--json", "--time-limit", "300",
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    deadline = time.monotonic() + 120
    for line in process.stderr:
        assert time.monotonic() < deadline
        if " proof " in line:
            break
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=60)
    told = json.loads(stdout)
    assert process.returncode == 0
    assert told["outcome"] == "feasible"
    assert 0 < told["gap"] < 0.1
