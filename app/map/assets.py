"""The files behind the map page: where they lie, and how they become one self-contained script."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from app.errors import Unavailable

LEAFLET_JS = "vendor/leaflet/leaflet.js"
LEAFLET_CSS = "vendor/leaflet/leaflet.css"
STYLE_SHEETS = (LEAFLET_CSS, "css/tokens.css", "css/map.css")
MAP_MODULE = "js/map/main.js"
OUTLINES_FOLDER = "vendor/basemap"
OUTLINES = {"land": ("land",), "states": ("us-states", "de-states"), "countries": ("countries",)}
"""Back to front: names of the GeoJSON outlines in each basemap layer."""

IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"(\.[^"]+)";\s*$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(async )?(function|const|class) )", re.MULTILINE)


class MissingAssets(Unavailable):
    """The browser assets were never set up."""


def static_root() -> Path:
    """The folder served at /static; it lies beside ``app`` in a checkout and in an installed wheel alike."""
    return Path(__file__).resolve().parent.parent.parent / "static"


@cache
def asset_text(name: str) -> str:
    """The text of one file under /static.  Raises MissingAssets naming the set-up step when vendor files are absent."""
    path = static_root() / name
    if not path.is_file():
        raise MissingAssets(f"static/{name} is missing: run 'make install', which fetches the browser assets")
    return path.read_text(encoding="utf-8")


@cache
def bundled_module(entry: str = MAP_MODULE) -> str:
    """The module ``entry`` and all it imports as one script, in dependency order.

    Holds for modules that import by name only (``import { a } from "./b.js";``) and share no top-level
    names; a test compares the bundle with this.
    """
    parts: list[str] = []
    visited: set[Path] = set()

    def visit(name: Path) -> None:
        if name in visited:
            return
        visited.add(name)
        source = asset_text(name.as_posix())
        for match in IMPORT.finditer(source):
            visit(_normalised(name.parent / match.group(1)))
        parts.append(EXPORT.sub("", IMPORT.sub("", source)).strip())

    visit(Path(entry))
    return "\n\n".join(parts) + "\n"


def _normalised(path: Path) -> Path:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return Path(*parts)
