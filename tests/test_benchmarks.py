"""The benchmark harness on a small slice: what it measures, what it refuses, what it writes."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from benchmarks import catalogue, run
from benchmarks.charts import exponent
from benchmarks.instances import places, spread
from benchmarks.standings import aims, faults, latest, leads

ROOT = Path(__file__).parent.parent
SLICE = ["--instance", "sf-10", "--peers", "sitewright,highs-core,pulp-highs-raw,pulp-cbc-raw", "--limits", "2"]

pytestmark = pytest.mark.usefixtures("reference")


def record(peer: str, objective: float | None, bound: float, **more: Any) -> dict[str, Any]:
    asked = {"instance": "conus-15k-100", "peer": peer, "limit_s": 10.0, "status": "plan", "seconds": 10.0}
    return {**asked, "objective": objective, "bound": bound, "proved": objective == bound, "failures": [], **more}


def test_a_slice_is_measured_verified_and_written_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--results", str(tmp_path / "results"), "--out", str(tmp_path)]
    assert run.main([*SLICE, *where]) == 0
    assert "4 of 4 measurements to do" in capsys.readouterr().err
    records = [json.loads(line) for line in (tmp_path / "results/runs.jsonl").read_text().splitlines()]
    assert [(r["peer"], r["objective"], r["bound"], r["proved"]) for r in records] == [
        (peer, 4.0, 4.0, True) for peer in ("sitewright", "highs-core", "pulp-highs-raw", "pulp-cbc-raw")
    ]
    assert all(r["peak_mb"] > 0 and r["machine"]["cores"] and r["versions"]["python"] for r in records)
    text = (tmp_path / "RESULTS.md").read_text()
    assert re.search(r"\| pulp-cbc-raw \| \*\*4 / 4\*\* [\d.]+ s( †)? \| \d+ MB \|", text)
    assert ET.parse(tmp_path / "pictures/sf-10.svg").getroot().tag.endswith("svg")

    assert run.main([*SLICE, *where]) == 0
    assert "0 of 4 measurements to do" in capsys.readouterr().err


def test_a_contradiction_is_a_fault() -> None:
    assert faults(latest([record("sitewright", 537, 530), record("highs-core", 540, 536)])) == []
    for wrong in (
        record("highs-core", 540, 537),
        record("highs-core", 535, 530),
        record("highs-core", 540, 530, failures=["3 points are not covered"]),
        record("highs-core", None, 0, status="error", note="exit 1"),
    ):
        assert faults(latest([record("sitewright", 537, 530), wrong])) != []


def test_a_bound_above_anothers_plan_is_a_fault_without_a_known_optimum() -> None:
    runs = [record("sitewright", 184, 179), record("highs-core", 190, 185)]
    for each in runs:
        each["instance"] = "conus-15k-200"
    assert [line for line in faults(latest(runs)) if "is above sitewright's verified plan 184" in line]


def test_every_lead_of_a_peer_is_told() -> None:
    runs = [record("sitewright", 537, 530), record("highs-core", 536, 529), record("cpsat-raw", None, 531)]
    assert leads(latest(runs)) == [
        "conus-15k-100 at 10 s: highs-core has a plan of 536, we have 537",
        "conus-15k-100 at 10 s: cpsat-raw proves 531, we prove 530",
    ]


def test_people_are_spread_the_same_way_every_time() -> None:
    country = places("germany")
    once, again = spread(country, 500, seed=3), spread(country, 500, seed=3)
    assert once.lat_deg.tolist() == again.lat_deg.tolist()
    assert once.lon_deg.tolist() == again.lon_deg.tolist()
    assert spread(country, 500, seed=4).lat_deg.tolist() != once.lat_deg.tolist()
    assert once.population.sum() == pytest.approx(country.population.sum(), rel=1e-3)


def test_the_exponent_of_a_power_is_found() -> None:
    assert exponent([(10.0**e, 3 * 10.0 ** (1.5 * e)) for e in range(1, 5)]) == pytest.approx(1.5)
    assert exponent([(10.0, 1.0)]) is None


def test_every_aim_and_every_picked_name_exists() -> None:
    assert set(catalogue.AIMS) == set(catalogue.NATIONAL) <= set(catalogue.INSTANCES)
    with pytest.raises(SystemExit):
        run.main(["--peers", "gurobi-raw"])


def test_the_peers_lock_is_pinned_hashed_and_names_no_host() -> None:
    text = (ROOT / "benchmarks/requirements.lock").read_text()
    entries = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    assert {"ortools", "spopt"} <= {line.split("==")[0] for line in entries}
    assert [line for line in entries if not re.match(r"^[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []
    assert re.findall(r"https?://|file://|--index-url|--find-links", text) == []


def test_an_aim_is_judged_by_what_was_known_at_its_time() -> None:
    run_of_ours = record(
        "sitewright", 536, 536, trajectory=[[0.5, 540.0, None], [4.0, 536.0, 530.0], [7.0, 536.0, 536.0]]
    )
    assert aims(latest([run_of_ours]))[0] == ("conus-15k-100", 5, "536 / 536", "536 / 530", "bound missed")
    assert aims({})[0][3:] == ("not measured yet", "")


def test_what_features_take_is_written_up_and_not_measured_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []
    record = {
        "seconds": {"read": 1.5, "plan": 60.0},
        "cpu_seconds": {"read": 1.4, "plan": 110.0},
        "result": "184 / 180 (2.2 %)",
        "peak_mb": 900,
        "versions": {},
    }

    def measured(module: str, arguments: list[str], patience_s: float) -> dict[str, Any]:
        asked.append([module, *arguments])
        return record | {"others_cores": 0.0, "date": "2026-11-21T18:00Z", "machine": run.launch.machine()}

    monkeypatch.setattr(run.launch, "run", measured)
    where = ["--instance=", "--features", "raster", "--results", str(tmp_path / "results"), "--out", str(tmp_path)]
    assert run.main(where) == run.main(where) == 0
    assert asked == [["benchmarks.features", "raster", "0"]]
    text = (tmp_path / "RESULTS.md").read_text()
    assert "| 184 / 180 (2.2 %) | read 1.5 s (cpu 1.4 s), plan 60 s (cpu 110 s) | 900 MB |" in text
    assert "feature raster: 184 / 180" in capsys.readouterr().err
