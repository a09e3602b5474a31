"""What the browser tests do and read on the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

HOSTILE_NAME = "{{7*7}}<img src=x onerror=alert(1)>"
MAP_READY = "() => window.sitewrightMap?.ready === true"


def map_frame(page: Page) -> Frame:
    """The map inside the planner page, once it is drawn."""
    page.wait_for_selector("#map iframe")
    element = page.query_selector("#map iframe")
    frame = element.content_frame() if element else None
    assert frame is not None
    return drawn(frame)


def open_map(page: Page, address: str) -> Frame:
    """The map page alone, once it is drawn."""
    page.goto(address)
    return drawn(page.main_frame)


def drawn(frame: Frame) -> Frame:
    frame.wait_for_function(MAP_READY)
    settle(frame)
    return frame


def settle(frame: Frame) -> None:
    """Two animation frames: whatever was asked of the canvas is painted."""
    frame.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def state(frame: Frame, what: str) -> Any:
    """drawn, failed, moves or totals of the map."""
    settle(frame)
    return frame.evaluate(f"() => window.sitewrightMap.{what}")


def pixel_of(frame: Frame, kind: str, identity: str) -> dict[str, float]:
    """Where something is drawn, in the frame's own pixels."""
    position = frame.evaluate("([kind, id]) => window.sitewrightMap.pixelOf(kind, id)", [kind, identity])
    assert isinstance(position, dict)
    return position


def click_site(page: Page, frame: Frame, identity: str) -> None:
    """A real mouse click on an open site."""
    at = pixel_of(frame, "sites", identity)
    left, top = 0.0, 0.0
    if frame != page.main_frame:
        box = frame.frame_element().bounding_box()
        assert box is not None
        left, top = box["x"], box["y"]
    page.mouse.move(left + at["x"], top + at["y"])
    page.mouse.click(left + at["x"], top + at["y"])
    settle(frame)


COLOUR_AT = """({x, y}) => {
  const canvas = document.querySelector(".leaflet-overlay-pane canvas");
  const frame = canvas.getBoundingClientRect();
  const ratio = canvas.width / frame.width;
  return [...canvas.getContext("2d").getImageData((x - frame.left) * ratio, (y - frame.top) * ratio, 1, 1).data];
}"""


def colour_at(frame: Frame, at: dict[str, float]) -> str:
    """The canvas pixel as #rrggbb."""
    red, green, blue, _alpha = frame.evaluate(COLOUR_AT, at)
    return f"#{red:02x}{green:02x}{blue:02x}"


def theme_colour(frame: Frame, name: str) -> str:
    script = "(name) => getComputedStyle(document.documentElement).getPropertyValue(`--map-${name}`).trim()"
    return str(frame.evaluate(script, name))


def start_plan(
    page: Page, files: dict[str, Path] | None = None, radius_km: float | None = None, survive: int | None = None
) -> None:
    """Fills the form as a person would and starts; the page then shows the new plan."""
    for role in ("demand", "candidates") if files else ():
        with page.expect_response("**/api/v1/datasets") as answer:
            page.set_input_files(f"#{role}-file", str(files[role]) if files else "")
        assert answer.value.status == 201
        page.wait_for_function(
            "([role, name]) => document.getElementById(role).selectedOptions[0]?.textContent === name",
            arg=[role, files[role].name if files else ""],
        )
    if radius_km is not None:
        page.fill("#radius", f"{radius_km:g}")
    if survive is not None:
        page.check(f"input[name=survive][value='{survive}']", force=True)
    page.click("#start")
    page.wait_for_url("**/plans/*")


def plan_id(page: Page) -> str:
    return page.url.partition("#")[0].rpartition("/")[2]


def figure(page: Page, name: str) -> str:
    """One number of the plan's summary."""
    return page.inner_text(f"[data-plan='{name}']")
