"""Setting up a plan: the points and the gaps before any solve, the reach of a candidate, nothing lost on reload."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from solver.latency import great_circle_km
from tests.browser.pages import HOSTILE_NAME, plan_id
from tests.servers import Server

DRAWN = "() => window.sitewrightStage?.drawn() ?? {}"


def body_of(plan: dict[str, Any], **changes: Any) -> dict[str, Any]:
    kept = ("demand", "candidates", "reach", "survive")
    return {**{key: plan["request"][key] for key in kept}, **changes}


def open_setup(page: Page, server: Server, plan: dict[str, Any], radius_km: float) -> dict[str, Any]:
    """Starts a new plan from ``plan`` with another radius; what the API's preview says of it."""
    page.goto(f"{server.url}/plans/{plan['id']}")
    expect(page.locator("#start")).to_be_enabled()
    page.fill("#radius", f"{radius_km:g}")
    preview: dict[str, Any] = server.post("/preview", body_of(plan, reach={"radius_km": radius_km}))
    expect(page.locator("#setup-count")).to_have_attribute("data-gaps", str(preview["gaps"]["points"]))
    return preview


def test_points_and_gaps_are_there_before_anything_is_solved(page: Page, server: Server, plan: dict[str, Any]) -> None:
    plans = server.get("/plans?limit=1000")["plans"]
    seen = open_setup(page, server, plan, radius_km=30)
    lacking = seen["gaps"]["points"]
    assert 0 < lacking < seen["points"] == 1236
    expect(page.locator("#setup-count")).to_contain_text(f"{lacking} places")
    drawn = page.evaluate(DRAWN)
    assert (drawn["demand"], drawn["candidates"], drawn["gaps"]) == (1236, 41, lacking)
    expect(page.locator("#setup-gaps h2")).to_have_text(f"{lacking} coverage gaps")
    first = page.locator("#setup-gaps tbody tr").first
    expect(first).to_have_attribute("data-id", seen["gaps"]["listed"][0]["id"])

    page.get_by_role("button", name="Raise the reach to").click()
    expect(page.locator("#setup-count")).to_have_attribute("data-gaps", "0")
    enough = max(gap["smallest_radius_km"] for gap in seen["gaps"]["listed"])
    assert enough <= float(page.input_value("#radius")) <= enough + 0.2
    assert len(server.get("/plans?limit=1000")["plans"]) == len(plans)

    page.click("#back-to-plan")
    expect(page.locator("#plan-head h1")).to_have_text(plan["name"])
    expect(page.locator("#setup")).to_be_hidden()
    assert page.input_value("#radius") == "60"


def test_without_any_plan_the_page_begins_with_the_set_up(page: Page, server: Server) -> None:
    page.route("**/api/v1/plans?limit=*", lambda route: route.fulfill(json={"plans": [], "next": None}))
    page.goto(server.url)
    expect(page.locator("#setup h1")).to_have_text("New plan")
    expect(page.locator("#setup-count")).to_have_attribute("data-gaps", "0")
    assert page.evaluate(DRAWN)["demand"] == 9860
    expect(page.locator("#back-to-plan")).to_have_count(0)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_candidate_tells_whom_it_reaches(page: Page, server: Server, plan: dict[str, Any], by: str) -> None:
    open_setup(page, server, plan, radius_km=50)
    sites = server.get(f"/datasets/{plan['request']['candidates']}/points")
    at = sites["names"].index(HOSTILE_NAME)
    if by == "mouse":
        where = page.evaluate("(id) => sitewrightStage.pixelOf('candidates', id)", sites["ids"][at])
        page.mouse.move(where["x"] - 3, where["y"])
        page.mouse.move(where["x"], where["y"])
    else:
        page.focus("#reach-find")
        page.keyboard.type("{{7")
        page.keyboard.press("Enter")
    demand = server.get(f"/datasets/{plan['request']['demand']}/points")
    km = great_circle_km(sites["lat"][at], sites["lon"][at], demand["lat"], demand["lon"])
    places = int((km <= 50).sum())
    told = page.locator("#reach-told")
    expect(told).to_contain_text(f"{HOSTILE_NAME} reaches {places} places")
    assert page.evaluate(DRAWN)["reached"] == places > 10
    assert page.locator("img[src=x]").count() == 0


