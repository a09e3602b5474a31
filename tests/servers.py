"""A real service for tests: its own processes, port and home folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx2 as httpx

from tests.processes import running, until

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """``python -m app.server`` with its worker; ``start`` again on the same home and port after ``kill`` or ``stop``.

    As a context manager it starts, and leaves nothing running.
    """

    def __init__(self, home: Path, **variables: str) -> None:
        self.home = home
        self.port = free_port()
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SITEWRIGHT_HOME": str(home),
            "SITEWRIGHT_PORT": str(self.port),
            **variables,
        }
        self.url = f"http://127.0.0.1:{self.port}"
        key = variables.get("SITEWRIGHT_API_KEY")
        self.http = httpx.Client(base_url=self.url, timeout=60.0, headers={"X-API-Key": key} if key else {})
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def log_path(self) -> Path:
        return self.home / "server.log"

    def start(self) -> Self:
        """Returns once the service answers /healthz."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.server"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        until(lambda: self._answers("/healthz"), START_SECONDS, "the server answers")
        return self

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_for_worker(self) -> None:
        until(lambda: self._answers("/readyz"), START_SECONDS, "a worker is alive")

    def stop(self) -> int:
        """As an administrator would; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """kill -9 of the web process."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        self.http.close()
        if self.process is not None:
            self.stop()

    def pids(self, module: str) -> list[int]:
        """Processes running ``python -m module`` for this service."""
        return running(module, self.home)

    def worker(self) -> int:
        """The worker's pid, as soon as there is one."""
        return until(lambda: self.pids("app.jobs.worker"), 20, "a worker process")[0]

    def solver(self) -> int:
        """The pid of a running solver, as soon as there is one."""
        return until(lambda: self.pids("app.jobs.solve_child"), 30, "a solver process")[0]

    def get(self, path: str) -> Any:
        """The JSON under /api/v1.  Fails for anything but 2xx."""
        return self._json("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return self._json("POST", path, json=body)

    def upload(self, path: Path, role: str) -> str:
        """The id of the data set made from a file."""
        with path.open("rb") as content:
            form = {"role": role, "name": path.name}
            return str(self._json("POST", "/datasets", data=form, files={"file": (path.name, content)})["id"])

    def plan(self, plan_id: str) -> dict[str, Any]:
        plan: dict[str, Any] = self.get(f"/plans/{plan_id}")
        return plan

    def finished(self, plan_id: str, seconds: float = 90.0) -> dict[str, Any]:
        """The plan once it is done, failed or cancelled."""

        def look() -> dict[str, Any] | None:
            plan = self.plan(plan_id)
            return plan if plan["state"] in ("done", "failed", "cancelled") else None

        return until(look, seconds, f"plan {plan_id} ends")

    def _json(self, method: str, path: str, **options: Any) -> Any:
        answer = self.http.request(method, f"/api/v1{path}", **options)
        assert answer.is_success, f"{method} {path} answered {answer.status_code}: {answer.text[:500]}"
        return answer.json()

    def _answers(self, path: str) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended at once:\n{self.log_path.read_text()}"
        try:
            return self.http.get(path).is_success
        except httpx.TransportError:
            return False
