"""The Folium page around a plan's map.

Folium renders what it is given as Jinja and JavaScript: a site's *name* ran code in the server.  So Folium
gets numbers and this module's constants; names travel as data, fetched by the page and written as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import folium
from branca.element import Figure
from jinja2 import Template

from app.map.assets import LEAFLET_JS, MAP_MODULE, OUTLINES, OUTLINES_FOLDER, STYLE_SHEETS

PLAN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
PUBLIC_TILE_HOST = "https://tile.openstreetmap.org"
WORLD = (-170.0, -56.0, 178.0, 75.0)

MODULE_TAG = f'<script type="module" src="/static/{MAP_MODULE}"></script>'

_SHELL = """<!DOCTYPE html>
<html lang="en">
<head>
<title>Sitewright map</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
{{ this.header.render() }}
</head>
<body class="map-page"{% for name, value in this.data.items() %} data-{{ name }}="{{ value | e }}"{% endfor %}>
<main class="map-host" aria-label="Map">
{{ this.html.render() }}
</main>
<aside class="panel" id="panel" aria-label="Plan">
<h1 class="headline" id="headline" aria-live="polite"></h1>
<div class="tabs" id="tabs" role="tablist" aria-label="What a click does" hidden></div>
<div id="panel-fail" role="tabpanel" aria-labelledby="tab-fail">
<section id="drill-head" aria-live="polite" aria-label="Failure drill"></section>
<section id="drill" aria-label="What the failure changes"></section>
<section id="play" aria-label="Every single failure"></section>
<section id="groups" aria-label="A group fails"></section>
</div>
<div id="panel-change" role="tabpanel" aria-labelledby="tab-change" hidden>
<section id="changes" aria-label="Changes"></section>
<section id="candidates" aria-label="Sites and candidates"></section>
</div>
<section aria-labelledby="legend-title"><h2 id="legend-title">On the map</h2>
<ul class="legend" id="legend"></ul></section>
<section id="sites" aria-labelledby="sites-title">
<h2><span id="sites-title">Open sites</span><span id="site-count"></span></h2>
<p class="filter"><label class="visually-hidden" for="site-filter">Find a site by name</label>
<input id="site-filter" type="search" placeholder="Find a site" autocomplete="off"></p>
<ol class="site-list" id="site-list"></ol></section>
</aside>
<script>
{{ this.script.render() }}
window.sitewrightFolium = map_plan;
</script>
{{ this.module_tag }}
</body>
</html>
"""


class _MapFigure(Figure):
    """A Figure whose page names its language, has a panel, and starts our module."""

    _template = Template(_SHELL)

    def __init__(self, data: dict[str, str]) -> None:
        super().__init__()
        self.data = data
        self.module_tag = MODULE_TAG


def plan_map_page(plan_id: str, nonce: str, bounds: Sequence[float] | None = None, public_tiles: bool = False) -> str:
    """The HTML of /plans/{id}/map.  bounds: [west, south, east, north]; raises ValueError for a malformed id.

    Every inline script and style carries ``nonce``; see ``content_security_policy``.
    """
    if not PLAN_ID.fullmatch(plan_id):
        raise ValueError("a plan id has letters, digits, - and _ only")
    data = {
        "plan": plan_id,
        "data-url": f"/api/v1/plans/{plan_id}/map-data",
        "outlines-url": f"/static/{OUTLINES_FOLDER}",
        "outlines": outlines_json(),
        "tiles": "public" if public_tiles else "local",
    }
    return with_nonce(folium_shell(data, bounds, public_tiles), nonce)


def folium_shell(data: dict[str, str], bounds: Sequence[float] | None = None, public_tiles: bool = False) -> str:
    """The page as Folium renders it, linking the files of /static; data: the body's data- attributes."""
    west, south, east, north = (float(degrees) for degrees in bounds or WORLD)
    shell = folium.Map(
        location=((south + north) / 2, (west + east) / 2),
        zoom_start=5,
        tiles=None,
        prefer_canvas=True,
        control_scale=True,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=110,
        min_zoom=1,
        max_zoom=16,
    )
    shell._id = "plan"
    shell.default_js = [("leaflet", f"/static/{LEAFLET_JS}")]
    shell.default_css = [(name, f"/static/{name}") for name in STYLE_SHEETS]
    if public_tiles:
        folium.TileLayer("OpenStreetMap").add_to(shell)
    figure = _MapFigure(data)
    figure.add_child(shell)
    return str(figure.render())


def with_nonce(html: str, nonce: str) -> str:
    """``html`` with the nonce on every inline script and style; only for pages free of user text."""
    if not re.fullmatch(r"[0-9A-Za-z_-]{16,}", nonce):
        raise ValueError("a nonce is at least 16 URL-safe characters")
    return html.replace("<script>", f'<script nonce="{nonce}">').replace("<style>", f'<style nonce="{nonce}">')


def content_security_policy(nonce: str, public_tiles: bool = False) -> str:
    """Our own server only; with public tiles asked for, pictures from the tile host as well."""
    pictures = f" {PUBLIC_TILE_HOST}" if public_tiles else ""
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        f"img-src 'self' data:{pictures}; connect-src 'self'; frame-ancestors 'self'; "
        "base-uri 'none'; form-action 'none'"
    )


def outlines_json() -> str:
    """The basemap's layers and file names, as the page's module expects them."""
    return json.dumps(OUTLINES)