def test_options_reach_the_plan_and_come_back_with_it(page: Page, server: Server, plan: dict[str, Any]) -> None:
    open_setup(page, server, plan, radius_km=75)
    page.click("#options > summary")
    sites = server.get(f"/datasets/{plan['request']['candidates']}/points")
    free = [i for i, name in enumerate(sites["names"]) if name != HOSTILE_NAME]
    for kind, at in (("required", free[0]), ("forbidden", free[1])):
        page.fill(f"#{kind}-find", sites["names"][at])
        page.keyboard.press("Enter")
        expect(page.locator(f"#{kind}-chips")).to_contain_text(sites["names"][at])
    page.fill("#gap", "2.5")
    page.fill("#seed", "7")
    page.check("#shared_risk-choices input[value=kind]")
    page.uncheck("#shared_risk-choices input[value=kind]")
    page.check("#shared_risk-choices input[value=admin1]")
    page.select_option("#model", "llama_3_1_8b")
    fit = server.post(
        "/model-fit",
        {"name": "llama_3_1_8b", "accelerator": "l40s", "candidates": plan["request"]["candidates"], "users": 4},
    )
    page.fill("#users", "4")
    expect(page.locator("#model-help")).to_contain_text(f"Needs {fit['hosting']['site_kw']:.1f} kW at each site")
    expect(page.locator("#options-set")).to_have_text("6 set")
    page.click("#start")
    page.wait_for_url(lambda url: plan["id"] not in url)
    expect(page.locator("#verdict")).to_be_visible()
    made = server.get(f"/plans/{plan_id(page)}")
    asked = made["request"]
    assert (asked["required"], asked["forbidden"]) == ([sites["ids"][free[0]]], [sites["ids"][free[1]]])
    assert (asked["limits"]["gap"], asked["seed"]) == (0.025, 7)
    assert asked["shared_risk"] == ["admin1"]
    assert (asked["model"]["name"], asked["model"]["users"]) == ("llama_3_1_8b", 4)
    assert sites["ids"][free[0]] in made["open_sites"]
    page.reload()
    expect(page.locator("#required-chips")).to_contain_text(sites["names"][free[0]])
    expect(page.locator("#options-set")).to_have_text("6 set")
    expect(page.locator("#shared_risk-choices input[value=admin1]")).to_be_checked()
    expect(page.locator("#users")).to_have_value("4")


def test_a_reload_loses_nothing_of_what_was_filled_in(page: Page, server: Server, plan: dict[str, Any]) -> None:
    seen = open_setup(page, server, plan, radius_km=33)
    page.fill("#name", "Half-way")
    page.check("input[name=survive][value='2']", force=True)
    page.click("#options > summary")
    page.fill("#required-find", "Kiel")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#name")).to_have_value("Half-way")
    expect(page.locator("#radius")).to_have_value("33")
    expect(page.locator("input[name=survive][value='2']")).to_be_checked()
    more = server.post("/preview", body_of(plan, reach={"radius_km": 33}, survive=2))["gaps"]["points"]
    assert more > seen["gaps"]["points"]
    expect(page.locator("#setup-count")).to_have_attribute("data-gaps", str(more))
    page.goto(f"{server.url}/plans/{plan['id']}?")
    expect(page.locator("#name")).to_have_value("Half-way")


def test_what_the_service_refuses_stands_beside_its_field(
    page: Page, server: Server, plan: dict[str, Any], files: dict[str, Path]
) -> None:
    open_setup(page, server, plan, radius_km=60)
    page.click("#options > summary")
    page.select_option("#objective", "cost")
    expect(page.locator("#objective-errors li")).to_contain_text("cost_usd")
    page.select_option("#objective", "sites")
    expect(page.locator("#objective-errors li")).to_have_count(0)
    page.select_option("#required_column", "admin1")
    expect(page.locator("#required-errors li").first).to_contain_text("yes")
    page.select_option("#required_column", "")
    expect(page.locator("#required-errors li")).to_have_count(0)
    page.fill("#seed", "-1")
    page.click("#options > summary")
    page.click("#start")
    expect(page.locator("#seed-errors li")).to_have_text("expected a whole number from 0 to 2,147,483,647")
    expect(page.locator("#seed")).to_be_focused()


def test_a_promise_in_ms_is_taken_apart_and_becomes_the_reach(page: Page, server: Server, plan: dict[str, Any]) -> None:
    open_setup(page, server, plan, radius_km=60)
    page.check("input[name=reach_kind][value=latency]", force=True)
    page.fill("#inference_ms", "19")
    budget = server.post(
        "/budget",
        {"slo_ms": 30, "access": "fibre_wifi", "queueing_ms": 1, "inference_ms": 19, "preset": "well_peered_metro"},
    )
    left = {term["name"]: term["left_ms"] for term in budget["waterfall"]}
    for term in ("access", "queueing", "inference", "base"):
        expect(page.locator(f".left[data-term={term}] .rest")).to_have_text(f"{left[term]:.1f} ms left")
    expect(page.locator("#waterfall .leaves")).to_contain_text(f"{int(budget['radius_km'] * 10) / 10:g}\u00a0km")
    body = body_of(plan, reach=budget["reach"])
    expect(page.locator("#setup-count")).to_have_attribute(
        "data-gaps", str(server.post("/preview", body)["gaps"]["points"])
    )
    page.click(".by-tokens summary")
    for name, value in (("ttft_ms", "20"), ("tokens", "10"), ("ms_per_token", "0.5")):
        page.fill(f"#{name}", value)
    expect(page.locator("#inference_ms")).to_have_value("25")
    expect(page.locator("#waterfall .refusal")).to_contain_text("inference below 20 ms would")
    expect(page.locator("#setup-count")).to_contain_text("No placement of sites helps")

    page.fill("#inference_ms", "19.5")
    page.click("#start")
    page.wait_for_url(lambda url: plan["id"] not in url)
    expect(page.locator("#verdict")).to_be_visible()
    made = server.get(f"/plans/{plan_id(page)}")
    assert (made["request"]["reach"]["slo_ms"], made["request"]["reach"]["inference_ms"]) == (30, 19.5)
    page.reload()
    expect(page.locator("#inference_ms")).to_have_value("19.5")
    expect(page.locator("#access")).to_have_value("fibre_wifi")


