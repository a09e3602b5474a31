"""User text is shown letter for letter, wherever it appears; nothing of it runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
from playwright.sync_api import Page, expect

from app.map.page import PUBLIC_TILE_HOST
from tests.browser.pages import HOSTILE_NAME, click_site, drawn, map_frame, open_map, pixel_of, settle, state
from tests.servers import Server


def test_a_hostile_site_name_is_only_text_on_the_map(page: Page, server: Server, plan: dict[str, Any]) -> None:
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    hostile = _hostile_id(server, plan)
    expect(frame.locator(f"button[data-site='{hostile}'] .name")).to_have_text(HOSTILE_NAME)
    at = pixel_of(frame, "sites", hostile)
    page.mouse.move(at["x"] - 2, at["y"])
    page.mouse.move(at["x"], at["y"])
    expect(frame.locator(".map-tip strong")).to_have_text(HOSTILE_NAME)
    click_site(page, frame, hostile)
    expect(frame.locator(".failed-names strong")).to_have_text(HOSTILE_NAME)
    assert frame.locator("img[src=x]").count() == 0


def test_a_hostile_plan_and_data_set_name_is_only_text_in_the_planner(
    page: Page, server: Server, plan: dict[str, Any], files: dict[str, Path]
) -> None:
    with files["demand"].open("rb") as content:
        form = {"role": "demand", "name": HOSTILE_NAME}
        answer = httpx.post(f"{server.url}/api/v1/datasets", data=form, files={"file": ("n.csv", content)}, timeout=60)
    body = {**plan["request"], "name": HOSTILE_NAME, "demand": answer.json()["id"]}
    named = server.finished(server.post("/plans", body)["id"])
    page.goto(f"{server.url}/plans/{named['id']}")
    map_frame(page)
    expect(page.locator("#plan-head h1")).to_have_text(HOSTILE_NAME)
    expect(page.locator("#recents a[aria-current] bdi")).to_have_text(HOSTILE_NAME)
    expect(page.locator("#demand option:checked")).to_have_text(HOSTILE_NAME)
    assert page.locator("img[src=x]").count() == 0


def test_the_downloads_hold_the_name_as_it_was_given(server: Server, plan: dict[str, Any]) -> None:
    base = f"{server.url}/api/v1/plans/{plan['id']}"
    sites = server.get(f"/plans/{plan['id']}/sites")["features"]
    assert HOSTILE_NAME in [feature["properties"]["name"] for feature in sites]
    table = httpx.get(f"{base}/sites?format=csv", timeout=60).text
    assert HOSTILE_NAME in [row["name"] for row in csv.DictReader(io.StringIO(table))]
    whole = httpx.get(f"{base}/plan.json", timeout=60)
    assert whole.json()["outcome"] == plan["outcome"]


def test_the_map_in_one_file_works_from_disk_without_any_request(
    new_page: Callable[..., Page], server: Server, plan: dict[str, Any], tmp_path: Path
) -> None:
    planner = new_page()
    planner.goto(f"{server.url}/plans/{plan['id']}")
    with planner.expect_download() as download:
        planner.click("#downloads a[download='map.html']")
    path = tmp_path / "map.html"
    download.value.save_as(path)

    page = new_page(own=path.as_uri())
    frame = open_map(page, path.as_uri())
    shown = state(frame, "drawn")
    assert shown["sites"] == plan["sites"]
    assert shown["gaps"] == plan["gaps"]["points"]
    assert shown["basemap"] > 0
    hostile = _hostile_id(server, plan)
    expect(frame.locator(f"button[data-site='{hostile}'] .name")).to_have_text(HOSTILE_NAME)
    click_site(page, frame, hostile)
    answer = server.post(f"/plans/{plan['id']}/drill", {"failed": [hostile]})
    assert state(frame, "drawn")["lines"] == answer["points_moved"]
    expect(frame.locator(".failed-names strong")).to_have_text(HOSTILE_NAME)
    settle(frame)
    assert frame.locator("#layer-tiles").count() == 0


def test_files_of_the_map_come_only_from_the_service(page: Page, server: Server, plan: dict[str, Any]) -> None:
    address = f"{server.url}/plans/{plan['id']}/map"
    policy = httpx.get(address, timeout=30).headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "https:" not in policy
    open_map(page, address)
    loaded = json.loads(page.evaluate("JSON.stringify(performance.getEntriesByType('resource').map((e) => e.name))"))
    assert len(loaded) > 5
    assert all(name.startswith((server.url, "data:")) for name in loaded)


def _hostile_id(server: Server, plan: dict[str, Any]) -> str:
    sites = server.get(f"/plans/{plan['id']}/sites")["features"]
    return next(str(f["properties"]["id"]) for f in sites if f["properties"]["name"] == HOSTILE_NAME)


def test_a_public_street_map_is_asked_for_only_when_chosen(
    new_page: Callable[..., Page], server: Server, plan: dict[str, Any]
) -> None:
    page = new_page(also=PUBLIC_TILE_HOST)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    assert not any(url.startswith(PUBLIC_TILE_HOST) for url in asked)
    with page.expect_request(f"{PUBLIC_TILE_HOST}/**"):
        frame.check("#layer-tiles", no_wait_after=True)
    drawn(page.main_frame)
    expect(page.locator("#layer-tiles")).to_be_checked()
    assert state(page.main_frame, "drawn")["sites"] == plan["sites"]
    page.uncheck("#layer-tiles", no_wait_after=True)
    page.wait_for_url(lambda url: "tiles=public" not in url)
