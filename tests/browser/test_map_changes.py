"""Change it: marks with undo and redo, the plan that follows from them, and plans side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Frame, Page, expect

from tests.browser.pages import HOSTILE_NAME, drawn, map_frame, open_map, pixel_of, plan_id, settle, state
from tests.servers import Server


def test_marks_can_be_undone_outlive_a_reload_and_make_the_next_plan(
    page: Page, server: Server, plan: dict[str, Any]
) -> None:
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    unused = [
        feature["properties"]
        for feature in server.get(f"/plans/{plan['id']}/candidates")["features"]
        if not feature["properties"]["open"]
    ]
    kept = state(frame, "marks")["required"]
    wanted, ruled_out = unused[0], next(site for site in plan["open_sites"] if site not in kept)
    frame.click("#tab-change")
    expect(frame.locator("#plan-again")).to_be_disabled()
    frame.fill("#candidate-filter", wanted["name"])
    frame.locator(f".candidate[data-site='{wanted['id']}'] .mark.required").press("Enter")
    frame.fill("#candidate-filter", "")
    frame.locator(f".candidate[data-site='{ruled_out}'] .mark.forbidden").press(" ")
    assert state(frame, "marks") == {"required": [*kept, wanted["id"]], "forbidden": [ruled_out]}
    assert state(frame, "drawn")["marks"] == 2

    frame.locator("#candidates h2").click()
    page.keyboard.press("Control+z")
    assert state(frame, "marks")["forbidden"] == []
    page.keyboard.press("Control+z")
    assert state(frame, "marks")["required"] == kept
    expect(frame.locator("#undo")).to_be_disabled()
    frame.click("#redo")
    page.keyboard.press("Control+Shift+z")
    expect(frame.locator("#redo")).to_be_disabled()
    expect(frame.locator("#mark-list .required")).to_contain_text(wanted["name"])

    page.reload()
    frame = drawn(page.main_frame)
    assert state(frame, "marks") == {"required": [*kept, wanted["id"]], "forbidden": [ruled_out]}
    frame.click("#tab-change")
    frame.click("#plan-again")
    page.wait_for_url(lambda url: "/map" not in url)
    child = server.finished(plan_id(page))
    assert child["parent_id"] == plan["id"]
    assert child["outcome"] == "optimal"
    assert wanted["id"] in child["open_sites"]
    assert ruled_out not in child["open_sites"]
    assert set(kept) <= set(child["open_sites"])


def test_in_the_change_tab_a_click_on_the_map_offers_marks(page: Page, server: Server, plan: dict[str, Any]) -> None:
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    frame.click("#tab-change")
    site = plan["open_sites"][1]
    at = pixel_of(frame, "sites", site)
    page.mouse.click(at["x"], at["y"])
    card = frame.locator(".map-card")
    card.locator(".mark.forbidden").click()
    assert state(frame, "marks")["forbidden"] == [site]
    assert state(frame, "failed") == []
    expect(card.locator(".mark.forbidden")).to_have_attribute("aria-pressed", "true")
    card.locator(".mark.forbidden").click()
    assert state(frame, "marks")["forbidden"] == []
    expect(frame.locator("#mark-list")).to_contain_text("Click a site or a candidate")


def test_a_refused_change_is_told_where_it_was_asked_for(page: Page, server: Server, plan: dict[str, Any]) -> None:
    frame = open_map(page, f"{server.url}/plans/{plan['id']}/map")
    frame.click("#tab-change")
    required = state(frame, "marks")["required"]
    frame.evaluate("(id) => window.sitewrightMap.mark(id, 'forbidden')", required[0])
    frame.click("#plan-again")
    expect(frame.locator("#plan-again-error")).to_contain_text("its status in the candidates is required")
    expect(frame.locator("#plan-again")).to_be_enabled()


def test_plans_side_by_side_move_and_fail_together_and_tell_their_differences(
    new_page: Callable[..., Page], server: Server, plan: dict[str, Any]
) -> None:
    body = {**plan["request"], "name": HOSTILE_NAME, "forbidden": [_free_site(server, plan)]}
    other = server.finished(server.post("/plans", body)["id"])
    page = new_page(width=1440)
    page.goto(f"{server.url}/compare?plans={plan['id']},{other['id']}")
    frames = [_side(page, at) for at in (0, 1)]
    told = server.get(f"/compare?plans={plan['id']},{other['id']}")
    differing = set(plan["open_sites"]) ^ set(other["open_sites"])
    assert {site["id"] for site in told["differing_sites"]} == differing
    assert page.locator("#sites tbody tr").count() == len(differing)
    expect(page.locator("#figures [data-figure=sites] td").first).to_have_text(str(plan["sites"]))
    expect(page.locator("#figures [data-figure=sites] td").last).to_have_text(str(other["sites"]))
    expect(page.locator("#difference")).to_contain_text(f"{told['affected'][0]['points']:,} places")
    expect(page.locator("#title")).to_contain_text(HOSTILE_NAME)
    assert page.locator("img[src=x]").count() == 0
    for frame, mine in zip(frames, (plan, other), strict=True):
        assert state(frame, "drawn")["ringed"] == len(differing & set(mine["open_sites"]))

    frames[0].evaluate("() => window.sitewrightMap.setView({lat: 54.1, lon: 9.8, zoom: 9})")
    frames[1].wait_for_function("() => window.sitewrightMap.view.zoom === 9")
    assert state(frames[1], "view") == state(frames[0], "view")
    shared = sorted(set(plan["open_sites"]) & set(other["open_sites"]))[0]
    frames[1].evaluate("(id) => document.querySelector(`button.site[data-site='${id}']`).click()", shared)
    frames[0].wait_for_function("(id) => window.sitewrightMap.failed[0] === id", arg=shared)
    page.locator("#sites button.link").first.click()
    first = told["differing_sites"][0]
    expect(frames[0].locator(".map-card")).to_contain_text(first["name"])
    expect(frames[1].locator(".map-card")).to_contain_text(first["name"])


def _free_site(server: Server, plan: dict[str, Any]) -> str:
    """An open site that nobody requires."""
    sites = [feature["properties"] for feature in server.get(f"/plans/{plan['id']}/sites")["features"]]
    return next(str(site["id"]) for site in sites if site["status"] != "required")


def _side(page: Page, at: int) -> Frame:
    element = page.locator("#maps iframe").nth(at).element_handle()
    frame = element.content_frame() if element else None
    assert frame is not None
    frame = drawn(frame)
    settle(frame)
    return frame


def test_the_planner_goes_on_with_the_next_plan_and_shows_the_tree(
    page: Page, server: Server, plan: dict[str, Any]
) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    ruled_out = next(site for site in plan["open_sites"] if site not in state(frame, "marks")["required"])
    frame.click("#tab-change")
    frame.locator(f".candidate[data-site='{ruled_out}'] .mark.forbidden").click()
    frame.click("#plan-again")
    page.wait_for_url(lambda url: plan["id"] not in url)
    child = server.finished(plan_id(page))
    assert ruled_out not in child["open_sites"]
    tree = page.locator("#lineage")
    expect(tree.locator("a[aria-current]")).to_have_text(child["name"])
    expect(tree.locator(".tree > li > .version a")).to_have_text(plan["name"])
    compare = tree.locator("button")
    expect(compare).to_be_disabled()
    tree.locator(f"#version-{plan['id']}").check()
    tree.locator(f"#version-{child['id']}").check()
    compare.click()
    page.wait_for_url(lambda url: "/compare?plans=" in url, wait_until="commit")
    expect(page.locator("#title")).to_contain_text(child["name"])
