"""The worker process: takes queued plans into DBOS, runs them, and takes over from dead workers.

DBOS holds what is being executed; the plans table holds what was asked for and what came of it.  The
workflow id is the plan id, so handing a plan over twice changes nothing.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
import time
import uuid

import sqlalchemy as sa
from dbos import DBOS, SetWorkflowID

from app.database import Database, WorkerRow
from app.jobs import lifeline, queue
from app.jobs.runner import Ending, Runner
from app.jobs.sqlite_clock import provide_subsec
from app.settings import Settings, get_settings
from app.storage import Storage

log = logging.getLogger("sitewright.worker")

QUEUE = "plans"
# Pinned: by default DBOS hashes the source, and an upgrade would strand the jobs of the version before.
APPLICATION_VERSION = "1"
DISPATCH_SECONDS = 0.3
DISPATCH_AHEAD = 32
STOP_SECONDS = 4.0
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

_runner: Runner | None = None


# No limit of DBOS's own on recoveries: attempts are counted on the plan, where a planner can read why.
@DBOS.workflow(name="solve_plan", max_recovery_attempts=None)
def solve_plan(plan_id: str) -> None:
    """The durable job: solve, then publish."""
    ending = solve(plan_id)
    if ending is not None:
        publish(plan_id, ending)


@DBOS.step()
def solve(plan_id: str) -> Ending | None:
    """Idempotent: a plan that has ended is left alone, a solved one is not solved again."""
    assert _runner is not None
    try:
        return _runner.run(plan_id)
    except Exception:
        # A step that raises would end the workflow and leave the plan running for ever; a worker that
        # dies hands it on, and the attempt counts.
        log.exception("plan %s: worker gives up", plan_id)
        os._exit(1)


@DBOS.step()
def publish(plan_id: str, ending: Ending) -> None:
    """Idempotent: only the attempt that is still the plan's own changes anything."""
    assert _runner is not None
    try:
        queue.finish(_runner.database, plan_id, ending["attempt"], ending["state"], ending["summary"], ending["error"])
    except Exception:
        log.exception("plan %s: result cannot be published", plan_id)
        os._exit(1)


class Worker:
    """Heartbeat, dispatch and takeover, in the main thread of its process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings)
        self.executor_id = uuid.uuid4().hex
        self.runner = Runner(settings, self.database, Storage(settings), self.executor_id)
        self._handed_over: set[str] = set()
        self._next_heartbeat = 0.0

    def run(self) -> None:
        """Until SIGTERM or SIGINT; solvers are stopped and their plans go back to the queue."""
        global _runner
        _runner = self.runner
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.database.migrate()
        self._heartbeat()
        self._launch_dbos()
        log.info("worker %s takes plans", self.executor_id)
        while not stop.is_set():
            try:
                self._turn()
            except sa.exc.OperationalError as error:
                log.warning("database: %s", error.orig)
            stop.wait(DISPATCH_SECONDS)
        self._leave()

    def _launch_dbos(self) -> None:
        provide_subsec()
        DBOS(
            config={
                "name": "sitewright",
                "system_database_url": self.settings.dbos_url,
                "application_version": APPLICATION_VERSION,
                "executor_id": self.executor_id,
                "console_log_level": "WARNING",
                "log_level": "WARNING",
                "notification_listener_polling_interval_sec": 1.0,
            }
        )
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=self.settings.worker_slots,
            polling_interval_sec=0.25,
            on_conflict="always_update",
        )

    def _turn(self) -> None:
        if time.monotonic() >= self._next_heartbeat:
            self._heartbeat()
            self._take_over()
            self._next_heartbeat = time.monotonic() + self.settings.heartbeat_seconds
        waiting = queue.waiting(self.database, DISPATCH_AHEAD)
        for plan_id in waiting:
            if plan_id not in self._handed_over:
                _hand_over(plan_id)
        self._handed_over = set(waiting)

    def _heartbeat(self) -> None:
        with self.database.session() as session:
            session.merge(
                WorkerRow(
                    executor_id=self.executor_id,
                    machine=lifeline.machine(),
                    pid=os.getpid(),
                    heartbeat_at=time.time(),
                )
            )

    def _take_over(self) -> None:
        """Requeue what dead workers were executing.

        DBOS does it with one conditional update per workflow (still pending, still owned by a dead
        executor): two workers at once change nothing twice, and a cancelled one stays cancelled.
        """
        self._bury_dead_workers()
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        owners = {status.executor_id for status in pending if status.executor_id is not None}
        dead = owners - self._living()
        if dead:
            log.warning("taking over from %d dead worker(s)", len(dead))
            DBOS._recover_pending_workflows(sorted(dead))
        self._check_running()

    def _bury_dead_workers(self) -> None:
        here = lifeline.machine()
        with self.database.session() as session:
            for row in session.scalars(sa.select(WorkerRow)):
                silent = time.time() - row.heartbeat_at > self.settings.dead_after_seconds
                gone = row.machine == here and not lifeline.alive(row.pid)
                if row.executor_id != self.executor_id and (silent or gone):
                    shutil.rmtree(self.settings.scratch_dir / row.executor_id, ignore_errors=True)
                    session.execute(sa.delete(WorkerRow).where(WorkerRow.executor_id == row.executor_id))

    def _living(self) -> set[str]:
        with self.database.session() as session:
            return set(session.scalars(sa.select(WorkerRow.executor_id)))

    def _check_running(self) -> None:
        """A plan must not stay running when its workflow is gone (a lost job database) or has ended badly."""
        for plan_id, attempt in queue.running(self.database):
            status = DBOS.get_workflow_status(plan_id)
            if status is None:
                _hand_over(plan_id)
            elif status.status in ENDED:
                queue.finish(self.database, plan_id, attempt, "failed", None, "The job ended without a result.")

    def _leave(self) -> None:
        """Stop the solvers, then go without letting their workflows end: the next worker resumes them."""
        self.runner.stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        while self.runner.busy and time.monotonic() < deadline:
            time.sleep(0.05)
        with self.database.session() as session:
            session.execute(sa.delete(WorkerRow).where(WorkerRow.executor_id == self.executor_id))
        shutil.rmtree(self.settings.scratch_dir / self.executor_id, ignore_errors=True)
        sys.stderr.flush()
        os._exit(0)


def _hand_over(plan_id: str) -> None:
    with SetWorkflowID(plan_id):
        DBOS.enqueue_workflow(QUEUE, solve_plan, plan_id)


def run(settings: Settings | None = None, log_level: int = logging.INFO) -> None:
    """Run one worker in this process until it is told to stop."""
    logging.basicConfig(level=log_level, format="%(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "dbos"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    Worker(settings or get_settings()).run()


def main(arguments: list[str]) -> None:
    """``python -m app.jobs.worker [PARENT_PID]``: with a parent, the worker dies when its parent does."""
    if arguments:
        lifeline.die_with_parent(int(arguments[0]))
    run(log_level=logging.WARNING if arguments else logging.INFO)


if __name__ == "__main__":
    main(sys.argv[1:])