def test_the_most_people_with_given_means(page: Page, server: Server, plan: dict[str, Any]) -> None:
    open_setup(page, server, plan, radius_km=60)
    page.click("#options > summary")
    page.select_option("#objective", "population")
    expect(page.locator("#fraction")).to_be_hidden()
    page.click("#start")
    expect(page.locator("#max_sites-errors li")).to_contain_text("the means that are limited")
    expect(page.locator("#max_sites")).to_be_focused()
    page.fill("#max_sites", "4")
    page.click("#start")
    page.wait_for_url(lambda url: plan["id"] not in url)
    expect(page.locator("#verdict")).to_be_visible(timeout=60_000)
    made = server.get(f"/plans/{plan_id(page)}")
    assert made["sites"] <= 4
    assert made["objective"] == made["unprotected"]["population"] > 1e6
    left_out = f"{made['objective'] / 1e6:.1f}\u00a0M"
    expect(page.locator("#verdict")).to_contain_text(f"4 sites leave {left_out} people unprotected")
    expect(page.locator("[data-plan=left-out]")).to_have_text(left_out)


def test_measured_round_trips_can_be_the_reach(
    page: Page, server: Server, plan: dict[str, Any], tmp_path: Path
) -> None:
    demand = server.get(f"/datasets/{plan['request']['demand']}/points")
    sites = server.get(f"/datasets/{plan['request']['candidates']}/points")
    rows = ["demand_id,candidate_id,rtt_ms"]
    for identity, lat, lon in zip(sites["ids"], sites["lat"], sites["lon"], strict=True):
        km = great_circle_km(lat, lon, demand["lat"], demand["lon"])
        rows += [f"{demand['ids'][i]},{identity},{km[i] / 10:.9f}" for i in (km <= 70).nonzero()[0]]
    path = tmp_path / "pings.csv"
    path.write_text("\n".join(rows))
    page.goto(f"{server.url}/plans/{plan['id']}")
    expect(page.locator("#start")).to_be_enabled()
    page.check("input[name=reach_kind][value=matrix]", force=True)
    page.set_input_files("#rtt-file", str(path))
    expect(page.locator("#rtt-about")).to_have_text(f"{len(rows) - 1:,} pairs")
    page.fill("#max_rtt_ms", "6")
    expect(page.locator("#setup-count")).to_have_attribute("data-gaps", str(plan["gaps"]["points"]))
    expect(page.locator("#setup-count")).to_contain_text("within 6\u00a0ms")
    page.click("#start")
    page.wait_for_url(lambda url: plan["id"] not in url)
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", plan["outcome"])
    assert server.get(f"/plans/{plan_id(page)}")["sites"] == plan["sites"]
    expect(page.locator("#tab-sites-panel tbody tr").first).to_contain_text("ms")


def test_more_points_than_a_canvas_takes_are_drawn_and_counted_by_the_service(
    page: Page, server: Server, plan: dict[str, Any], tmp_path: Path
) -> None:
    rows = [f"p{i},place {i},{i % 9},{53 + (i % 250) / 140},{8.6 + (i // 250) / 120}" for i in range(60_500)]
    path = tmp_path / "many.csv"
    path.write_text("\n".join(["id,name,population,lat,lon", *rows]))
    page.goto(f"{server.url}/plans/{plan['id']}")
    expect(page.locator("#start")).to_be_enabled()
    page.set_input_files("#demand-file", str(path))
    expect(page.locator("#demand-about")).to_contain_text("60,500 places")
    expect(page.locator("#setup-count")).not_to_be_empty()
    page.wait_for_function("() => window.sitewrightStage?.drawn().tiles === 60500")
    page.fill("#reach-find", "Kiel")
    page.fill("#reach-find", "{{7")
    page.keyboard.press("Enter")
    sites = server.get(f"/datasets/{plan['request']['candidates']}/points")
    at = sites["names"].index(HOSTILE_NAME)
    lat, lon = sites["lat"][at], sites["lon"][at]
    told = server.get(f"/datasets/{page.input_value('#demand')}/within?lat={lat}&lon={lon}&km=60")
    assert told["points"] > 1000
    expect(page.locator("#reach-told")).to_contain_text(f"reaches {told['points']:,} places")
