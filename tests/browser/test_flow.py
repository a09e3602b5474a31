"""The main flow on the running service: from two files to a plan on the map."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.pages import (
    click_site,
    colour_at,
    figure,
    map_frame,
    open_map,
    pixel_of,
    plan_id,
    settle,
    start_plan,
    state,
    theme_colour,
)
from tests.servers import Server


def test_upload_plan_and_see_every_number_of_the_api_on_the_map(
    page: Page, server: Server, files: dict[str, Path]
) -> None:
    page.goto(server.url)
    start_plan(page, files, radius_km=75, survive=1)
    frame = map_frame(page)
    plan = server.get(f"/plans/{plan_id(page)}")
    assert plan["state"] == "done"
    assert plan["outcome"] == "optimal"
    shown = state(frame, "drawn")
    assert shown["sites"] == plan["sites"] > 1
    assert shown["gaps"] == plan["gaps"]["points"] == 0
    assert shown["demand"] == 1236
    assert shown["unused"] == 41 - plan["sites"]
    assert shown["basemap"] > 0
    assert figure(page, "sites") == figure(page, "lower-bound") == str(plan["sites"])
    expect(page.locator("#verdict")).to_contain_text(f"{plan['sites']} sites; no plan can need fewer.")
    for site in plan["open_sites"]:
        assert colour_at(frame, pixel_of(frame, "sites", site)) == theme_colour(frame, "site")
    assert state(frame, "drawn")["reach"] == 0
    frame.check("#layer-reach")
    assert state(frame, "drawn")["reach"] == plan["sites"]


def test_the_map_names_whose_data_it_draws(
    page: Page, server: Server, plan: dict[str, Any], new_page: Callable[..., Page], tmp_path: Path
) -> None:
    of_outlines = {"© GeoBasis-DE / BKG 2017, simplified", "Natural Earth", "US Census Bureau"}
    of_places = "Places: GeoNames, CC BY 4.0"
    example = {
        "name": "Bundled",
        "demand": "example-germany-demand",
        "candidates": "example-germany-candidates",
        "reach": {"radius_km": 150.0},
    }
    bundled = server.finished(server.post("/plans", example)["id"])
    assert _credits(open_map(page, f"{server.url}/plans/{plan['id']}/map")) == of_outlines
    assert _credits(open_map(page, f"{server.url}/plans/{bundled['id']}/map")) == {*of_outlines, of_places}
    exported = tmp_path / "map.html"
    exported.write_bytes(server.http.get(bundled["links"]["map_html"]).content)
    page.goto(server.url)
    for named in (*of_outlines, "GeoNames, CC BY 4.0"):
        expect(page.locator(".foot")).to_contain_text(named)
    alone = new_page(own="file://")
    assert _credits(open_map(alone, exported.as_uri())) == {*of_outlines - {"US Census Bureau"}, of_places}


def _credits(frame: Frame) -> set[str]:
    shown = frame.locator(".leaflet-control-attribution")
    expect(shown).to_be_visible()
    _leaflet, _, named = shown.inner_text().partition("|")
    # "Places: GeoNames, CC BY 4.0" and BKG's line hold commas themselves.
    return {part.strip() for part in re.split(r", (?=Natural|US|Places|©)", named.strip())}


def test_failing_sites_shows_what_the_drill_of_the_api_says(page: Page, server: Server, plan: dict[str, Any]) -> None:
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    sites = plan["open_sites"]
    click_site(page, frame, sites[1])
    _same_as_drill(server, frame, plan, [sites[1]])
    click_site(page, frame, sites[0])
    _same_as_drill(server, frame, plan, [sites[1], sites[0]])
    click_site(page, frame, sites[2])
    _same_as_drill(server, frame, plan, [sites[1], sites[0], sites[2]])
    assert state(frame, "drawn")["sites"] == plan["sites"] - 3

    click_site(page, frame, sites[1])
    _same_as_drill(server, frame, plan, [sites[0], sites[2]])
    page.keyboard.press("Escape")
    assert state(frame, "failed") == []
    assert state(frame, "drawn")["lines"] == 0
    assert state(frame, "drawn")["sites"] == plan["sites"]


def _same_as_drill(server: Server, frame: Frame, plan: dict[str, Any], failed: list[str]) -> None:
    answer = server.post(f"/plans/{plan['id']}/drill", {"failed": failed})
    moves = {move["point"]: move for move in state(frame, "moves")}
    assert set(moves) == {move["point_id"] for move in answer["moves"]}
    assert len(moves) > 0
    for move in answer["moves"]:
        mine = moves[move["point_id"]]
        assert (mine["from"], mine["to"] or None) == (move["from_site"], move["to_site"])
        assert mine["fromDistance"] == pytest.approx(move["from_km"], abs=1e-3)
        assert mine["toDistance"] == (pytest.approx(move["to_km"], abs=1e-3) if move["to_km"] is not None else None)
    totals, shown = state(frame, "totals"), state(frame, "drawn")
    assert shown["lines"] == totals["pointsMoved"] == answer["points_moved"]
    assert shown["lost"] == totals["pointsLost"] == answer["points_lost"]
    assert totals["populationMoved"] == answer["population_moved"]
    assert totals["populationLost"] == answer["population_lost"]
    assert totals["worstBefore"] == pytest.approx(answer["worst_before_km"], abs=1e-3)
    assert totals["worstAfter"] == pytest.approx(answer["worst_after_km"], abs=1e-3)
    assert shown["failed"] == len(failed)
    panel = frame.locator("#drill")
    expect(panel.locator("[data-figure=moved-places]")).to_have_text(f"{answer['points_moved']:,}")
    expect(panel.locator("[data-figure=worst]")).to_have_text(
        f"{answer['worst_before_km']:.1f} → {answer['worst_after_km']:.1f} km"
    )
    expect(frame.locator("#drill-head .lost")).to_have_count(1 if answer["points_lost"] else 0)


def test_places_tell_their_servers_with_distance_and_time(page: Page, server: Server, plan: dict[str, Any]) -> None:
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    frame.uncheck("#layer-sites")
    assignments = server.get(f"/plans/{plan['id']}/assignments")["features"]
    place = max((f["properties"] for f in assignments), key=lambda properties: properties["population"])
    at = pixel_of(frame, "demand", place["id"])
    page.mouse.move(at["x"] - 3, at["y"])
    page.mouse.move(at["x"], at["y"])
    tip = frame.locator(".map-tip")
    expect(tip).to_contain_text(place["name"])
    expect(tip).to_contain_text(f"{place['population']:,.0f} people")
    for role in ("primary", "backup"):
        expect(tip).to_contain_text(f"{place[f'{role}_km']:.1f} km · {place[f'{role}_rtt_ms']:.1f} ms")


def test_progress_is_shown_live_found_again_after_a_reload_and_can_be_cancelled(page: Page, server: Server) -> None:
    page.goto(server.url)
    start_plan(page, radius_km=75)
    progress = page.locator("#progress .sentence")
    expect(progress).to_contain_text("The answer lies between", timeout=40_000)
    address = page.url
    page.reload()
    assert page.url == address
    expect(progress).to_contain_text("The answer lies between", timeout=20_000)
    low, high = (int(number) for number in progress.inner_text().rstrip(".").split("between ")[1].split(" and "))
    assert 0 < low < high <= 90
    page.click("#cancel-plan")
    expect(page.locator("#plan-head")).to_contain_text("This plan was cancelled", timeout=20_000)
    assert server.get(f"/plans/{plan_id(page)}")["state"] == "cancelled"
    expect(page.locator("#progress")).to_be_hidden()


def test_the_newest_finished_plan_greets_on_the_front_page(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(server.url)
    frame = map_frame(page)
    newest = next(p for p in server.get("/plans?limit=50")["plans"] if p["state"] == "done" and p["sites"])
    expect(page.locator("#plan-head h1")).to_have_text(newest["name"])
    settle(frame)
    assert state(frame, "drawn")["sites"] == newest["sites"]
