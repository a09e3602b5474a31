"""Who may talk to the service."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.errors import Conflict, NotFound
from app.main import create_app
from app.security import add_key, check_address, list_keys, revoke_key
from app.settings import Settings
from tests.servers import Server, free_port

OWN_KEY = "a-key-of-my-own-0123456789"


@pytest.fixture
def public(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", host="0.0.0.0")


@pytest.fixture
def guarded(public: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(public), base_url="http://planner.example") as client:
        yield client


def test_another_address_needs_a_key_first(public: Settings) -> None:
    database = Database(public)
    database.migrate()
    with pytest.raises(Conflict, match=r"0\.0\.0\.0 can be reached from other machines"):
        check_address(public, database)
    add_key(database, "first")
    check_address(public, database)
    revoke_key(database, "first")
    with pytest.raises(Conflict):
        check_address(public, database)
    check_address(Settings(home=public.home, host="0.0.0.0", api_key=OWN_KEY), database)
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.9"):
        check_address(Settings(home=public.home, host=host), database)


def test_the_server_refuses_to_start_without_a_key(tmp_path: Path) -> None:
    server = Server(tmp_path / "home", SITEWRIGHT_HOST="0.0.0.0", SITEWRIGHT_PORT=str(free_port()))
    with pytest.raises(AssertionError, match="SITEWRIGHT_API_KEY"), server:
        pass
    assert server.pids("app.jobs.worker") == []


def test_without_a_key_every_route_is_401(guarded: TestClient) -> None:
    schema = guarded.app.openapi()  # type: ignore[attr-defined]
    calls = [(method, path) for path, methods in schema["paths"].items() for method in methods]
    calls += [
        ("get", path) for path in ("/", "/plans/x", "/plans/x/map", "/static/index.html", "/docs", "/openapi.json")
    ]
    assert len(calls) > 20
    for method, path in calls:
        answer = guarded.request(method, path.replace("{", "").replace("}", ""))
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_opens_in_three_ways_until_it_is_revoked(guarded: TestClient, public: Settings) -> None:
    database = Database(public)
    key = add_key(database, "laptop")
    basic = base64.b64encode(f"me:{key}".encode()).decode()
    for headers in ({"Authorization": f"Bearer {key}"}, {"X-API-Key": key}, {"Authorization": f"Basic {basic}"}):
        assert guarded.get("/healthz", headers=headers).status_code == 200
    revoke_key(database, "laptop")
    with TestClient(create_app(public), base_url="http://planner.example") as client:
        assert client.get("/healthz", headers={"X-API-Key": key}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": ""},
        {"X-API-Key": "sw_" + "A" * 43},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()},
        {"Authorization": "Digest x"},
    ],
)
def test_a_wrong_key_opens_nothing(headers: dict[str, str], guarded: TestClient) -> None:
    assert guarded.get("/healthz", headers=headers).status_code == 401


def test_keys_are_stored_hashed_and_never_shown_again(public: Settings) -> None:
    database = Database(public)
    database.migrate()
    key = add_key(database, "laptop")
    with pytest.raises(Conflict):
        add_key(database, "laptop")
    with pytest.raises(NotFound):
        revoke_key(database, "nobody")
    database.close()
    assert key.encode() not in (public.home / "sitewright.db").read_bytes()
    (info,) = list_keys(Database(public))
    assert info.name == "laptop"
    assert key not in repr(info)


def test_a_key_never_reaches_the_log(tmp_path: Path) -> None:
    with Server(tmp_path / "home", SITEWRIGHT_API_KEY=OWN_KEY) as server:
        assert server.http.get("/api/v1/plans?after=x").status_code == 200
        assert server.http.get("/api/v1/plans", headers={"X-API-Key": OWN_KEY + "x"}).status_code == 401
        server.worker()
        server.stop()
        assert OWN_KEY not in (server.home / "server.log").read_text()


def test_on_loopback_other_hosts_and_pages_of_other_sites_are_refused(client: TestClient) -> None:
    assert client.get("/healthz", headers={"Host": "localhost:8000"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "127.0.0.1"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "[::1]:8000"}).status_code == 200
    for host in ("evil.example", "evil.example:8000", "localhost.evil.example", "", "127.0.0.1.evil.example:80"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 403, host
    for origin in ("http://evil.example", "null", "http://localhost:9999", "http://[", "https://localhost.evil"):
        answer = client.post("/api/v1/plans", json={}, headers={"Origin": origin, "Host": "localhost:8000"})
        assert answer.status_code == 403, origin
    same = {"Origin": "http://localhost:8000", "Host": "localhost:8000"}
    assert client.post("/api/v1/plans", json={}, headers=same).status_code == 422


def test_answers_forbid_scripts_of_others_and_framing(client: TestClient) -> None:
    headers = client.get("/healthz").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
