"""``sitewright curve``, ``price``, ``rollout``, ``compare``, and what requirements cost."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV, candidates_csv


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path, status: int = 0) -> str:
    assert main([str(argument) for argument in arguments]) == status
    return capsys.readouterr().out


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "demand.csv").write_bytes(DEMAND_CSV)
    (tmp_path / "candidates.csv").write_bytes(CANDIDATES_CSV)
    return ["--demand", str(tmp_path / "demand.csv"), "--candidates", str(tmp_path / "candidates.csv")]


@pytest.fixture
def plan(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    told(capsys, "plan", *files, "--radius-km", "80", "--out", tmp_path / "a")
    return tmp_path / "a" / "plan.json"


def test_a_curve_is_printed_and_written(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "curve", *files, "--over", "radius_km", "--values", "60,20,80", "--out", tmp_path).splitlines()
    assert lines[0].split() == ["radius_km", "sites", "at", "least", "gap", "gaps", "people", "in", "gaps"]
    assert [line.split()[0] for line in lines[1:]] == ["20", "60", "80"]
    assert lines[1].split()[1] == "–"
    document = json.loads((tmp_path / "curve.json").read_text())
    with (tmp_path / "curve.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["outcome"] for row in rows] == [point["outcome"] for point in document["points"]]
    assert rows[0]["outcome"] == "infeasible"
    assert int(rows[0]["gap_points"]) > 0
    assert [line.split()[1] for line in lines[2:]] == [row["sites"] for row in rows[1:]]


def test_a_curve_in_json_is_one_object(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--over", "slo_ms", "--values", "12,14", "--inference-ms", "12", "--json", "--uncoverable", "exempt"]
    document = json.loads(told(capsys, "curve", *files, *asked))
    refused, served = document["points"]
    assert "nothing for distance" in refused["reason"]
    assert served["sites"] == len(served["open_sites"])
    assert document["complete"]


def test_a_curve_without_any_plan_exits_3(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "curve", *files, "--over", "radius_km", "--values", "1,2", status=3)


def test_the_price_says_what_each_failure_more_takes(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "price", *files, "--radius-km", "90").splitlines()
    sizes = [int(line.split()[1]) for line in lines[1:4]]
    assert sizes == sorted(sizes)
    assert lines[4].startswith(f"from 0 to 1 failures: {sizes[1] - sizes[0]} sites more (proven)")
    assert lines[5].startswith(f"from 1 to 2 failures: {sizes[2] - sizes[1]} sites more (proven)")


def test_the_roll_out_lists_every_site_once(
    files: list[str], plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = json.loads(plan.read_text())["open_sites"]
    lines = told(capsys, "rollout", plan, *files).splitlines()
    assert sorted(line.split()[1] for line in lines[1:]) == sorted(opened)
    assert lines[-1].endswith("100.0%")
    told(capsys, "rollout", plan, *files, "--out", tmp_path / "rollout.csv")
    with (tmp_path / "rollout.csv").open(newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [line.split()[1] for line in lines[1:]]


def test_plans_are_compared_with_the_first(
    files: list[str], plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = json.loads(plan.read_text())["open_sites"]
    told(capsys, "plan", *files, "--radius-km", "80", "--forbidden", opened[0], "--out", tmp_path / "b")
    other = tmp_path / "b" / "plan.json"
    document = json.loads(told(capsys, "compare", plan, other, "--demand", files[1], "--json"))
    (change,) = document["changes"]
    assert opened[0] in change["sites_out"]
    assert len(change["sites_in"]) - len(change["sites_out"]) == (
        document["plans"][1]["sites"] - document["plans"][0]["sites"]
    )
    assert change["people_moved"] >= change["points_moved"] > 0
    lines = told(capsys, "compare", plan, other).splitlines()
    assert lines[3].startswith(f"{other}: {len(change['sites_in'])} sites in: ")
    assert f"{change['points_moved']:,} points have another primary site" in lines[-1]


def test_what_the_required_sites_cost_is_asked_for(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["plan", *files, "--radius-km", "80", "--required", "s0,s1,s2", "--price-of-requirements"]
    lines = told(capsys, *asked).splitlines()
    priced: dict[str, Any] = json.loads(told(capsys, *asked, "--json"))
    cost = priced["requirements"]
    assert (cost["kept"], cost["new"], priced["kept"]) == (3, priced["sites"] - 3, 3)
    free = json.loads(told(capsys, "plan", *files, "--radius-km", "80", "--json"))
    assert cost["without"] == free["sites"]
    assert cost["least"] == cost["most"] == cost["extra"] == priced["sites"] - free["sites"]
    assert f"3 sites are kept, {cost['new']} new; the requirements cost {cost['extra']:g} sites (proven)" in lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["curve", "--over", "survive", "--values", "1,2"],
            "--slo-ms or --rtt-matrix, which this curve keeps",
        ),
        (["curve", "--over", "survive", "--values", "1,1", "--radius-km", "80"], "1 to 100 different values"),
        (["curve", "--over", "slo_ms", "--values", "20", "--radius-km", "80"], "radius_km, survive or fraction"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    files: list[str], capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([arguments[0], *files, *arguments[1:]]) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("sitewright: ")]
    assert len(said) == 1
    assert message in said[0]


def test_one_plan_is_nothing_to_compare(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(plan)]) == 2
    assert "two plan files" in capsys.readouterr().err
    other = plan.with_name("other.json")
    other.write_text("[]")
    assert main(["compare", str(plan), str(other)]) == 2
    assert "other.json" in capsys.readouterr().err


def test_a_curve_by_cost_tells_sites_and_money(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "demand.csv").write_bytes(DEMAND_CSV)
    (tmp_path / "candidates.csv").write_bytes(candidates_csv(cost=True))
    files = ["--demand", tmp_path / "demand.csv", "--candidates", tmp_path / "candidates.csv"]
    asked = ["curve", *files, "--over", "survive", "--values", "0,1", "--radius-km", "80"]
    lines = told(capsys, *asked, "--objective", "cost").splitlines()
    assert lines[0].split() == ["survive", "sites", "USD", "at", "least", "gap", "gaps", "people", "in", "gaps"]
    single, double = (line.split() for line in lines[1:])
    assert int(double[2].replace(",", "")) == int(double[3].replace(",", "")) > int(single[2].replace(",", ""))
    by_sites = told(capsys, *asked).splitlines()
    assert by_sites[0].split()[-1] == "USD"
    most = [
        "curve",
        *files,
        "--over",
        "radius_km",
        "--values",
        "30,80",
        "--objective",
        "population",
        "--max-sites",
        "3",
    ]
    assert told(capsys, *most).splitlines()[0].split()[2:4] == ["people", "unprotected"]


def test_the_price_has_no_failures_of_its_own(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["price", *files, "--radius-km", "90", "--survive", "2"])
    assert "unrecognized arguments: --survive" in capsys.readouterr().err
