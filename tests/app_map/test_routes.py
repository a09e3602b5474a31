"""What the page routes answer, without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("pages"))
    with TestClient(create_app(settings), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("address", ["/", "/plans/anything", "/plans/%7B%7B7*7%7D%7D"])
def test_one_page_serves_the_planner_and_every_plan(client: TestClient, root: Path, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content == (root / "static" / "index.html").read_bytes()
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("address", ["/plans/nonesuch/map", "/plans/%7B%7B7*7%7D%7D/map", "/plans/%00/map"])
def test_the_map_of_an_unknown_plan_is_not_found(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_known_tiles_can_be_asked_for(client: TestClient) -> None:
    assert client.get("/plans/nonesuch/map?tiles=https://example.org").status_code == 422


@pytest.mark.parametrize(
    "path", ["", "js", "nonesuch.js", "..%2fapp/main.py", "%2e%2e/app/main.py", "%00", "%ff", "a" * 5000]
)
def test_static_gives_its_files_and_nothing_else(client: TestClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


def test_scripts_are_revalidated_and_vendor_files_kept(client: TestClient) -> None:
    script = client.get("/static/js/planner.js")
    assert script.headers["cache-control"] == "no-cache"
    again = client.get("/static/js/planner.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304
    assert "max-age" in client.get("/static/vendor/leaflet/leaflet.js").headers["cache-control"]


def test_no_page_of_ours_names_another_host(root: Path) -> None:
    files = [
        *(root / "static" / "js").rglob("*.js"),
        *(root / "static" / "css").glob("*.css"),
        root / "static/index.html",
    ]
    assert len(files) > 20
    for path in files:
        named = re.findall(r"https?://[^\s\"'`]+", path.read_text(encoding="utf-8"))
        assert [address for address in named if not address.startswith("http://www.w3.org/")] == [], path
