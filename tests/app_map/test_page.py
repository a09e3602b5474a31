"""The map page and the stand-alone file: our own constants in the markup, everything else as inert data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.map import assets
from app.map.basemap import outlines_around
from app.map.export import json_island, standalone_map
from app.map.page import content_security_policy, plan_map_page
from solver.plan import Plan
from solver.problem import Problem
from tests.app_map.hostile import HOSTILE_NAME

Drawn = tuple[Plan, Problem]

NONCE = "0123456789abcdefXYZ_-"
TAG = re.compile(r"<(script|style|link)\b([^>]*)>")


def test_the_page_asks_nobody_but_its_own_server() -> None:
    page = plan_map_page("a1B2", NONCE, bounds=[5.9, 47.3, 15.0, 55.1])
    assert re.findall(r"""(?:src|href)=["'](?!/static/|data:,)[^"']*""", page) == []
    assert "http://" not in page
    assert "https://" not in page
    assert "jquery" not in page.lower()
    assert 'data-data-url="/api/v1/plans/a1B2/map-data"' in page


def test_every_inline_script_and_style_carries_the_nonce() -> None:
    page = plan_map_page("a1B2", NONCE)
    inline = [tag for tag in TAG.findall(page) if "src=" not in tag[1] and "href=" not in tag[1]]
    assert len(inline) >= 3
    assert all(f'nonce="{NONCE}"' in attributes for _, attributes in inline)
    assert f"'nonce-{NONCE}'" in content_security_policy(NONCE)


def test_public_tiles_come_only_when_asked_for() -> None:
    page = plan_map_page("a1B2", NONCE, public_tiles=True)
    assert "https://tile.openstreetmap.org/" in page
    assert "https://tile.openstreetmap.org" in content_security_policy(NONCE, public_tiles=True)
    assert "openstreetmap" not in content_security_policy(NONCE)


@pytest.mark.parametrize("plan_id", ["", "{{7*7}}", "a/b", "a b", "<x>", "ä", "x" * 65, "a\n"])
def test_a_malformed_plan_id_never_reaches_the_page(plan_id: str) -> None:
    with pytest.raises(ValueError, match="plan id"):
        plan_map_page(plan_id, NONCE)


@pytest.mark.parametrize("nonce", ["", "short", 'x" onload="alert(1)123'])
def test_a_malformed_nonce_is_refused(nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        plan_map_page("a1B2", nonce)


def test_the_file_holds_user_text_as_data_only(exempt: Drawn) -> None:
    html = standalone_map(*exempt, title=HOSTILE_NAME)
    island = _island(html)
    assert HOSTILE_NAME in island["document"]["sites"]["name"]
    assert island["document"]["title"] == HOSTILE_NAME
    for piece in ("{{7*7}}", "{% raw", "<img", "onerror=alert(1)></script>", "${1}", "&amp;", "\u2028"):
        assert piece not in html.partition('<script id="plan-data"')[2].partition("</script>")[0]
    assert html.count("7*7") == 2


def test_the_file_needs_nothing_from_outside(exempt: Drawn) -> None:
    html = standalone_map(*exempt)
    assert re.findall(r"<(?:script|img|iframe)[^>]*\ssrc=", html) == []
    assert re.findall(r"<link[^>]*stylesheet", html) == []
    assert "default-src 'none'" in html
    for script in re.findall(r"<script(?: type=\"module\")?>(.*?)</script>", html, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in html


def test_the_file_names_whose_data_it_draws(exempt: Drawn, across_the_antimeridian: Drawn) -> None:
    islands = [_island(standalone_map(*exempt, named=["P: Q"])), _island(standalone_map(*across_the_antimeridian))]
    sources = [
        {collection["source"] for collections in island["outlines"].values() for collection in collections}
        for island in islands
    ]
    assert sources == [{"© GeoBasis-DE / BKG 2017, simplified", "Natural Earth"}, {"Natural Earth", "US Census Bureau"}]
    assert [island["document"]["credits"] for island in islands] == [["P: Q"], []]


def test_an_infeasible_plan_and_one_across_the_antimeridian_become_files(
    infeasible: Drawn, across_the_antimeridian: Drawn
) -> None:
    assert len(_island(standalone_map(*infeasible))["document"]["gaps"]["id"]) == len(infeasible[0].gaps)
    outlines = _island(standalone_map(*across_the_antimeridian))["outlines"]
    longitudes = [lon for lon, _ in _positions(outlines["land"])]
    assert min(longitudes) < -165
    assert max(longitudes) > 170


def test_an_island_reads_back_as_what_it_was() -> None:
    data = {"a{b}": ["<&>$`", "\u2028\u2029", 'quote " and \\ and {', {"n": [1, 2.5, None]}]}
    text = json_island(data)
    assert json.loads(text) == data
    assert not set(text) & set("<>&$`\u2028\u2029")
    assert "{{" not in json_island({"x": "{{"})


def test_the_bundle_is_one_script_without_imports_or_clashing_names() -> None:
    bundle = assets.bundled_module()
    assert re.findall(r"^\s*(?:import|export)\b", bundle, re.MULTILINE) == []
    names = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", bundle, re.MULTILINE)
    assert len(names) > 50
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_outlines_are_cut_to_the_surroundings_of_a_plan() -> None:
    outlines = outlines_around([5.9, 47.3, 15.0, 55.1])
    assert len(outlines["land"][0]["features"]) > 0
    assert all(-1 < lon < 23 and 40 < lat < 62 for lon, lat in _positions(outlines["land"]))
    whole = (assets.static_root() / assets.OUTLINES_FOLDER / "land.geojson").stat().st_size
    assert len(json.dumps(outlines)) < whole / 4


def test_without_the_set_up_the_error_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "static_root", lambda: tmp_path)
    assets.asset_text.cache_clear()
    with pytest.raises(assets.MissingAssets, match="make install"):
        assets.asset_text(assets.LEAFLET_JS)


def _island(html: str) -> dict[str, dict[str, Any]]:
    match = re.search(r'<script id="plan-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert match is not None
    island: dict[str, dict[str, Any]] = json.loads(match.group(1))
    return island


def _positions(collections: object) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []

    def walk(node: object) -> None:
        if isinstance(node, list) and len(node) == 2 and all(isinstance(value, int | float) for value in node):
            found.append((node[0], node[1]))
        elif isinstance(node, list):
            for child in node:
                walk(child)

    assert isinstance(collections, list)
    for collection in collections:
        for feature in collection["features"]:
            walk(json.loads(json.dumps(feature["geometry"]["coordinates"])))
    return found
