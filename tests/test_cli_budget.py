"""``sitewright budget``, ``catalogue``, and plans that start from a promise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main
from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV

STATED = ["--slo-ms", "30", "--preset", "private_fibre", "--access-ms", "8", "--queueing-ms", "1"]


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(arguments) == status
    return capsys.readouterr().out


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "demand.csv").write_bytes(DEMAND_CSV)
    (tmp_path / "candidates.csv").write_bytes(CANDIDATES_CSV)
    return ["--demand", str(tmp_path / "demand.csv"), "--candidates", str(tmp_path / "candidates.csv")]


def test_the_waterfall_is_printed_from_the_promise_to_the_radius(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "budget", *STATED, "--inference-ms", "12").splitlines()
    assert lines[0].split("  ")[0] == "Promise, end to end"
    assert [line.split("−")[1].split()[0] for line in lines[1:6]] == ["8.00", "1.00", "12.00", "0.50", "8.50"]
    assert "given by the planner" in lines[1]
    assert "arXiv 1811.10737" in lines[4]
    assert lines[-1] == "within reach: 641.0 km"


def test_a_radius_is_answered_with_its_promise(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "budget", "--radius-km", "200", "--access", "fibre").splitlines()
    assert lines[-1] == "200 km away: 8.26 ms end to end"  # 4 + 1 + 1.6 × 1.02 × 2


def test_json_is_what_the_service_answers(capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(told(capsys, "budget", *STATED, "--inference-ms", "12", "--json"))
    assert answer["radius_km"] == pytest.approx(641.0, abs=0.1)
    assert answer["waterfall"][-1]["name"] == "distance"


def test_nothing_left_is_told_with_the_sentence(capsys: pytest.CaptureFixture[str], files: list[str]) -> None:
    sentence = "inference alone takes 40 ms of the 30 ms promised (10 ms over): no placement of sites helps"
    assert sentence in told(capsys, "budget", *STATED, "--inference-ms", "40", status=3)
    assert main(["plan", *files, *STATED, "--inference-ms", "40"]) == 2
    assert sentence in capsys.readouterr().err


def test_the_catalogue_lists_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, "catalogue")
    assert all(name in text for name in ("private_fibre", "5g_edge", "metro_colo", "h100_sxm", "llama_3_1_8b", "pue"))
    assert set(json.loads(told(capsys, "catalogue", "--json"))) >= {"thresholds", "routes", "tiers"}


def test_a_plan_from_a_promise_is_verified_from_its_file(
    capsys: pytest.CaptureFixture[str], files: list[str], tmp_path: Path
) -> None:
    budget = [*STATED, "--inference-ms", "19.7", "--out", str(tmp_path / "out"), "--json"]
    answer = json.loads(told(capsys, "plan", *files, *budget))
    assert answer["outcome"] == "optimal"
    assert answer["reach_km"] == pytest.approx(0.8 / 0.01326)
    assert answer["reach"]["slo_ms"] == 30
    assert "holds" in told(capsys, "verify", str(tmp_path / "out" / "plan.json"), *files)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--radius-km", "60", "--access-ms", "3"], "column '--access-ms': expected --slo-ms when a budget is given"),
        (["--slo-ms", "30", "--preset", "warp"], "column 'preset': found 'warp', expected one of physical_floor"),
        (["--slo-ms", "30", "--route-factor", "nan"], "column 'route_factor': found nan, expected a number above 0"),
    ],
)
def test_a_wrong_reach_is_one_line_and_status_2(
    arguments: list[str], line: str, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *files, *arguments]) == 2
    assert line in capsys.readouterr().err


def test_a_plan_needs_one_kind_of_reach(files: list[str]) -> None:
    for arguments in ([], ["--radius-km", "60", "--slo-ms", "30"]):
        with pytest.raises(SystemExit) as ended:
            main(["plan", *files, *arguments])
        assert ended.value.code == 2


def test_measured_pings_are_fitted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    km = [33.0 * i for i in range(1, 31)]
    rows = [f"30,8,{30 + d / 111.19508},8,{2 + 1.5 * 0.0102 * d}" for d in km]
    rows[4] = "30,8,40,8,1"
    (tmp_path / "pings.csv").write_text("\n".join(["from_lat,from_lon,to_lat,to_lon,rtt_ms", *rows]))
    lines = told(capsys, "calibrate", str(tmp_path / "pings.csv")).splitlines()
    assert lines[0] == "--base-ms 2.000 --route-factor 1.5000"
    assert lines[1].startswith("29 of 30 pairs, ")
    assert lines[-1] == "  row 6: 1.00 ms for 1,112 km; light takes 11.34 ms"
    fitted = json.loads(told(capsys, "calibrate", str(tmp_path / "pings.csv"), "--quantile", "0.9", "--json"))
    assert fitted["quantile"] == 0.9
    assert main(["calibrate", str(tmp_path / "nothing.csv")]) == 2


@pytest.fixture
def tiered(tmp_path: Path, files: list[str]) -> list[str]:
    """A grid of sites over the sample's places: columns of MEC rooms and colos, with power that grows."""
    lines = [
        f"s{i},{50 + 0.3 * (i // 6)},{8 + 0.3 * (i % 6)},{('mec', 'metro_colo')[i % 2]},{i if i % 5 else ''}"
        for i in range(36)
    ]
    (tmp_path / "tiered.csv").write_text("\n".join(["id,lat,lon,tier,power_kw", *lines]))
    return [*files[:3], str(tmp_path / "tiered.csv")]


