"""A real server in real processes, and what a test wants to know about them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx2 as httpx

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0

Result = TypeVar("Result")


def until(condition: Callable[[], Result], seconds: float, what: str) -> Result:
    """The first truthy answer of ``condition``; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """``python -m app.server`` on its own home; everything it started is gone when the block ends."""

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
        self.http = httpx.Client(base_url=self.url, timeout=30.0, headers={"X-API-Key": key} if key else {})
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.http.close()
        if self.process is not None:
            self.stop()

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.home / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.server"], env=self.environment, stdout=log, stderr=log
            )
        until(lambda: self._answers("/healthz"), START_SECONDS, "the server answers")

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_for_worker(self) -> None:
        until(lambda: self._answers("/readyz"), START_SECONDS, "a worker is alive")

    def _answers(self, path: str) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.home / "server.log").read_text()
        try:
            return self.http.get(path).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """As an administrator would; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(20)

    def kill(self) -> None:
        """kill -9 of the web process."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def pids(self, module: str) -> list[int]:
        """Processes running ``python -m module`` that have this home, in /proc's own words."""
        return [pid for pid, line in processes() if module in line and str(self.home) in _environ(pid)]

    def worker(self) -> int:
        """The worker's pid, as soon as there is one."""
        return until(lambda: self.pids("app.jobs.worker"), 20, "a worker process")[0]

    def solver(self) -> int:
        """The pid of a running solver, as soon as there is one."""
        return until(lambda: self.pids("app.jobs.solve_child"), 30, "a solver process")[0]

    def plan(self, plan_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"/api/v1/plans/{plan_id}").json()
        return answer

    def wait_for_end(self, plan_id: str, seconds: float = 60.0) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            plan = self.plan(plan_id)
            return plan if plan["state"] in ("done", "failed", "cancelled") else None

        ending = until(ended, seconds, "the plan ends")
        assert ending is not None
        return ending


def processes() -> Iterator[tuple[int, str]]:
    """(pid, command line) of everything alive; zombies have no command line."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if line:
                yield int(folder.name), line


def _environ(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process is frozen inside the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
