"""What can be asked of a finished plan on its page: latency, verdict, curves, roll-out, changes, files to take away."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import HOSTILE_NAME, map_frame, state
from tests.browser.test_access import SHOTS, grave
from tests.servers import Server

WIDTHS = [(1440, 900), (1024, 768), (390, 844)]
MOST_SCRIPT_BYTES = 300_000


@pytest.fixture(scope="module")
def promised(server: Server, plan: dict[str, Any]) -> dict[str, Any]:
    """The same places under a promise of 20 ms."""
    body = {
        **{key: plan["request"][key] for key in ("demand", "candidates", "survive", "cover", "limits")},
        "name": "North, 20 ms",
        "reach": {"slo_ms": 20.0, "access_ms": 8.0, "queueing_ms": 1.0, "inference_ms": 8.0},
    }
    return server.finished(server.post("/plans", body)["id"])


def economics(server: Server, plan: dict[str, Any], **asked: Any) -> dict[str, Any]:
    return server.post(f"/plans/{plan['id']}/economics", {"redundancy": False, **asked})


def saved(page: Page, selector: str) -> list[list[str]]:
    with page.expect_download() as download:
        page.click(selector)
    return list(csv.reader(download.value.path().read_text(encoding="utf-8").splitlines()))


def test_people_by_latency_and_where_the_promise_goes(page: Page, server: Server, promised: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{promised['id']}")
    expect(page.locator("#latency-distribution canvas")).to_be_visible()
    told = server.get(f"/plans/{promised['id']}/latency")["histogram"]
    rows = saved(page, "#latency-distribution .download")
    assert [float(row[0]) for row in rows[1:]] == pytest.approx(told["edges_ms"])
    for column, when in enumerate(("before", "backup", "after"), start=1):
        assert [float(row[column]) for row in rows[1:-1]] == pytest.approx(told[when])
    page.click("#latency-distribution summary")
    expect(page.locator("#latency-distribution tbody tr")).to_have_count(len(told["edges_ms"]))

    budget = server.post("/budget", promised["request"]["reach"])
    for term in budget["waterfall"]:
        row = page.locator(f"#latency-waterfall tr[data-term='{term['name']}']")
        expect(row.locator("td").nth(1)).to_have_text(f"{term['ms']:.1f}\u00a0ms")
        expect(row.locator("td").nth(2)).to_have_text(f"{abs(term['left_ms']):.1f}\u00a0ms")
        expect(row.locator("td").nth(3)).to_have_text(term["source"])
    assert [row[0] for row in saved(page, "#latency-waterfall .download")[1:]] == [
        term["label"] for term in budget["waterfall"]
    ]


def test_the_whole_chain_from_promise_to_verdict(page: Page, server: Server, promised: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{promised['id']}")
    told = economics(server, promised)
    expect(page.locator("#verdict-sentence")).to_have_text(told["verdict"]["sentence"])
    chain = page.locator("#study-verdict .chain")
    expect(chain.locator("[data-chain=slo]")).to_have_text("20\u00a0ms")
    expect(chain.locator("[data-chain=network]")).to_have_text(f"{told['promise']['network_ms']:g}\u00a0ms")
    expect(chain.locator("[data-chain=reach]")).to_contain_text(f"{told['promise']['radius_km']:.1f}")
    expect(chain.locator("[data-chain=sites]")).to_have_text(str(promised["sites"]))
    assert len(told["verdict"]["drivers"]) == 5
    for driver in told["verdict"]["drivers"]:
        row = page.locator(f"#drivers tr[data-driver='{driver['name']}']")
        assert float(row.locator("[data-score]").get_attribute("data-score") or "nan") == pytest.approx(driver["score"])
        expect(row.locator(".measured")).to_have_text(driver["sentence"])
    expect(page.locator("#flips li")).to_contain_text([flip["sentence"] for flip in told["verdict"]["flips"]])
    for pattern in told["verdict"]["antipatterns"]:
        said = page.locator(f"[data-antipattern='{pattern['name']}']")
        expect(said).to_contain_text(pattern["sentence"])
        expect(said).to_contain_text("⚠" if pattern["raised"] else "✓")
    widest = told["sensitivity"][0]
    expect(page.locator("#tornado tbody tr").first).to_have_attribute("data-input", widest["name"])
    table = {row[0]: row for row in saved(page, "#money-costs .download")}
    cost = table["Cost per million tokens"]
    assert float(cost[2]) == pytest.approx(told["costs"]["edge_usd_per_million_tokens"])
    assert float(cost[3]) == pytest.approx(told["costs"]["region_usd_per_million_tokens"])
    trace = {row[0]: row for row in saved(page, "#study-verdict button.save >> text=Trace")}
    assert set(trace) == {"name"} | {row["name"] for row in told["trace"]}


def test_inputs_of_ones_own_change_the_answer_and_outlive_a_reload(
    page: Page, server: Server, plan: dict[str, Any]
) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    own = economics(server, plan, overrides={"users_share": 0.2, "zero_touch": 0})
    page.click("#money-inputs summary")
    expect(page.locator("#money-inputs .input-line")).to_have_count(len(own["inputs"]))
    page.fill("#input-users_share", "0.2")
    page.press("#input-users_share", "Tab")
    expect(page.locator("[data-input=users_share] .flag")).to_have_text("changed")
    page.uncheck("#input-zero_touch")
    expect(page.locator("#verdict-sentence")).to_have_text(own["verdict"]["sentence"])
    expect(page.locator("#money-note")).to_contain_text("With 2 of your own inputs")
    page.fill("#input-region_utilisation", "7")
    page.press("#input-region_utilisation", "Tab")
    expect(page.locator("#input-region_utilisation-error")).to_have_text("From 0.01 to 1.")

    page.reload()
    expect(page.locator("#verdict-sentence")).to_have_text(own["verdict"]["sentence"])
    page.click("#ask-redundancy")
    compared = economics(server, plan, overrides={"users_share": 0.2, "zero_touch": 0}, redundancy=True)["redundancy"]
    expect(page.locator("#redundancy-sentence")).to_have_text(compared["sentence"])
    expect(page.locator("#redundancy tr[data-option=geo] td").first).to_have_text(str(compared["geo"]["sites"]))
    page.click("#reset-inputs")
    expect(page.locator("#verdict-sentence")).to_have_text(economics(server, plan)["verdict"]["sentence"])
    expect(page.locator("#money-note")).to_be_empty()


def test_a_curve_is_solved_and_one_of_its_points_becomes_a_plan(
    page: Page, server: Server, plan: dict[str, Any]
) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}#open=study-curves")
    page.fill("#curve-values", "60, wide")
    page.click("#start-curve")
    expect(page.locator("#curve-errors")).to_have_text("Values: “wide” is not a number.")
    page.fill("#curve-values", "60, 75, 90")
    page.fill("#curve-seconds", "5")
    page.click("#start-curve")
    rows = page.locator("#curve-result tbody tr")
    expect(rows).to_have_count(3, timeout=40_000)
    expect(page.locator("#cancel-curve")).to_have_count(0)
    curve = newest_curve(server, plan, "radius_km")
    for point in curve["points"]:
        cells = page.locator(f"#curve-result tr[data-value='{point['value']:g}'] td")
        expect(cells.first).to_have_text(str(point["sites"]))
        expect(cells.nth(1)).to_contain_text(f"{point['lower_bound']:.0f}")
    expect(page.locator("#curve-result canvas")).to_be_visible()
    expect(rows.first).to_contain_text("this plan")

    page.click("#curve-result tr[data-value='90'] button")
    page.wait_for_url(lambda url: plan["id"] not in url)
    child = server.finished(page.url.rpartition("/")[2])
    assert child["request"]["reach"]["radius_km"] == 90
    changes = server.get(f"/plans/{child['id']}/changes")
    expect(page.locator("#changes-sentence")).to_contain_text(
        f"{len(changes['sites_in'])} sites in, {len(changes['sites_out'])} out"
    )
    listed = page.locator("#study-changes .two > div")
    for part, ids in enumerate((changes["sites_in"], changes["sites_out"])):
        shown = listed.nth(part).locator(".pick").evaluate_all("all => all.map((one) => one.dataset.id)")
        assert shown == ids
    page.click("#study-changes button >> text=Who has another primary site?")
    expect(page.locator("#study-changes .moves tbody tr").first).to_be_visible()


def newest_curve(server: Server, plan: dict[str, Any], over: str) -> dict[str, Any]:
    curves = [c for c in server.get(f"/plans/{plan['id']}/lineage")["curves"] if c["request"]["curve"]["over"] == over]
    return server.get(f"/plans/{max(curves, key=lambda curve: curve['created_at'])['id']}/curve")


def test_a_curve_can_be_cancelled(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}#open=study-curves")
    page.fill("#curve-values", ", ".join(str(60 + step / 2) for step in range(100)))
    page.click("#start-curve")
    page.click("#cancel-curve")
    expect(page.locator("#curve-progress")).to_contain_text("Cancelled: ")
    assert newest_curve(server, plan, "radius_km")["state"] == "cancelled"


def test_the_roll_out_is_a_table_in_order_and_leads_to_the_map(
    page: Page, server: Server, plan: dict[str, Any]
) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    page.focus("#study-rollout > summary")
    page.keyboard.press("Enter")
    steps = server.get(f"/plans/{plan['id']}/rollout")["steps"]
    expect(page.locator("#study-rollout canvas")).to_be_visible()
    rows = page.locator("#study-rollout tbody tr")
    assert rows.evaluate_all("rows => rows.map((row) => row.dataset.id)") == [step["id"] for step in steps][:25]
    expect(rows.nth(1)).to_contain_text(f"{steps[1]['people_protected']:,.0f}")
    expect(rows.filter(has_text=HOSTILE_NAME)).to_have_count(1)
    rows.nth(1).locator("button").click()
    frame.wait_for_selector(f".leaflet-popup, [data-site='{steps[1]['id']}']")


def test_a_link_opens_the_plan_on_the_same_view(
    new_page: Callable[..., Page], server: Server, plan: dict[str, Any]
) -> None:
    page = new_page()
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    failed = plan["open_sites"][1]
    frame.evaluate("() => { window.sitewrightMap.setView({lat: 54.1, lon: 9.75, zoom: 10}) }")
    frame.evaluate("(id) => { window.sitewrightMap.fail([id]) }", failed)
    page.click("#tab-failures")
    page.click("#study-rollout summary")
    page.click("#copy-link")
    link = page.input_value("#view-link")

    other = new_page()
    other.goto(link)
    frame = map_frame(other)
    view = state(frame, "view")
    assert (view["lat"], view["lon"]) == pytest.approx((54.1, 9.75), abs=0.01)
    assert view["zoom"] == 10
    assert state(frame, "failed") == [failed]
    expect(other.locator("#tab-failures")).to_have_attribute("aria-selected", "true")
    expect(other.locator("#study-rollout canvas")).to_be_visible()
    expect(other.locator("#tab-failures-panel tr.flagged")).to_have_attribute("data-id", failed)


def test_every_table_can_be_taken_away_in_every_format(page: Page, server: Server, plan: dict[str, Any]) -> None:
    page.goto(f"{server.url}/plans/{plan['id']}")
    expect(page.locator("#downloads .formats a").first).to_be_visible()
    links = page.eval_on_selector_all("#downloads a", "all => all.map((link) => link.getAttribute('href'))")
    tables = [link for link in links if "format=" in link]
    assert len(tables) == 6 * 4
    for link in links:
        answer = server.http.get(link)
        assert answer.status_code == 200
        assert answer.content
    with page.expect_popup() as opened:
        page.click("#open-report")
    expect(opened.value.locator("h1").first).to_contain_text(plan["name"])
    expect(opened.value.get_by_text("set by the planner")).to_have_count(3)
    page.evaluate("sessionStorage.setItem('sitewright-economics-inputs', JSON.stringify({ users_share: 0.03 }))")
    page.reload()
    with page.expect_popup() as opened:
        page.click("#open-report")
    expect(opened.value.get_by_text("set by the planner")).to_have_count(4)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_studies_are_for_everyone(
    new_page: Callable[..., Page], server: Server, promised: dict[str, Any], dark: bool
) -> None:
    page = new_page(dark=dark)
    opened = "study-curves,study-rollout"
    page.goto(f"{server.url}/plans/{promised['id']}#open={opened}")
    expect(page.locator("#verdict-sentence")).to_be_visible()
    expect(page.locator("#study-rollout canvas")).to_be_visible()
    page.click("#money-inputs summary")
    assert grave(page.main_frame) == []
    SHOTS.mkdir(exist_ok=True)
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.locator("#studies").screenshot(path=str(SHOTS / f"studies-{width}-{'dark' if dark else 'light'}.png"))


SCRIPT_BYTES = """() => performance.getEntriesByType("resource")
  .filter(({name, initiatorType}) => /[.]js$/.test(name) && !name.includes("leaflet"))
  .map(({name, decodedBodySize}) => [new URL(name).pathname, decodedBodySize])"""


def test_the_scripts_of_the_page_are_small(page: Page, server: Server, plan: dict[str, Any]) -> None:
    """As they are written, charts included; what a panel or the set-up needs comes when it is opened."""
    page.goto(f"{server.url}/plans/{plan['id']}")
    frame = map_frame(page)
    expect(page.locator("#verdict-sentence")).to_be_visible()
    sizes: dict[str, int] = {}
    for name, size in [*page.evaluate(SCRIPT_BYTES), *frame.evaluate(SCRIPT_BYTES)]:
        sizes[name] = max(size, sizes.get(name, 0))
    assert "/static/js/studies/verdict.js" in sizes
    assert "/static/js/map/main.js" in sizes
    assert sum(sizes.values()) < MOST_SCRIPT_BYTES, sorted(sizes.items(), key=lambda entry: -entry[1])[:20]