def test_a_plan_of_tiers_with_a_model_tells_what_it_left_out_and_is_verified(
    capsys: pytest.CaptureFixture[str], tiered: list[str], tmp_path: Path
) -> None:
    asked = ["--slo-ms", "6.5", "--access-ms", "4", "--preset", "private_fibre", "--tiers", "mec:most_km=70,metro_colo"]
    model = ["--model", "llama_3_1_8b", "--accelerator", "h100_pcie", "--users", "300"]
    assert main(["plan", *tiered, *asked, *model, "--out", str(tmp_path / "out"), "--json"]) == 0
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert answer["excluded"] == {"power": 3}
    assert "note: 3 of 36 candidates excluded: power" in said.err
    assert "note: power_kw is unknown at 8 of 36 candidates; they are kept" in said.err
    doc = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert [rule["tier"] for rule in doc["tiers"]] == ["mec", "metro_colo"]
    assert doc["tiers"][0]["most_km"] == 70
    assert "holds" in told(capsys, "verify", str(tmp_path / "out" / "plan.json"), *tiered)


def test_a_model_is_fitted_to_the_candidates(capsys: pytest.CaptureFixture[str], tiered: list[str]) -> None:
    asked = ["model-fit", "--model", "llama_3_1_70b", "--accelerator", "h100_sxm", "--users", "20", *tiered[2:]]
    lines = told(capsys, *asked).splitlines()
    assert lines[0] == "one replica: 2 × NVIDIA H100 SXM, 97.4 GB (70.6 GB of weights), 20 users"
    assert lines[-2] == "power_kw needed: 16.1 kW (× 1.58 at the feed)"
    assert lines[-1] == "candidates: 15 can host it, 13 cannot, 8 of unknown power"
    assert json.loads(told(capsys, *asked, "--json"))["hosting"]["installed"] == 8


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--tiers", "cloud"], "column 'tiers': found 'cloud', expected one of on_prem, mec"),
        (["--tiers", "mec:reach=3"], "found 'mec:reach=3', expected NAME, NAME:extra_ms=MS or NAME:most_km=KM"),
        (["--model", "llama_3_1_8b"], "expected a figure, or the name of an accelerator"),
        (
            ["--model", "deepseek_v3", "--accelerator", "gb200", "--unknown-power", "exclude"],
            "expected a site with 209 kW: the model needs 8 accelerators, 72 in whole servers; the best of 28 "
            "candidates, 's34', has 34 kW",
        ),
    ],
)
def test_candidates_that_cannot_be_chosen_are_one_line_and_status_2(
    arguments: list[str], line: str, tiered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *tiered, "--radius-km", "60", *arguments]) == 2
    assert line in capsys.readouterr().err
