"""The economics of a finished plan over HTTP."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app import economics
from app.economics import COMPANION_FILE, companion_of
from app.errors import Unavailable
from app.planning import Solved
from solver.economics import CATALOGUE
from tests.economics.cases import line_problem, plan_of
from tests.servers import Server

Plan = dict[str, Any]


def ask(live: Server, plan: Plan, body: dict[str, Any], query: str = "") -> Any:
    return live.http.post(plan["links"]["economics"] + query, json=body)


@pytest.fixture(scope="module")
def answer(live: Server, done: Plan) -> Plan:
    told: Plan = ask(live, done, {"overrides": {"users_share": 0.5}}).json()
    return told


def test_one_call_tells_the_whole_chain(answer: Plan, done: Plan) -> None:
    assert [row["id"] for row in answer["sites"]] == done["open_sites"]
    assert answer["totals"]["edge_usd_year"] == pytest.approx(
        sum(row["total_usd_year"] for row in answer["sites"]) + answer["totals"]["platform_usd_year"]
    )
    assert len(answer["verdict"]["drivers"]) == 5
    assert len(answer["verdict"]["antipatterns"]) == 4
    assert answer["verdict"]["outcome"] in ("region", "edge", "edge_at_a_premium", "not_yet")
    swings = [bar["swing"] for bar in answer["sensitivity"]]
    assert swings == sorted(swings, reverse=True)
    assert answer["redundancy"]["geo"]["sites"] == done["sites"]
    assert answer["redundancy"]["single"]["sites"] < done["sites"]


def test_an_override_is_used_and_shown_as_the_planners(answer: Plan) -> None:
    used = {row["name"]: row for row in answer["inputs"]}["users_share"]
    assert (used["value"], used["default"]) == (0.5, CATALOGUE["users_share"].default)
    traced = {row["name"]: row for row in answer["trace"]}["users_share"]
    assert traced["value"] == 0.5
    assert traced["formula"].startswith("set by the planner")


def test_every_result_names_quantities_that_the_table_has(answer: Plan) -> None:
    names = {row["name"] for row in answer["trace"]}
    assert len(names) == len(answer["trace"])
    assert all(set(row["inputs"]) <= names for row in answer["trace"])
    assert {"edge_usd_per_million_tokens", "parity_utilisation", "served_by_regions_share"} <= names
    columns = {row["name"] for row in answer["trace"] if row["kind"] == "site"}
    assert columns <= set(answer["sites"][0])


def test_the_second_answer_compares_with_the_same_counterpart(live: Server, done: Plan, answer: Plan) -> None:
    again = ask(live, done, {"overrides": {"users_share": 0.5}}).json()
    assert again["redundancy"] == answer["redundancy"]
    assert ask(live, done, {"redundancy": False}).json()["redundancy"] is None


@pytest.mark.parametrize("table", ["trace", "sites", "inputs", "sensitivity"])
def test_tables_travel_as_csv(table: str, live: Server, done: Plan) -> None:
    told = ask(live, done, {"redundancy": False}).json()[table]
    got = ask(live, done, {"redundancy": False}, f"?format=csv&table={table}")
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(got.text, newline="")))
    assert len(rows) == len(told)
    assert list(rows[0]) == list(told[0])


def test_a_model_and_a_tier_set_inputs_and_overrides_win(live: Server, done: Plan) -> None:
    body = {"tier": "mec", "model": {"name": "llama_3_1_405b", "accelerator": "gb200"}, "redundancy": False}
    told = ask(live, done, body).json()
    used = {row["name"]: row["value"] for row in told["inputs"]}
    assert used["site_power_kw"] == 1.0
    assert used["accelerators_per_replica"] == 72
    assert used["accelerators_per_replica"] * used["accelerator_kw"] == pytest.approx(132, abs=0.1)
    assert told["verdict"]["outcome"] == "not_yet" or told["verdict"]["outcome"] == "region"
    raised = [one["name"] for one in told["verdict"]["antipatterns"] if one["raised"]]
    assert "a model that does not fit the site" in raised
    told = ask(live, done, {**body, "overrides": {"site_power_kw": 500}}).json()
    assert {row["name"]: row["value"] for row in told["inputs"]}["site_power_kw"] == 500


def test_the_catalogue_gives_every_input_a_unit_and_a_source(live: Server) -> None:
    rows = live.get("/economics/inputs")["inputs"]
    assert [row["name"] for row in rows] == list(CATALOGUE)
    for row in rows:
        assert row["unit"], row
        assert row["source"], row
        assert row["least"] <= row["low"] <= row["default"] <= row["high"], row


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"overrides": {"rent": 1}}, "rent"),
        ({"overrides": {"region_utilisation": 1.5}}, "region_utilisation"),
        ({"overrides": {"users_share": "many"}}, "users_share"),
        ({"overrides": {"thin_utilisation": 0.8}}, "thin_utilisation"),
        ({"tier": "attic"}, "tier"),
        ({"model": {"name": "skynet"}}, "name"),
        ({"regions": "nowhere"}, "regions"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], named: str, live: Server, done: Plan) -> None:
    got = ask(live, done, body)
    assert got.status_code == 422, got.text
    assert named in got.json()["detail"]


def test_an_own_list_of_regions_replaces_the_bundled_one(live: Server, done: Plan) -> None:
    far = live.http.post(
        "/api/v1/datasets",
        data={"role": "candidates", "name": "regions"},
        files={"file": ("regions.csv", b"id,name,lat,lon\nmoon:1,Far,-40,170\n")},
    ).json()["id"]
    told = ask(live, done, {"regions": far, "redundancy": False}).json()
    assert told["regions"]["served_by_regions_share"] == 0
    assert [place["ids"] for place in told["regions"]["places"]] == [["moon:1"]]


def test_a_plan_without_sites_has_no_economics(live: Server) -> None:
    from tests.app.samples import finished_plan

    refused = finished_plan(live, reach={"radius_km": 1}, cover={"uncoverable": "fail"})
    got = ask(live, refused, {})
    assert got.status_code == 422
    assert "open sites" in got.json()["detail"]


def test_an_unknown_plan_is_404(shared: TestClient) -> None:
    assert shared.post("/api/v1/plans/none/economics", json={}).status_code == 404


def test_too_many_waiting_for_counterparts_are_told_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = line_problem([0], [1], [0, 1])
    solved = Solved("p", "p", plan_of(problem, [[0, 1]]), problem)
    monkeypatch.setattr("app.economics._waiting", BoundedSemaphore(1))
    found, note = companion_of(solved, tmp_path)
    assert found is not None
    assert found[0].sites == 1
    assert note is None
    (tmp_path / COMPANION_FILE).unlink()
    economics._waiting.acquire()
    with pytest.raises(Unavailable, match="redundancy false"):
        companion_of(solved, tmp_path)


def test_a_kept_counterpart_that_cannot_be_read_is_solved_anew(tmp_path: Path) -> None:
    problem = line_problem([0], [1], [0, 1])
    solved = Solved("p", "p", plan_of(problem, [[0, 1]]), problem)
    (tmp_path / COMPANION_FILE).write_text('{"format": "of another version"}')
    assert companion_of(solved, tmp_path, solve_it=False)[0] is None
    assert companion_of(solved, tmp_path)[0] is not None
    assert companion_of(solved, tmp_path, solve_it=False)[0] is not None


HOSTILE_BODIES = {
    "nothing": b"",
    "a list": b"[]",
    "NaN": b'{"overrides": {"users_share": NaN}}',
    "1e999": b'{"overrides": {"users_share": 1e999}}',
    "5,000 digits": b'{"overrides": {"users_share": ' + b"9" * 5000 + b"}}",
    "true": b'{"overrides": {"users_share": true}}',
    "lone surrogate": b'{"overrides": {"\\ud800": 1}}',
    "NUL": b'{"overrides": {"\\u0000": 1}}',
    "a formula": b'{"overrides": {"__class__": 1}}',
    "101 overrides": b'{"overrides": {' + b",".join(b'"x%d": 1' % i for i in range(101)) + b"}}",
    "200,000 deep": b'{"overrides": ' * 200_000 + b"1" + b"}" * 200_000,
    "a tier that is a path": b'{"tier": "../../etc/passwd"}',
    "a model without accelerator": b'{"model": {"name": "llama_3_1_8b"}}',
    "impossible speed": b'{"model": {"name": "deepseek_v3", "accelerator": "a2", "tokens_per_s": 1000000}}',
}


@pytest.mark.parametrize("case", HOSTILE_BODIES)
def test_a_hostile_body_is_refused_in_ascii(case: str, live: Server, done: Plan) -> None:
    got = live.http.post(
        done["links"]["economics"], content=HOSTILE_BODIES[case], headers={"Content-Type": "application/json"}
    )
    assert got.status_code == 422, got.text
    assert got.headers["content-type"] == "application/problem+json"
    assert got.content.isascii()


@pytest.mark.parametrize("query", ["?format=xml", "?format=csv&table=secrets"])
def test_an_unknown_format_or_table_is_refused(query: str, live: Server, done: Plan) -> None:
    assert ask(live, done, {"redundancy": False}, query).status_code == 422
