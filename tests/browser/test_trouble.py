"""Refusals and gaps are told where they belong, with a way on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.pages import colour_at, figure, map_frame, pixel_of, plan_id, start_plan, state, theme_colour
from tests.servers import Server


def test_an_infeasible_plan_shows_its_gaps_and_offers_to_exempt_them(
    page: Page, server: Server, files: dict[str, Path]
) -> None:
    page.goto(server.url)
    start_plan(page, files, radius_km=30)
    frame = map_frame(page)
    plan = server.get(f"/plans/{plan_id(page)}")
    points = plan["gaps"]["points"]
    assert plan["outcome"] == "infeasible"
    assert points > 0
    assert state(frame, "drawn")["gaps"] == points
    assert state(frame, "drawn")["sites"] == 0
    gaps = server.get(f"/plans/{plan['id']}/gaps")["features"]
    alone = max(gaps, key=lambda feature: feature["geometry"]["coordinates"][1])["properties"]["id"]
    assert colour_at(frame, pixel_of(frame, "gaps", alone)) != theme_colour(frame, "land")
    expect(page.locator("#verdict")).to_contain_text(f"{points:,} places")
    largest = max((f["properties"] for f in gaps), key=lambda properties: properties["population"])
    expect(page.locator("#gap-lists tbody tr").first).to_contain_text(largest["name"])

    page.click("#exempt-gaps")
    page.wait_for_url(lambda url: plan["id"] not in url)
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", "optimal")
    assert figure(page, "gaps") == f"{points:,}"
    shown = state(map_frame(page), "drawn")
    assert shown["gaps"] == points
    assert shown["sites"] == server.get(f"/plans/{plan_id(page)}")["sites"] > 0


def test_an_infeasible_plan_offers_the_radius_that_would_do(page: Page, server: Server, files: dict[str, Path]) -> None:
    page.goto(server.url)
    start_plan(page, files, radius_km=45, survive=1)
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", "infeasible")
    refused = plan_id(page)
    gaps = server.get(f"/plans/{refused}/gaps")["features"]
    enough = max(feature["properties"]["smallest_radius_km"] for feature in gaps)
    page.click("#raise-radius")
    page.wait_for_url(lambda url: refused not in url)
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", "optimal")
    radius = server.get(f"/plans/{plan_id(page)}")["request"]["reach"]["radius_km"]
    assert enough <= radius <= enough + 0.2
    assert figure(page, "gaps") == "0"


def test_an_infeasible_plan_offers_candidates_where_they_are_missing(
    page: Page, server: Server, files: dict[str, Path]
) -> None:
    page.goto(server.url)
    start_plan(page, files, radius_km=45, survive=1)
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", "infeasible")
    refused = server.get(f"/plans/{plan_id(page)}")
    places = server.get(f"/plans/{refused['id']}/suggestions")["places"]
    expect(page.locator("#places tbody tr")).to_have_count(len(places))
    expect(page.locator("#places tbody tr").first).to_contain_text(places[0]["name"])
    page.click("#add-places")
    page.wait_for_url(lambda url: refused["id"] not in url)
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", "optimal")
    made = server.get(f"/plans/{plan_id(page)}")
    assert made["gaps"]["points"] == 0
    assert server.get(f"/datasets/{made['request']['candidates']}")["rows"] == 41 + len(places)
    expect(page.locator("#candidates option:checked")).to_have_text(f"north_candidates.csv + {len(places)} places")


def test_a_bad_file_is_refused_beside_its_field_naming_row_and_column(
    page: Page, server: Server, files: dict[str, Path]
) -> None:
    page.goto(server.url)
    before = len(server.get("/datasets?limit=1000")["datasets"])
    page.set_input_files("#demand-file", str(files["bad"]))
    errors = page.locator("#demand-errors li")
    expect(errors).to_have_count(1)
    expect(errors).to_contain_text("row 6")
    expect(errors).to_contain_text("lat")
    expect(errors).to_contain_text("91")
    assert len(server.get("/datasets?limit=1000")["datasets"]) == before

    page.click("#start")
    expect(page.locator("#demand")).to_be_focused()
    expect(errors).to_contain_text("row 6")
    assert page.url.rstrip("/") == server.url


def test_an_upload_quicker_than_the_list_of_data_sets_stays_chosen(
    page: Page, server: Server, files: dict[str, Path]
) -> None:
    held: list[Route] = []
    page.route("**/api/v1/datasets?limit=*", lambda route: held.append(route))
    with page.expect_request("**/api/v1/datasets?limit=*"):
        page.goto(server.url, wait_until="commit")
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/datasets")):
        page.set_input_files("#demand-file", str(files["demand"]))
    page.wait_for_function("() => document.getElementById('demand').value !== ''")
    uploaded = page.input_value("#demand")
    held.pop().continue_()
    expect(page.locator("#candidates")).to_have_value("example-germany-candidates")
    expect(page.locator("#demand")).to_have_value(uploaded)


def test_a_file_full_of_faults_shows_fifty_of_them_and_counts_the_rest(
    page: Page, server: Server, tmp_path: Path
) -> None:
    rows = [f"p{row},place,{row},91,8" for row in range(1, 1301)]
    (tmp_path / "faulty.csv").write_text("\n".join(["id,name,population,lat,lon", *rows]))
    page.goto(server.url)
    page.set_input_files("#demand-file", str(tmp_path / "faulty.csv"))
    errors = page.locator("#demand-errors li")
    expect(errors).to_have_count(51)
    for line in (0, 49):
        expect(errors.nth(line)).to_contain_text(f"row {line + 2}, column 'lat': found 91")
    expect(errors.last).to_have_text("… and 1,250 more")


@pytest.mark.parametrize(("field", "value"), [("radius", ""), ("radius", "-5"), ("radius", "30000"), ("seconds", "0")])
def test_a_number_that_cannot_be_is_refused_beside_its_field(
    page: Page, server: Server, field: str, value: str
) -> None:
    page.goto(server.url)
    expect(page.locator("#demand option")).not_to_have_count(0)
    page.fill(f"#{field}", value)
    page.click("#start")
    expect(page.locator(f"#{field}-errors li")).to_have_count(1)
    expect(page.locator(f"#{field}")).to_be_focused()
    assert page.url.rstrip("/") == server.url


def test_an_unknown_plan_is_said_to_be_unknown(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/plans/nonesuch")
    expect(page.locator("#plan-head")).to_contain_text("There is no such plan")


def test_a_broken_event_stream_does_not_keep_the_result_back(
    page: Page, server: Server, files: dict[str, Path]
) -> None:
    page.route("**/events", lambda route: route.abort())
    page.goto(server.url)
    start_plan(page, files, radius_km=75)
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", "optimal")
    assert state(map_frame(page), "drawn")["sites"] == server.get(f"/plans/{plan_id(page)}")["sites"]
