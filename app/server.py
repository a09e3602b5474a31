"""``sitewright serve``: the web process, its worker beside it, and the example plan.

Heavy imports are inside the functions: every process that reads an upload runs this module's top again when
it is the main one.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.database import Database
    from app.datasets import Library
    from app.settings import Settings

log = logging.getLogger("sitewright")

STOP_SECONDS = 6.0
SHUTDOWN_SECONDS = 3
RESTART_PAUSE_SECONDS = (0.5, 1.0, 2.0, 5.0)
STEADY_SECONDS = 30.0
EXAMPLES: dict[str, dict[str, Any]] = {
    "germany": {
        "name": "Germany, 100 km, survives any one failure",
        "demand": "example-germany-demand",
        "candidates": "example-germany-candidates",
        "reach": {"radius_km": 100.0},
        "survive": 1,
        "cover": {"uncoverable": "exempt"},
        "limits": {"seconds": 120.0},
    }
}


class WorkerKeeper(threading.Thread):
    """Keeps one worker process alive.  The worker dies with this thread, so this thread ends last."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True, name="worker-keeper")
        self.settings = settings
        self.stopping = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        failures = 0
        while not self.stopping.is_set():
            started = time.monotonic()
            self.process = self._start()
            while self.process.poll() is None and not self.stopping.is_set():
                self.stopping.wait(0.2)
            if self.stopping.is_set():
                break
            failures = 0 if time.monotonic() - started > STEADY_SECONDS else failures + 1
            pause = RESTART_PAUSE_SECONDS[min(failures, len(RESTART_PAUSE_SECONDS)) - 1] if failures else 0.0
            log.warning("the worker ended (%s); starting another", self.process.returncode)
            self.stopping.wait(pause)
        self._end()

    def stop(self) -> None:
        """Tell the worker to give its plans back and go; wait until it has."""
        self.stopping.set()
        self.join(STOP_SECONDS + 2)

    def _start(self) -> subprocess.Popen[bytes]:
        from app.jobs.runner import child_environment

        environment = {**child_environment(), "SITEWRIGHT_HOME": str(self.settings.home)}
        if self.settings.database_url:
            environment["SITEWRIGHT_DATABASE_URL"] = self.settings.database_url
        environment.pop("SITEWRIGHT_API_KEY", None)
        return subprocess.Popen(
            [sys.executable, "-m", "app.jobs.worker", str(os.getpid())],
            stdin=subprocess.DEVNULL,
            env=environment,
        )

    def _end(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(host: str | None = None, port: int | None = None, example: str | None = None) -> None:
    """Serve until SIGTERM or SIGINT.  ``example`` names a bundled plan to solve ("germany").

    Raises Conflict when the address needs a key and there is none, or is taken.
    """
    import uvicorn

    from app.credits import DATA_DIR
    from app.jobs import reader
    from app.main import create_app
    from app.security import check_address
    from app.settings import Settings

    given = {"host": host, "port": port}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # uvicorn raises the signal again when it has stopped; by default that would end us before the worker.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    application = create_app(settings)
    parts = application.state.service
    check_address(settings, parts.database)
    listener = _listen(settings)
    reader.warm_up()
    parts.library.add_bundled(DATA_DIR)
    keeper = WorkerKeeper(settings)
    keeper.start()
    shown_host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"Sitewright serves http://{shown_host}:{listener.getsockname()[1]}/", file=sys.stderr, flush=True)
    if example is not None:
        _submit_example(parts.database, parts.library, example)
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_keep_alive=15,
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        keeper.stop()


def _listen(settings: Settings) -> socket.socket:
    """Taken before anything is started, so that a second server on the same port ends at once."""
    from app.errors import Conflict

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host.strip("[]"), settings.port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or "the address cannot be used"
        raise Conflict(f"cannot listen on {settings.host} port {settings.port}: {reason}") from None
    # asyncio does this only for sockets that name their protocol; without it every answer but the first on a
    # kept connection waits 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _submit_example(database: Database, library: Library, example: str) -> None:
    """Queue a bundled plan, once per home, and say so when it is done."""
    from app.jobs import queue
    from app.schemas.request import PlanRequest

    request = PlanRequest.model_validate(EXAMPLES[example])
    names = {request.demand, request.candidates}
    if not names <= {row.id for row in library.page(100, None, None)}:
        log.warning("the example data of '%s' is not here; nothing to solve", example)
        return
    row = queue.submit(
        database,
        name=request.name,
        request=request.model_dump(mode="json"),
        request_hash=f"example-{example}-1",
        demand_id=str(request.demand),
        candidates_id=str(request.candidates),
        idempotency_key=f"example-{example}",
    )
    threading.Thread(target=_announce, args=(database, row.id), daemon=True).start()


def _announce(database: Database, plan_id: str) -> None:
    from app.jobs import queue

    row = queue.get(database, plan_id)
    while row.state in queue.ACTIVE:
        time.sleep(0.5)
        row = queue.get(database, plan_id)
    found = f"{row.summary['sites']} sites, {row.outcome}" if row.summary else row.error or row.state
    print(f"Example plan '{row.name}': {found} (/plans/{plan_id})", file=sys.stderr, flush=True)


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def worker() -> None:
    """Run one more worker process, here, until it is told to stop."""
    from app.jobs import worker as jobs

    jobs.run()


def keys_database() -> Database:
    """The database of this home, up to date, for ``sitewright keys``."""
    from app.database import Database
    from app.settings import get_settings

    database = Database(get_settings())
    database.migrate()
    return database


if __name__ == "__main__":
    serve(example=sys.argv[1] if len(sys.argv) > 1 else None)
