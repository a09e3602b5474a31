"""Partial cover and two goals on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_cli import run

DEMAND = "id,population,lat,lon\np,60,50,8\nq,30,51,8\nr,10,52,8\nlost,5,60,8\n"
SITES = "id,lat,lon,cost_usd\na,50,8,10\nb,50,8,20\nc,51,8,3\nd,51,8,4\ne,52,8,1\nf,52,8,1\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str | Path]:
    (tmp_path / "d.csv").write_text(DEMAND)
    (tmp_path / "c.csv").write_text(SITES)
    return ["--demand", tmp_path / "d.csv", "--candidates", tmp_path / "c.csv"]


@pytest.mark.parametrize(
    ("asked", "sites", "objective", "unprotected"),
    [
        (["--cover-fraction", "0.5"], ["a", "b"], 2, 45),
        (["--cover-fraction", "0.85"], ["a", "b", "c", "d"], 4, 15),
        (["--cover-fraction", "0.35", "--objective", "cost"], ["c", "d", "e", "f"], 9, 65),
        (["--objective", "population", "--max-sites", "3"], ["a", "b"], 45, 45),
        (["--objective", "population", "--max-cost-usd", "12"], ["c", "d", "e", "f"], 65, 65),
    ],
)
def test_a_part_of_the_people(
    files: list[str | Path], tmp_path: Path, asked: list[str], sites: list[str], objective: float, unprotected: float
) -> None:
    out = tmp_path / "out"
    done = run("plan", *files, "--radius-km", "1", "--json", "--out", out, *asked)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [site for site in told["open_sites"] if site in sites] == sites
    assert (told["outcome"], told["objective"]) == ("optimal", objective)
    assert told["unprotected"]["population"] == unprotected
    assert told["gaps"] == {"points": 1, "population": 5.0}
    features = json.loads((out / "unprotected.geojson").read_text())["features"]
    assert sum(feature["properties"]["population"] for feature in features) == unprotected
    assert {f["properties"]["id"] for f in features if f["properties"]["gap"]} == {"lost"}
    holds = run("verify", out / "plan.json", *files)
    assert holds.returncode == 0, holds.stdout
    assert "% of the people" in holds.stdout


def test_two_goals(files: list[str | Path]) -> None:
    more = ["--radius-km", "200", "--uncoverable", "exempt", "--objective"]
    sites_first = json.loads(run("plan", *files, *more, "sites_then_cost", "--json").stdout)
    assert (sites_first["sites"], sites_first["second_objective"]) == (2, 7)
    cost_first = json.loads(run("plan", *files, *more, "cost_then_sites", "--json").stdout)
    assert (cost_first["objective"], cost_first["second_objective"]) == (7, 2)
    words = run("plan", *files, *more, "sites_then_cost").stdout
    assert words.startswith("2 sites for 7 USD, proven optimal")


def test_a_share_beyond_reach_is_infeasible_in_one_sentence(files: list[str | Path]) -> None:
    done = run("plan", *files, "--radius-km", "1", "--cover-fraction", "0.96")
    assert done.returncode == 3
    assert "all candidates together protect 95.24% of the people, 96.00% are asked for" in done.stdout


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (["--cover-fraction", "1.2"], "column 'fraction': found 1.2, expected a share of the population above 0"),
        (["--max-sites", "3"], "column 'objective': found 'sites', expected the objective population"),
        (["--objective", "population"], "column 'objective': found 'population', expected max_sites or max_cost_usd"),
        (["--objective", "population", "--max-sites", "-1"], "column 'max_sites': found -1, expected 0 sites or more"),
        (
            ["--objective", "population", "--max-sites", "1", "--required", "a,b"],
            "column 'max_sites': found 1, expected 2 or more, as many as are required",
        ),
        (
            ["--objective", "population", "--max-cost-usd", "25", "--required", "a,b"],
            "column 'max_cost_usd': found 25.0, expected 30.00 USD or more, which the required sites cost",
        ),
        (
            ["--objective", "population", "--max-sites", "2", "--cover-fraction", "0.5"],
            "column 'fraction': found 0.5, expected 1 when the most people are to be protected",
        ),
    ],
)
def test_settings_that_do_not_go_together(files: list[str | Path], asked: list[str], line: str) -> None:
    done = run("plan", *files, "--radius-km", "1", *asked)
    assert done.returncode == 2
    assert [text for text in done.stderr.splitlines() if text.startswith("sitewright: ")] == [
        text for text in done.stderr.splitlines() if line in text
    ]
    assert line in done.stderr


def test_a_budget_needs_a_cost_column(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(DEMAND)
    (tmp_path / "c.csv").write_text("id,lat,lon\na,50,8\nb,50,8\n")
    files = ["--demand", tmp_path / "d.csv", "--candidates", tmp_path / "c.csv", "--radius-km", "1"]
    done = run("plan", *files, "--objective", "population", "--max-cost-usd", "5")
    assert done.returncode == 2
    assert "expected a column cost_usd in the candidates, because the plan has a budget" in done.stderr
