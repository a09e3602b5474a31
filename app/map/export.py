"""map.html: the same map in one file that needs no server and no network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from app.map.assets import LEAFLET_JS, STYLE_SHEETS, asset_text, bundled_module
from app.map.basemap import outlines_around
from app.map.document import map_document
from app.map.page import MODULE_TAG, folium_shell
from solver.plan import Plan
from solver.problem import Problem

ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&$`\u2028\u2029"}

MOST_IN_A_FILE = 50_000
"""Points a file may hold: a few megabytes, and a canvas that still answers at once."""

INLINE_SCRIPT = re.compile(r"<script(?: type=\"module\")?>(.*?)</script>", re.DOTALL)


def standalone_map(plan: Plan, problem: Problem, title: str = "", named: Sequence[str] = ()) -> str:
    """The whole map of ``plan`` as one HTML page that works from file:// with the network blocked.

    Of more than MOST_IN_A_FILE points it holds the largest, and says so.

    The page's own policy forbids every request and every script but ours.  Raises MissingAssets when
    the browser assets were never set up.
    """
    document = map_document(plan, problem, title, named, most=MOST_IN_A_FILE)
    island = json_island({"document": document, "outlines": outlines_around(document["bounds"])})
    # User text enters after Folium has rendered: nothing of it is ever seen by a template.
    html = folium_shell({}, document["bounds"])
    html = _replaced(
        html, f'<script src="/static/{LEAFLET_JS}"></script>', f"<script>{asset_text(LEAFLET_JS)}</script>"
    )
    for name in STYLE_SHEETS:
        html = _replaced(html, f'<link rel="stylesheet" href="/static/{name}"/>', f"<style>{_local_css(name)}</style>")
    html = _replaced(html, MODULE_TAG, f'<script type="module">{bundled_module()}</script>')
    html = _replaced(html, "<head>", f"<head>\n{_policy(html)}")
    return _replaced(html, "</main>", f'</main>\n<script id="plan-data" type="application/json">{island}</script>')


def json_island(data: dict[str, Any]) -> str:
    """``data`` as JSON that no HTML parser, template engine or template literal can mistake for its own.

    Braces outside strings are JSON's own; inside strings they become escapes, as do < > & $ ` U+2028/9.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub(r'"(?:[^"\\]|\\.)*"', lambda string: _braces_escaped(string.group()), text).translate(ESCAPED)


def _braces_escaped(string: str) -> str:
    return string.replace("{", "\\u007b").replace("}", "\\u007d")


def _policy(html: str) -> str:
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in INLINE_SCRIPT.findall(html)
    )
    return (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">"
    )


def _local_css(name: str) -> str:
    """Without its pictures: they belong to controls this map does not have."""
    return re.sub(r"url\((?!data:)[^)]*\)", "none", asset_text(name))


def _replaced(html: str, tag: str, replacement: str) -> str:
    if html.count(tag) != 1:
        raise AssertionError(f"the page has {html.count(tag)} of {tag!r}, not one")
    return html.replace(tag, replacement)
