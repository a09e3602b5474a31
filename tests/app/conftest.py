"""Two ways to the service: in this process without a worker, and as real processes on a free port."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV, finished_plan, upload
from tests.servers import Server


def _settings(home: Path) -> Settings:
    return Settings(home=home, upload_limit_mb=4, body_limit_mb=2, row_limit=5000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return _settings(tmp_path / "home")


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://localhost:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def stocked_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    home = tmp_path_factory.mktemp("stocked") / "home"
    with TestClient(create_app(_settings(home)), base_url="http://localhost:8000") as client:
        return home, _upload_both(client)


@pytest.fixture
def inputs(settings: Settings, stocked_home: tuple[Path, dict[str, str]]) -> dict[str, str]:
    """Ids of a small demand and a small candidates data set, on a home of this test's own.

    Ask for it before ``client``: it must be there when the service starts.
    """
    home, ids = stocked_home
    shutil.copytree(home, settings.home)
    return ids


def _upload_both(client: TestClient) -> dict[str, str]:
    return {
        "demand": upload(client, "demand", DEMAND_CSV)["id"],
        "candidates": upload(client, "candidates", CANDIDATES_CSV)["id"],
    }


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One service for all tests of a module that leave nothing behind."""
    settings = Settings(home=tmp_path_factory.mktemp("shared") / "home", body_limit_mb=2)
    with TestClient(create_app(settings), base_url="http://localhost:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def shared_inputs(shared: TestClient) -> dict[str, str]:
    return _upload_both(shared)


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    quick = {"SITEWRIGHT_HEARTBEAT_SECONDS": "0.5", "SITEWRIGHT_DEAD_AFTER_SECONDS": "4"}
    with Server(tmp_path_factory.mktemp("mortal") / "home", **quick) as server:
        yield server


@pytest.fixture
def server(mortal: Server) -> Server:
    """A running service that the test may kill; the next test finds it running again, on the same home."""
    if not mortal.runs():
        mortal.start()
    mortal.wait_for_worker()
    return mortal


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running service shared by the tests that only read from it."""
    with Server(tmp_path_factory.mktemp("live") / "home", SITEWRIGHT_BODY_PAUSE_SECONDS="2") as server:
        yield server


@pytest.fixture(scope="session")
def done(live: Server) -> dict[str, object]:
    """A finished plan on ``live`` over the small sample, hostile names included."""
    return finished_plan(live)
