"""Runs the solver of one plan as a child process and watches it: progress in, cancellation out."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue as queues
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from sqlalchemy.exc import OperationalError

import app
from app.database import Database, DatasetRow, PlanRow
from app.jobs import queue
from app.planning import PLAN_FILE, SUMMARY_FILE
from app.settings import Settings
from app.storage import Storage, read_json, write_json

log = logging.getLogger("sitewright.worker")

POLL_SECONDS = 0.2
GIVEN_UP = "Given up: the process solving this plan died {times} times (out of memory, killed or crashed)."


class Ending(TypedDict):
    """How an attempt ended; plain JSON, because DBOS stores it."""

    attempt: int
    state: str
    summary: dict[str, Any] | None
    error: str | None


@dataclass
class Runner:
    """One per worker process.  ``stopping`` ends every solver and gives its attempt back."""

    settings: Settings
    database: Database
    storage: Storage
    executor_id: str
    stopping: threading.Event = field(default_factory=threading.Event)
    busy: set[str] = field(default_factory=set)

    def run(self, plan_id: str) -> Ending | None:
        """Solve until the plan has ended; None when somebody else ended it (or took it over)."""
        self.busy.add(plan_id)
        try:
            while True:
                if self.stopping.is_set():
                    self._wait_for_exit(plan_id)
                attempt = queue.begin(self.database, plan_id, self.executor_id)
                if attempt is None:
                    return None
                folder = self.storage.plan_dir(plan_id)
                if (folder / SUMMARY_FILE).exists():
                    return _solved(folder, attempt)
                if attempt > self.settings.max_attempts:
                    return _failed(attempt, GIVEN_UP.format(times=self.settings.max_attempts))
                ending, again = self._attempt(plan_id, folder, attempt)
                if not again:
                    return ending
        finally:
            self.busy.discard(plan_id)

    def _wait_for_exit(self, plan_id: str) -> None:
        """Never return: a step that returned would end the workflow, which the next worker shall resume."""
        self.busy.discard(plan_id)
        threading.Event().wait()

    def _attempt(self, plan_id: str, folder: Path, attempt: int) -> tuple[Ending | None, bool]:
        """(ending, try again?)"""
        self._write_job(plan_id, folder)
        scratch = self.settings.scratch_dir / self.executor_id / f"{plan_id}-{attempt}"
        scratch.mkdir(parents=True, exist_ok=True)
        try:
            with open(folder / "solver.log", "ab") as solver_log:
                child = self._start(folder, scratch, solver_log)
            try:
                told, mine = self._watch(child, plan_id, attempt)
            finally:
                _kill(child)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        if self.stopping.is_set() and mine and child.returncode < 0:
            queue.release(self.database, plan_id, attempt)
            self._wait_for_exit(plan_id)
        if not mine:
            return None, False
        if child.returncode == 0 and (folder / SUMMARY_FILE).exists():
            return _solved(folder, attempt), False
        if child.returncode < 0:
            log.warning("plan %s: solver killed by signal %d", plan_id, -child.returncode)
            return None, True
        return _failed(attempt, told or f"The solver stopped with exit status {child.returncode}."), False

    def _write_job(self, plan_id: str, folder: Path) -> None:
        row = queue.get(self.database, plan_id)
        parent = queue.get(self.database, row.parent_id) if row.parent_id is not None else None
        with self.database.session() as session:
            demand = session.get_one(DatasetRow, row.demand_id)
            candidates = session.get_one(DatasetRow, row.candidates_id)
            named = [plan.request["reach"].get("rtt_matrix") for plan in (row, parent) if plan is not None]
            matrices = [session.get(DatasetRow, matrix) for matrix in named if matrix is not None]
        write_json(
            folder / "job.json",
            {
                "kind": row.kind,
                "request": row.request,
                "demand": str(self.storage.dataset_path(demand.content_hash)),
                "candidates": str(self.storage.dataset_path(candidates.content_hash)),
                "matrices": {m.id: str(self.storage.dataset_path(m.content_hash)) for m in matrices if m is not None},
                "parent": self._told_of(parent) if parent is not None and parent.state == "done" else None,
            },
        )

    def _told_of(self, parent: PlanRow) -> dict[str, Any]:
        return {"request": parent.request, "plan": str(self.storage.plan_dir(parent.id) / PLAN_FILE)}

    def _start(self, folder: Path, scratch: Path, solver_log: Any) -> subprocess.Popen[bytes]:
        arguments = [str(folder), str(os.getpid()), str(self.settings.solver_niceness)]
        return subprocess.Popen(
            [sys.executable, "-m", "app.jobs.solve_child", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=solver_log,
            env={**child_environment(), "TMPDIR": str(scratch)},
            start_new_session=True,
        )

    def _watch(self, child: subprocess.Popen[bytes], plan_id: str, attempt: int) -> tuple[str | None, bool]:
        """Store progress until the child ends or must end; (its last words, is the attempt still ours?)"""
        lines: queues.SimpleQueue[dict[str, Any]] = queues.SimpleQueue()
        listener = threading.Thread(target=_listen, args=(child, lines), daemon=True)
        listener.start()
        failed: str | None = None
        while True:
            ended = child.poll() is not None
            if ended:
                listener.join(timeout=2.0)
            events: list[dict[str, Any]] = []
            while not lines.empty():
                line = lines.get()
                failed = line.get("failed", failed)
                if "event" in line:
                    events.append(line["event"])
            try:
                if events:
                    mine = queue.append_events(self.database, plan_id, attempt, events)
                else:
                    mine = queue.is_mine(self.database, plan_id, attempt)
            except OperationalError as error:
                log.warning("plan %s: %s", plan_id, error.orig)
                mine = True
            if ended or not mine or self.stopping.is_set():
                return failed, mine
            time.sleep(POLL_SECONDS)


def child_environment() -> dict[str, str]:
    """This environment, with our own packages importable from any working directory."""
    root = str(Path(app.__file__).parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}


def _listen(child: subprocess.Popen[bytes], lines: queues.SimpleQueue[dict[str, Any]]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if line.endswith(b"\n"):
            lines.put(json.loads(line))


def _kill(child: subprocess.Popen[bytes]) -> None:
    """The whole process group: a solver may have started helpers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _solved(folder: Path, attempt: int) -> Ending:
    return {"attempt": attempt, "state": "done", "summary": read_json(folder / SUMMARY_FILE), "error": None}


def _failed(attempt: int, reason: str) -> Ending:
    return {"attempt": attempt, "state": "failed", "summary": None, "error": reason}
