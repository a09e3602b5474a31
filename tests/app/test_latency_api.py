"""The latency of a plan's population over HTTP, against its own assignments."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.app.samples import DEMAND_CSV, finished_plan, plan_body, submit, upload
from tests.servers import Server

BUDGET = {"slo_ms": 21, "access_ms": 8, "queueing_ms": 1, "inference_ms": 10.5, "base_ms": 0.5, "route_factor": 1.6}


@pytest.fixture(scope="module")
def budgeted(live: Server) -> dict[str, Any]:
    return finished_plan(live, reach=BUDGET)


def table(server: Server, plan_id: object, kind: str) -> list[dict[str, str]]:
    answer = server.http.get(f"/api/v1/plans/{plan_id}/{kind}?format=csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_figures_of_a_plan_are_those_of_its_assignments(live: Server, budgeted: dict[str, Any]) -> None:
    told = live.get(f"/plans/{budgeted['id']}/latency?points=true")
    rows = table(live, budgeted["id"], "assignments")
    assert told["kind"] == "budget"
    assert told["fixed_ms"] == {"access": 8, "queueing": 1, "inference": 10.5}
    total = [float(row["primary_total_ms"]) for row in rows]
    assert told["points"]["primary_ms"] == pytest.approx(total, abs=1e-4)
    assert told["before"]["worst_ms"] == pytest.approx(max(total), abs=1e-5)
    assert told["after"]["worst_ms"] >= told["before"]["worst_ms"]
    assert told["after"]["worst_ms"] <= 21 + 1e-6
    assert told["before"]["late_population"] == 0
    assert told["after"]["failed"] in budgeted["open_sites"]
    for row in rows:
        parts = (
            "access_ms",
            "queueing_ms",
            "inference_ms",
            "primary_tier_ms",
            "primary_base_ms",
            "primary_distance_ms",
        )
        assert sum(float(row[name]) for name in parts) == pytest.approx(float(row["primary_total_ms"]), abs=1e-5)
        assert float(row["primary_distance_ms"]) == pytest.approx(float(row["primary_km"]) * 0.01632, abs=1e-5)


def test_the_plan_itself_tells_its_latency(live: Server, budgeted: dict[str, Any]) -> None:
    told = live.get(f"/plans/{budgeted['id']}/latency")
    assert told["points"] is None
    own = budgeted["latency"]
    assert own["slo_ms"] == told["slo_ms"] == 21
    for part in ("before", "backup", "after"):
        figures = {name: value for name, value in told[part].items() if name != "failed"}
        assert {name: own[part][name] for name in figures} == pytest.approx(figures, abs=1e-6)
    assert budgeted["links"]["latency"] == f"/api/v1/plans/{budgeted['id']}/latency"
    assert budgeted["reach_km"] == pytest.approx(1.0 / 0.01632)


def test_a_site_of_a_tier_adds_its_own_time_everywhere_it_is_told(live: Server) -> None:
    lines = [f"s{i},{50 + 0.35 * (i // 5)},{8 + 0.35 * (i % 5)},{('mec', 'metro_colo')[i % 2]}" for i in range(25)]
    made = upload(live.http, "candidates", "\n".join(["id,lat,lon,tier", *lines]).encode())
    demand = upload(live.http, "demand", DEMAND_CSV)
    tiers = [{"tier": "mec", "most_km": 90}, {"tier": "metro_colo", "extra_ms": 0.3}]
    body = plan_body(demand["id"], made["id"], reach={**BUDGET, "slo_ms": 21.5}, tiers=tiers)
    plan = live.finished(submit(live.http, body), 90)
    assert plan["outcome"] == "optimal"
    rows = {row["id"]: row for row in table(live, plan["id"], "assignments")}
    tier_of = {row["id"]: row["tier"] for row in table(live, plan["id"], "sites")}
    assert set(tier_of.values()) == {"mec", "metro_colo"}
    for row in rows.values():
        assert float(row["primary_tier_ms"]) == {"mec": 0, "metro_colo": 0.3}[tier_of[row["primary_id"]]]
        assert float(row["backup_total_ms"]) <= 21.5 + 1e-6
    failed = next(site for site in plan["open_sites"] if tier_of[site] == "metro_colo")
    drill = live.post(f"/plans/{plan['id']}/drill", {"failed": [failed]})
    assert drill["moves"]
    for move in drill["moves"]:
        row = rows[move["point_id"]]
        assert move["from_rtt_ms"] == pytest.approx(float(row["primary_rtt_ms"]), abs=1e-5)
        assert move["to_rtt_ms"] == pytest.approx(float(row["backup_rtt_ms"]), abs=1e-5)
    sites = live.get(f"/plans/{plan['id']}/map-data")["sites"]
    assert dict(zip(sites["id"], sites["extra_ms"], strict=True)) == {
        site: {"mec": 0, "metro_colo": 0.3}[tier] for site, tier in tier_of.items()
    }


def test_a_plain_radius_is_told_as_the_floor_of_light(live: Server, done: dict[str, Any]) -> None:
    told = live.get(f"/plans/{done['id']}/latency")
    assert (told["kind"], told["slo_ms"], told["fixed_ms"], told["base_ms"]) == ("floor", None, {}, 0)
    rows = table(live, done["id"], "assignments")
    assert told["before"]["worst_ms"] == pytest.approx(max(float(row["primary_rtt_ms"]) for row in rows))
    assert "primary_total_ms" not in rows[0]


def test_gaps_of_a_budget_name_the_promise_that_would_do(live: Server) -> None:
    plan = finished_plan(live, reach={**BUDGET, "slo_ms": 20.2}, cover={"uncoverable": "fail"})
    assert plan["outcome"] == "infeasible"
    assert plan["latency"] is None
    gaps = table(live, plan["id"], "gaps")
    promised = [float(gap["smallest_slo_ms"]) for gap in gaps if gap["smallest_slo_ms"]]
    assert promised
    assert min(promised) > 20.2
    answer = live.http.get(f"/api/v1/plans/{plan['id']}/latency")
    assert answer.status_code == 409
    eased = finished_plan(live, reach={**BUDGET, "slo_ms": max(promised) + 1e-4}, cover={"uncoverable": "fail"})
    assert eased["outcome"] == "optimal"
