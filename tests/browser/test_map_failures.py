"""Fail it: single sites, groups, every failure in turn; colours and lists say what the API says."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.pages import HOSTILE_NAME, colour_at, map_frame, open_map, pixel_of, state, theme_colour
from tests.servers import Server

BANDS = 5


def test_the_ranking_and_the_walk_follow_the_failures_of_the_api(
    page: Page, server: Server, plan: dict[str, Any]
) -> None:
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    failures = [feature["properties"] for feature in server.get(f"/plans/{plan['id']}/failures")["features"]]
    frame.locator("#play summary").click()
    ranks = frame.locator(".rank")
    expect(ranks).to_have_count(len(failures))
    assert ranks.evaluate_all("all => all.map((rank) => rank.dataset.site)") == [row["id"] for row in failures]
    for row, mine in zip(failures, frame.evaluate("() => window.sitewrightMap.ranking()"), strict=True):
        assert mine["id"] == row["id"]
        assert mine["populationMoved"] == row["population_moved"]
        assert mine["populationLost"] == row["population_lost"]
        assert mine["worstAfter"] == pytest.approx(row["worst_after_km"], abs=1e-3)

    expect(frame.locator("#play-toggle")).to_be_hidden()
    frame.click("#play-next")
    expect(frame.locator("#play-position")).to_have_text(f"Failure 1 of {len(failures)}")
    frame.click("#play-next")
    assert state(frame, "failed") == [failures[1]["id"]]
    expect(frame.locator(".rank[aria-current]")).to_have_attribute("data-site", failures[1]["id"])
    frame.click("#play-previous")
    frame.click("#play-previous")
    assert state(frame, "failed") == [failures[-1]["id"]]
    page.keyboard.press("Escape")
    assert state(frame, "failed") == []
    expect(frame.locator("#play-position")).to_have_text("")


def test_play_walks_by_itself_until_it_is_paused(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.emulate_media(reduced_motion="no-preference")
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    failures = [feature["properties"]["id"] for feature in server.get(f"/plans/{plan['id']}/failures")["features"]]
    play = frame.locator("#play-toggle")
    play.click()
    expect(play).to_have_text("Pause")
    frame.wait_for_function("(id) => window.sitewrightMap.failed[0] === id", arg=failures[1])
    play.click()
    expect(play).to_have_text("Play")
    stopped = state(frame, "failed")
    assert stopped[0] in failures[1:]
    expect(frame.locator("#play-position")).to_have_text(f"Failure {failures.index(stopped[0]) + 1} of {len(failures)}")


def test_latency_bands_count_people_as_things_stand(page: Page, server: Server, plan: dict[str, Any]) -> None:
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    before = _bands_of(server, plan, [])
    assert state(frame, "bands") == before
    failed = plan["open_sites"][:-1]
    frame.evaluate("(ids) => window.sitewrightMap.fail(ids)", failed)
    after = _bands_of(server, plan, failed)
    assert state(frame, "bands") == after
    assert after != before
    assert after[BANDS] > before[BANDS]
    assert sum(after) == sum(before)
    expect(frame.locator(".bands li")).to_have_count(BANDS + 1)

    moves = server.post(f"/plans/{plan['id']}/drill", {"failed": failed})["moves"]
    lost = max((move for move in moves if not move["to_site"]), key=lambda move: move["population"])
    expect(frame.locator(".lost-places tbody tr").first).to_contain_text(lost["name"])
    frame.uncheck("#layer-sites")
    at = pixel_of(frame, "demand", lost["point_id"])
    assert colour_at(frame, at) == theme_colour(frame, "lost")
    frame.uncheck("#colour-bands")
    expect(frame.locator(".bands li")).to_have_count(0)


def _bands_of(server: Server, plan: dict[str, Any], failed: list[str]) -> list[float]:
    """People by fifth of the 60 km reach, then those without a site."""
    assignments = [feature["properties"] for feature in server.get(f"/plans/{plan['id']}/assignments")["features"]]
    distance = {row["id"]: row["primary_km"] for row in assignments}
    if failed:
        moves = server.post(f"/plans/{plan['id']}/drill", {"failed": failed})["moves"]
        distance |= {move["point_id"]: move["to_km"] for move in moves}
    people = [0.0] * (BANDS + 1)
    for row in assignments:
        km = distance[row["id"]]
        people[BANDS if km is None else min(BANDS - 1, int(km / 60.0 * BANDS))] += row["population"]
    return people


def test_a_group_of_sites_fails_together(page: Page, server: Server, plan: dict[str, Any]) -> None:
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    expect(frame.locator("#group-column option:checked")).to_have_text("admin1")
    frame.select_option("#group-value", "Schleswig-Holstein")
    answer = server.post(f"/plans/{plan['id']}/drill", {"group": {"column": "admin1", "value": "Schleswig-Holstein"}})
    assert len(answer["failed"]) > 1
    assert sorted(state(frame, "failed")) == sorted(answer["failed"])
    totals = state(frame, "totals")
    assert totals["populationLost"] == answer["population_lost"] > 0
    assert totals["pointsMoved"] == answer["points_moved"]
    frame.locator(f"button.site[data-site='{answer['failed'][0]}']").click()
    expect(frame.locator("#group-value")).to_have_value("")


def test_hostile_groups_and_names_are_only_text(page: Page, server: Server) -> None:
    frame = open_map(page, f"{server.url}/plans/{_hostile_plan(server)}/map")
    expect(frame.locator("#group-column option:checked")).to_have_text(HOSTILE_NAME)
    expect(frame.locator("#group-value option").nth(1)).to_have_text(f"{HOSTILE_NAME} – 2 open sites")
    frame.select_option("#group-value", HOSTILE_NAME)
    expect(frame.locator(".failed-names strong").first).to_have_text(HOSTILE_NAME)
    expect(frame.locator(".lost-places td").first).to_have_text(HOSTILE_NAME)
    frame.locator("#play summary").click()
    expect(frame.locator(".rank .name").first).to_have_text(HOSTILE_NAME)
    page.keyboard.press("Escape")
    frame.click("#tab-change")
    frame.locator(".candidate .mark.required").first.click()
    expect(frame.locator("#mark-list .name").first).to_have_text(HOSTILE_NAME)
    at = pixel_of(frame, "sites", "a")
    page.mouse.click(at["x"], at["y"])
    expect(frame.locator(".map-card strong")).to_have_text(HOSTILE_NAME)
    assert frame.locator("img[src=x]").count() == 0


def _hostile_plan(server: Server) -> str:
    """Two sites of one group and a third that reaches only some: everything in it is called the same."""
    places = {"a": 9.9, "b": 10.0, "c": 10.4}

    def collection(more: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [lon, 54.0]},
                    "properties": {"id": key, "name": HOSTILE_NAME, **more[key]},
                }
                for key, lon in places.items()
            ],
        }

    body = {
        "name": HOSTILE_NAME,
        "demand": collection({key: {"population": 100.0} for key in places}),
        "candidates": collection({key: {HOSTILE_NAME: "other" if key == "c" else HOSTILE_NAME} for key in places}),
        "reach": {"radius_km": 30.0},
        "survive": 1,
        "required": ["a", "b", "c"],
    }
    return str(server.finished(server.post("/plans", body)["id"])["id"])


def test_a_place_in_the_planners_table_is_found_on_the_map(page: Page, server: Server, plan: dict[str, Any]) -> None:
    frame: Frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    gap = server.get(f"/plans/{plan['id']}/gaps")["features"][0]["properties"]
    assert frame.evaluate("(id) => window.sitewrightMap.focus('gap', id)", gap["id"]) is True
    expect(frame.locator(".map-card")).to_contain_text(gap["name"])
    assert frame.evaluate("() => window.sitewrightMap.focus('site', 'nonesuch')") is False
    frame.evaluate("() => window.sitewrightMap.focus(null)")
    expect(frame.locator(".map-card")).to_have_count(0)


def test_the_link_to_a_plan_opens_on_the_same_view(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    site = plan["open_sites"][2]
    frame.locator(".leaflet-control-zoom-in").click()
    frame.locator(f"button.site[data-site='{site}']").click()
    page.wait_for_function("() => location.hash.includes('view=') && location.hash.includes('failed=')")
    seen = state(frame, "view")
    page.goto("about:blank")
    page.go_back()
    again = map_frame(page)
    assert state(again, "failed") == [site]
    assert state(again, "view") == {name: pytest.approx(value, abs=1e-3) for name, value in seen.items()}
