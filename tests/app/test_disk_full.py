"""A full disk: clear answers, nothing half stored, and everything works again once there is room."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV, demand_csv, plan_body, submit, upload
from tests.servers import Server

DISK_MB = 24


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        reason = f"a small disk cannot be mounted here: {mounted.stderr.strip()}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"\0" * 4096)
        except OSError:
            return ballast


def test_a_full_disk_is_told_and_survived(small_disk: Path) -> None:
    with Server(small_disk / "home") as server:
        server.wait_for_worker()
        demand = upload(server.http, "demand", DEMAND_CSV)["id"]
        candidates = upload(server.http, "candidates", CANDIDATES_CSV)["id"]
        finished = server.finished(submit(server.http, plan_body(demand, candidates)))
        listed = server.get("/datasets")

        ballast = fill(small_disk)
        refused = server.http.post(
            "/api/v1/datasets", data={"role": "demand"}, files={"file": ("more.csv", demand_csv(40, 40))}
        )
        assert refused.status_code in (503, 507), refused.text
        assert "full" in refused.json()["detail"]
        plan = server.http.post("/api/v1/plans", json=plan_body(demand, candidates, name="no room"))
        assert plan.status_code in (503, 507), plan.text
        assert server.get(f"/plans/{finished['id']}")["sites"] == finished["sites"]
        assert server.http.get(finished["links"]["sites"]).json()["features"]

        ballast.unlink()
        assert server.get("/datasets") == listed
        later = server.finished(submit(server.http, plan_body(demand, candidates, name="room again")))
        assert later["outcome"] == "optimal"
        assert upload(server.http, "demand", demand_csv(40, 40))["rows"] == 1600
        with sqlite3.connect(server.home / "sitewright.db") as database:
            assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        database.close()
