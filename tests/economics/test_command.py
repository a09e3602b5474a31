"""``sitewright economics``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from app.cli import main
from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The arguments of a solved plan by promise."""
    folder = tmp_path_factory.mktemp("economics")
    (folder / "demand.csv").write_bytes(DEMAND_CSV)
    (folder / "candidates.csv").write_bytes(CANDIDATES_CSV)
    inputs = ["--demand", str(folder / "demand.csv"), "--candidates", str(folder / "candidates.csv")]
    promise = ["--slo-ms", "12", "--preset", "private_fibre", "--access-ms", "8", "--inference-ms", "2.7"]
    assert main(["plan", *inputs, *promise, "--uncoverable", "exempt", "--out", str(folder)]) == 0
    return [str(folder / "plan.json"), *inputs]


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["economics", *arguments]) == status
    streams = capsys.readouterr()
    return streams.err if status else streams.out


def test_the_verdict_comes_first_and_the_reasons_after(plan: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, *plan)
    assert text.split(":")[0] in ("A region", "The edge", "The edge, at a price", "Not yet")
    for heading in ("drivers", "what would flip it", "what matters most", "redundancy: 2N power"):
        assert heading in text


def test_json_holds_the_chain_from_the_promise_to_the_verdict(
    plan: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json.loads(told(capsys, *plan, "--json", "--set", "users_share=0.3", "--set", "zero_touch=0"))
    assert answer["promise"]["slo_ms"] == 12
    assert answer["promise"]["radius_km"] == pytest.approx((12 - 8 - 2.7 - 0.5) / (1.3 * 0.0102))
    assert answer["plan"]["sites"] == len(answer["sites"])
    raised = [one["name"] for one in answer["verdict"]["antipatterns"] if one["raised"]]
    assert "edge without lights-out operations" in raised


def test_a_table_is_csv(plan: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(told(capsys, *plan, "--table", "inputs", "--no-redundancy"))))
    assert {row["name"]: row["unit"] for row in rows}["site_power_kw"] == "kW"


def test_a_counterpart_may_be_given(plan: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    promise = ["--slo-ms", "12", "--preset", "private_fibre", "--access-ms", "8", "--inference-ms", "2.7"]
    assert main(["plan", *plan[1:], *promise, "--survive", "0", "--out", str(tmp_path)]) == 0
    answer = json.loads(told(capsys, *plan, "--json", "--counterpart", str(tmp_path / "plan.json")))
    single = json.loads((tmp_path / "plan.json").read_text())
    assert answer["redundancy"]["single"]["sites"] == single["sites"]
    assert "solved for survive 1" in told(capsys, *plan, "--counterpart", plan[0], status=2)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--set", "rent=1"], "'rent'"),
        (["--set", "users_share"], "NAME=NUMBER"),
        (["--set", "users_share=2"], "users_share"),
        (["--tier", "attic"], "tier"),
        (["--model", "llama_3_1_8b"], "accelerator"),
    ],
)
def test_what_is_wrong_is_one_line(
    arguments: list[str], named: str, plan: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert named in told(capsys, *plan, "--no-redundancy", *arguments, status=2)
