"""For everyone: by keyboard alone, by assistive technology, on every width, in both schemes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.pages import drawn, map_frame, open_map, plan_id, state
from tests.servers import ROOT, Server

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "tests" / "shots"
GRAVE = ("serious", "critical")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(
    new_page: Callable[..., Page], server: Server, plan: dict[str, Any], dark: bool
) -> None:
    page = new_page(dark=dark)
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    expect(page.locator("#gaps table")).to_be_visible()
    frame.locator("button.site").nth(1).click()
    assert grave(page.main_frame) == []
    assert grave(frame) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_in_changes_and_comparisons(
    new_page: Callable[..., Page], server: Server, plan: dict[str, Any], dark: bool
) -> None:
    page = new_page(dark=dark)
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    frame.locator("#play summary").click()
    frame.evaluate("(ids) => window.sitewrightMap.fail(ids)", plan["open_sites"][:-1])
    assert grave(frame) == []
    frame.click("#tab-change")
    for mark in ("required", "forbidden"):
        frame.locator(f".candidate .mark.{mark}").nth(3 if mark == "forbidden" else 1).click()
    assert grave(frame) == []
    other = server.finished(server.post("/plans", {**plan["request"], "survive": 0})["id"])
    page.goto(f"{server.url}/compare?plans={plan['id']},{other['id']}")
    expect(page.locator("#figures table")).to_be_visible()
    expect(page.locator("#plans input").first).to_be_visible()
    assert grave(page.main_frame) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=str(SHOTS / f"compare-{'dark' if dark else 'light'}.png"), full_page=True)


def grave(frame: Frame) -> list[str]:
    frame.evaluate(AXE.read_text(encoding="utf-8"))
    found = frame.evaluate("async () => (await axe.run(document, {iframes: false})).violations")
    return [
        f"{finding['id']}: {node['target']} {node['failureSummary']}"
        for finding in found
        if finding["impact"] in GRAVE
        for node in finding["nodes"]
    ]


def test_the_main_flow_by_keyboard_alone(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    map_frame(page)
    expect(page.locator("#demand option:checked")).to_have_text("north_demand.csv")
    _tab_to(page, "radius")
    page.keyboard.press("Control+a")
    page.keyboard.type("80")
    _tab_to(page, "start")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: plan["id"] not in url)
    frame = map_frame(page)
    new = server.get(f"/plans/{plan_id(page)}")
    assert new["request"]["reach"]["radius_km"] == 80
    assert state(frame, "drawn")["sites"] == new["sites"]

    for _ in range(60):
        page.keyboard.press("Tab")
        if frame.evaluate("document.hasFocus() && document.activeElement.matches('button.site')"):
            break
    site = frame.evaluate("document.activeElement.dataset.site")
    assert site in new["open_sites"]
    page.keyboard.press("Enter")
    assert state(frame, "failed") == [site]
    assert state(frame, "drawn")["lines"] > 0
    assert frame.evaluate("document.activeElement.dataset.site") == site
    page.keyboard.press("Escape")
    assert state(frame, "failed") == []


def _tab_to(page: Page, identity: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == identity:
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring == "solid"
            return
    raise AssertionError(f"#{identity} cannot be reached with Tab")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_nothing_is_cut_off_at_any_width(
    new_page: Callable[..., Page], server: Server, plan: dict[str, Any], width: int, height: int, dark: bool
) -> None:
    page = new_page(width, height, dark)
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    expect(page.locator("#downloads a").first).to_be_attached()
    for part in (page.main_frame, frame):
        assert part.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert state(frame, "drawn")["sites"] == plan["sites"]
    SHOTS.mkdir(exist_ok=True)
    name = f"plan-{width}-{'dark' if dark else 'light'}"
    page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)
    map_page = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    drawn(map_page).locator("button.site").nth(2).click()
    assert state(map_page, "drawn")["lines"] > 0
    page.screenshot(path=str(SHOTS / f"map-{name}.png"))


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (1024, 768, True), (390, 844, False)])
def test_the_set_up_fits_every_width(
    new_page: Callable[..., Page], server: Server, plan: dict[str, Any], width: int, height: int, dark: bool
) -> None:
    page = new_page(width, height, dark)
    page.goto(f"{server.url}/plans/{plan['id']}")
    expect(page.locator("#start")).to_be_enabled()
    page.evaluate("document.getElementById('new-plan').open = true")
    page.check("input[name=reach_kind][value=latency]", force=True)
    page.fill("#inference_ms", "19.8")
    expect(page.locator("#setup-gaps table")).to_be_visible()
    page.click("#options > summary")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=str(SHOTS / f"setup-{width}-{'dark' if dark else 'light'}.png"), full_page=True)


def test_a_candidate_is_tried_and_chosen_by_keyboard_alone(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    expect(page.locator("#start")).to_be_enabled()
    page.focus("#radius")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#setup-count")).not_to_be_empty()
    page.focus("#start")
    _tab_to(page, "reach-find")
    page.keyboard.type("Husum")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#reach-told")).to_contain_text("Husum reaches")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#required-chips")).to_contain_text("Husum")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#forbidden-chips")).to_contain_text("Husum")
    expect(page.locator("#required-chips li")).to_have_count(0)
