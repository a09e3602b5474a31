"""A real browser on a real service, cut off from every other host."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.pages import HOSTILE_NAME
from tests.servers import ROOT, Server

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PATIENCE_MS = 60_000.0
NORTH = (8.5, 53.0, 10.8, 54.9)
"""west, south, east, north around Hamburg and Kiel: 1,236 places and 41 candidates of the bundled example."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("browser") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        expect.set_options(timeout=PATIENCE_MS)
        yield chromium
        chromium.close()


class Watched:
    """What must not happen on any page: foreign requests, script errors, dialogs."""

    def __init__(self, context: BrowserContext, own: tuple[str, ...]) -> None:
        self.foreign: list[str] = []
        self.errors: list[str] = []
        context.on("request", lambda request: self._request(request.url, own))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("dialog", self._dialog)

    def _request(self, url: str, own: tuple[str, ...]) -> None:
        if not url.startswith((*own, "data:", "blob:", "about:")):
            self.foreign.append(url)

    def _dialog(self, dialog: Any) -> None:
        self.errors.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()

    def check(self) -> None:
        assert self.foreign == []
        assert self.errors == []


@pytest.fixture
def new_page(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """A page in a context of its own, checked when the test ends.

    own: what it may ask instead of the server; also: what it may ask besides.
    """
    opened: list[tuple[BrowserContext, Watched]] = []

    def make(width: int = 1440, height: int = 900, dark: bool = False, own: str = "", also: str = "") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append((context, Watched(context, tuple(filter(None, (own or server.url, also))))))
        return context.new_page()

    yield make
    for context, watched in opened:
        context.close()
        watched.check()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Real places of northern Germany as two CSV files; one candidate must open and has a hostile name."""
    folder = tmp_path_factory.mktemp("files")
    demand = _within(ROOT / "data" / "germany_demand.csv", NORTH)
    candidates = _within(ROOT / "data" / "germany_candidates.csv", NORTH)
    kiel = next(row for row in candidates if row["name"] == "Kiel")
    for row in candidates:
        row["status"] = "required" if row is kiel else "candidate"
    kiel["name"] = HOSTILE_NAME
    bad = [{**row, "lat": "91" if i == 4 else row["lat"]} for i, row in enumerate(demand[:20])]
    return {
        "demand": _write(folder / "north_demand.csv", demand),
        "candidates": _write(folder / "north_candidates.csv", candidates),
        "bad": _write(folder / "bad_demand.csv", bad),
    }


@pytest.fixture(scope="session")
def plan(server: Server, files: dict[str, Path]) -> dict[str, Any]:
    """A finished plan of those files: 60 km, one failure, gaps exempt."""
    body = {
        "name": "North, 60 km",
        "demand": server.upload(files["demand"], "demand"),
        "candidates": server.upload(files["candidates"], "candidates"),
        "reach": {"radius_km": 60.0},
        "survive": 1,
        "cover": {"uncoverable": "exempt"},
        "limits": {"seconds": 20.0},
    }
    return server.finished(server.post("/plans", body)["id"])


def _within(path: Path, box: tuple[float, float, float, float]) -> list[dict[str, str]]:
    west, south, east, north = box
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if west <= float(row["lon"]) <= east and south <= float(row["lat"]) <= north]


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
