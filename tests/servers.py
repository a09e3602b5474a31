"""A real service for tests: its own process, port and home folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0

Found = TypeVar("Found")


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(look: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """The first truthy answer of ``look``; fails naming ``what`` when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.05)


@dataclass
class Server:
    """``python -m app.server`` with worker; ``start`` again on the same home and port after ``kill`` or ``stop``."""

    home: Path
    example: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_path(self) -> Path:
        return self.home.parent / f"{self.home.name}.log"

    def start(self) -> Server:
        """Returns once the service answers /healthz."""
        command = [sys.executable, "-m", "app.server", *([self.example] if self.example else [])]
        environment = {
            **os.environ,
            **self.environment,
            "SITEWRIGHT_HOME": str(self.home),
            "SITEWRIGHT_PORT": str(self.port),
        }
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        eventually(self._answers, START_SECONDS, f"the service; its log:\n{self.log_path.read_text()}")
        return self

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for the whole group when that is not heard."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """kill -9 of web process and worker at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def get(self, path: str) -> Any:
        """The JSON under /api/v1.  Raises for anything but 2xx."""
        return self._json("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return self._json("POST", path, json=body)

    def upload(self, path: Path, role: str) -> str:
        """The id of the data set made from a file."""
        with path.open("rb") as content:
            form = {"role": role, "name": path.name}
            return str(self._json("POST", "/datasets", data=form, files={"file": (path.name, content)})["id"])

    def finished(self, plan_id: str, seconds: float = 90.0) -> dict[str, Any]:
        """The plan once it is done, failed or cancelled."""

        def look() -> dict[str, Any] | None:
            plan: dict[str, Any] = self.get(f"/plans/{plan_id}")
            return plan if plan["state"] in ("done", "failed", "cancelled") else None

        return eventually(look, seconds, f"the end of plan {plan_id}")

    def _json(self, method: str, path: str, **options: Any) -> Any:
        response = httpx.request(method, f"{self.url}/api/v1{path}", timeout=60, **options)
        if not response.is_success:
            raise AssertionError(f"{method} {path} answered {response.status_code}: {response.text[:500]}")
        return response.json()

    def _answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the service ended at once:\n{self.log_path.read_text()}")
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).is_success
        except httpx.TransportError:
            return False
