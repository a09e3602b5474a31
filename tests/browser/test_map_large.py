"""More points than a canvas can draw: they come as tiles, and the service answers what the map is asked."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import open_map, state
from tests.servers import Server

COPIES = 17
MOVES_DRAWN = 3000


@pytest.fixture(scope="module")
def large(server: Server, files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every place of northern Germany as seventeen, a few hundred metres apart."""
    path = tmp_path_factory.mktemp("large") / "large_demand.csv"
    with files["demand"].open(encoding="utf-8", newline="") as source, path.open("w", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(["id", "name", "lat", "lon", "population"])
        for row in csv.DictReader(source):
            for copy in range(COPIES):
                lat, lon = float(row["lat"]) + 0.003 * (copy % 4), float(row["lon"]) + 0.003 * (copy // 4)
                writer.writerow([f"{row['id']}-{copy}", row["name"], lat, lon, int(row["population"]) + copy])
    body = {
        "name": "Many points",
        "demand": server.upload(path, "demand"),
        "candidates": server.upload(files["candidates"], "candidates"),
        "reach": {"radius_km": 60.0},
        "cover": {"uncoverable": "exempt"},
        "limits": {"seconds": 20.0},
    }
    return server.finished(server.post("/plans", body)["id"])


def test_a_large_plan_is_drawn_as_tiles_and_fails_as_the_api_says(
    page: Page, server: Server, large: dict[str, Any]
) -> None:
    tiles: list[int] = []
    page.on("response", lambda answer: tiles.append(answer.status) if "/tiles/" in answer.url else None)
    frame = open_map(page, f"{server.url}/plans/{large['id']}/map")
    points = 1236 * COPIES
    told = server.get(f"/plans/{large['id']}/tiles.json")
    assert told["points"] == points
    expect(frame.locator("[data-count=demand]")).to_have_text(f"{points:,}")
    frame.wait_for_function("() => window.sitewrightMap.drawn.demand > 3")
    assert set(tiles) == {200}
    assert state(frame, "drawn")["gaps"] == large["gaps"]["points"]

    site = large["open_sites"][0]
    frame.locator(f"button.site[data-site='{site}']").click()
    frame.wait_for_function("() => window.sitewrightMap.moves.length > 0")
    answer = server.post(f"/plans/{large['id']}/drill", {"failed": [site]})
    totals, shown = state(frame, "totals"), state(frame, "drawn")
    assert totals["pointsMoved"] == answer["points_moved"]
    assert totals["populationMoved"] == answer["population_moved"]
    assert totals["populationLost"] == answer["population_lost"]
    assert totals["worstAfter"] == pytest.approx(answer["worst_after_km"])
    assert totals["movedWorstAfter"] == pytest.approx(answer["moved_worst_after_km"])
    assert shown["lines"] + shown["lost"] == min(MOVES_DRAWN, len(answer["moves"]))
    taken = answer["taken_over"][0]
    expect(frame.locator(".receiving tbody tr").first).to_contain_text(f"{taken['worst_km']:.1f}")

    page.keyboard.press("Escape")
    failures = server.get(f"/plans/{large['id']}/failures")["features"]
    frame.click("#play-next")
    expect(frame.locator("#play-position")).to_have_text(f"Failure 1 of {len(failures)}")
    frame.wait_for_function("() => window.sitewrightMap.totals.pointsMoved > 0")
    assert state(frame, "totals")["populationMoved"] == failures[0]["properties"]["population_moved"]
