"""Watching and reading a plan: the chart, stopping with what is there, tables linked to the map both ways."""

from __future__ import annotations

import csv
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.pages import figure, map_frame, plan_id, start_plan, state
from tests.servers import Server


def test_a_plan_is_watched_as_a_chart_and_stopped_with_what_is_there(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(page.locator("#start")).to_be_enabled()
    start_plan(page, radius_km=75)
    expect(page.locator("#progress .uplot canvas")).to_be_visible(timeout=40_000)
    expect(page.locator("#progress .sentence")).to_contain_text("The answer lies between", timeout=40_000)
    page.click("#progress .numbers summary")
    rows = page.locator("#progress .numbers tbody tr")
    expect(rows.first).to_be_visible()
    with page.expect_download() as download:
        page.click("#progress .download")
    table = list(csv.reader(download.value.path().read_text().splitlines()))
    assert table[0] == ["Time, s", "Best plan so far", "No plan below"]
    assert len(table) > 2
    assert page.evaluate("() => window.sitewrightStage.drawn().demand") == 9860

    page.click("#stop-plan")
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", "feasible", timeout=30_000)
    plan = server.get(f"/plans/{plan_id(page)}")
    assert figure(page, "sites") == str(plan["sites"])
    least = round(plan["lower_bound"])
    assert least < plan["sites"]
    expect(page.locator("#verdict")).to_contain_text(f"{plan['sites']} sites; no plan can need fewer than {least}.")


def test_tables_say_what_the_api_says_and_sort(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    sites = [feature["properties"] for feature in server.get(f"/plans/{plan['id']}/sites")["features"]]
    rows = page.locator("#tab-sites-panel tbody tr")
    expect(rows).to_have_count(plan["sites"])
    by_people = sorted(sites, key=lambda site: -site["population_primary"])
    assert ids(page, "#tab-sites-panel")[0] == by_people[0]["id"]
    expect(rows.first).to_contain_text(f"{by_people[0]['population_primary']:,.0f}")
    page.click("#tab-sites-panel button.sort >> text=Farthest")
    farthest = sorted(sites, key=lambda site: -site["farthest_primary_km"])
    assert ids(page, "#tab-sites-panel")[0] == farthest[0]["id"]
    page.click("#tab-sites-panel button.sort >> text=Farthest")
    assert ids(page, "#tab-sites-panel")[-1] == farthest[0]["id"]
    expect(page.locator("#tab-sites-panel th[aria-sort=ascending]")).to_have_count(1)

    page.focus("#tab-sites")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-failures")).to_be_focused()
    failures = [feature["properties"] for feature in server.get(f"/plans/{plan['id']}/failures")["features"]]
    worst = max(failures, key=lambda failure: failure["population_moved"])
    first = page.locator("#tab-failures-panel tbody tr").first
    expect(first).to_have_attribute("data-id", worst["id"])
    expect(first).to_contain_text(f"{worst['worst_before_km']:.1f}")
    expect(first).to_contain_text(f"{worst['worst_after_km']:.1f}")


def ids(page: Page, panel: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all(f"{panel} tbody tr", "rows => rows.map((row) => row.dataset.id)")
    return found


def test_what_the_map_picks_the_tables_mark(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    site = plan["open_sites"][1]
    gaps = [feature["properties"]["id"] for feature in server.get(f"/plans/{plan['id']}/gaps")["features"]]
    expect(page.locator("#tab-sites-panel tbody tr")).to_have_count(plan["sites"])
    say = "(message) => window.parent.postMessage(message, location.origin)"
    frame.evaluate(say, {"type": "sitewright:select", "kind": "site", "id": site})
    expect(page.locator("#tab-sites-panel tr.marked")).to_have_attribute("data-id", site)
    frame.evaluate(say, {"type": "sitewright:select", "kind": "gap", "id": gaps[-1]})
    expect(page.locator("#gaps tr.marked")).to_have_attribute("data-id", gaps[-1])
    frame.evaluate(say, {"type": "sitewright:failed", "ids": [site]})
    expect(page.locator("#tab-sites-panel tr.flagged")).to_contain_text("failed")
    page.evaluate("() => window.postMessage({type: 'sitewright:select', kind: 'site', id: 'forged'}, location.origin)")
    expect(page.locator("#tab-sites-panel tr.marked")).to_have_attribute("data-id", site)


def test_what_a_table_picks_the_map_shows(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    row = page.locator("#tab-sites-panel tbody tr").nth(3)
    name = row.locator("button").inner_text()
    row.locator("button").click()
    expect(frame.locator(".map-card")).to_contain_text(name)
    page.click("#tab-failures")
    worst = page.locator("#tab-failures-panel tbody tr").first
    worst.locator("button").click()
    site = worst.get_attribute("data-id")
    expect(page.locator("#tab-failures-panel tr.flagged")).to_have_count(1)
    assert state(frame, "failed") == [site]
    assert state(frame, "drawn")["lines"] > 0
    gap = page.locator("#gaps tbody tr").first
    gap.locator("button").click()
    expect(frame.locator(".map-card")).to_contain_text(gap.locator("button").inner_text())


def test_latency_before_and_after_the_worst_failure(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    told = server.get(f"/plans/{plan['id']}/latency")
    worst = page.locator("[data-latency=worst_ms]")
    figures = [told[when]["worst_ms"] for when in ("before", "backup", "after")]
    assert figures[0] <= figures[2]
    expect(worst).to_have_text([f"{round(ms, 2):g}\u00a0ms" for ms in figures])
    sites = server.get(f"/plans/{plan['id']}/sites")["features"]
    name = next(f["properties"]["name"] for f in sites if f["properties"]["id"] == told["after"]["failed"])
    expect(page.locator("#latency-sentence button")).to_have_text(name)
    map_frame(page)
    page.click("#latency-sentence button")
    expect(page.locator("#tab-sites-panel tr.flagged")).to_have_attribute("data-id", told["after"]["failed"])


def test_the_price_of_resilience_is_asked_for_once_and_shown_on_the_map(
    page: Page, server: Server, plan: dict[str, Any]
) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    page.click("#ask-price")
    expect(page.locator("#price-sentence")).to_be_visible(timeout=60_000)
    expect(page.locator("#price .hint")).to_have_count(0, timeout=60_000)
    curves = [server.get(f"/plans/{c['id']}/curve") for c in server.get(f"/plans/{plan['id']}/lineage")["curves"]]
    (told,) = [one for one in curves if [point["value"] for point in one["points"]] == [0, 1, 2]]
    for point in told["points"]:
        cells = page.locator(f"#price tr[data-survive='{point['value']:.0f}'] td")
        expect(cells.first).to_have_text(str(point["sites"]))
    own = next(step for step in told["steps"] if step["to_value"] == 1)
    expect(page.locator("#price-sentence")).to_contain_text(f"costs {own['extra_sites']} more sites")
    page.click("#price-names summary")
    names = {
        f["properties"]["id"]: f["properties"]["name"]
        for f in server.get(f"/plans/{plan['id']}/candidates")["features"]
    }
    new = ", ".join(names[identity] for identity in own["sites_in"])
    expect(page.locator("#price-names [data-sites=in]")).to_have_text(f"{new}.")
    page.click("#price tr[data-survive='1'] button")
    assert state(frame, "drawn")["ringed"] == len(own["sites_in"])
    page.reload()
    expect(page.locator("#price-sentence")).to_contain_text(f"costs {own['extra_sites']} more sites")
    expect(page.locator("#ask-price")).to_have_count(0)
