"""One plan, solved in a process of its own: ``python -m app.jobs.solve_child FOLDER PARENT_PID NICENESS``.

Reads job.json in FOLDER; tells progress as JSON lines on stdout; leaves plan.json and then summary.json.
Exit status: 0 solved, 2 bad input, 3 rejected by the verifier (a reproducer is kept), 1 anything else.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from app.jobs.lifeline import die_with_parent

if TYPE_CHECKING:
    from solver.plan import Progress

SOLVED, CRASHED, BAD_INPUT, REJECTED = 0, 1, 2, 3

LOOK_SECONDS = 0.2


def main(folder: Path, parent_pid: int, niceness: int) -> int:
    """Solve the plan in ``folder``; returns the exit status."""
    die_with_parent(parent_pid)
    os.nice(niceness)
    channel = _private_stdout()
    _tell(channel, event={"phase": "starting", "seconds": 0.0, "incumbent": None, "bound": None, "gap": None})
    from solver.errors import BadInput, VerificationError

    try:
        _solve(folder, channel)
    except BadInput as error:
        _tell(channel, failed=str(error))
        return BAD_INPUT
    except VerificationError as error:
        kept = _keep_reproducer(folder, str(error))
        _tell(
            channel,
            failed=f"The verifier rejected the plan, so it is not shown; reproducer kept in '{kept.name}'.",
        )
        return REJECTED
    except Exception as error:
        traceback.print_exc()
        _tell(channel, failed=f"The solver stopped with an unexpected error ({type(error).__name__}).")
        return CRASHED
    return SOLVED


def _solve(folder: Path, channel: IO[str]) -> None:
    from app.planning import PLAN_FILE, STOP_FILE, SUMMARY_FILE, problem_of
    from app.storage import read_data, read_json, write_json
    from solver.experience import experience
    from solver.planfile import plan_to_dict, summary
    from solver.problem import Candidates, Demand
    from solver.solve import Limits, solve

    job = read_json(folder / "job.json")
    request = job["request"]
    demand = read_data("demand", Path(job["demand"]))
    candidates = read_data("candidates", Path(job["candidates"]))
    assert isinstance(demand, Demand)
    assert isinstance(candidates, Candidates)
    problem = problem_of(request, demand, candidates)
    plan = solve(
        problem,
        limits=Limits(seconds=float(request["limits"]["seconds"]), gap=float(request["limits"]["gap"])),
        seed=int(request["seed"]),
        on_progress=lambda progress: _tell(channel, event=event_of(progress)),
        stop=appears(folder / STOP_FILE),
    )
    write_json(folder / PLAN_FILE, plan_to_dict(plan, problem))
    write_json(
        folder / SUMMARY_FILE,
        {**summary(plan, problem), "latency": experience(plan, problem).summary() if plan.usable else None},
    )


def appears(path: Path) -> Callable[[], bool]:
    """Whether a file is there; the disk is asked five times a second at most, however often the solver asks."""
    there, next_look = False, 0.0

    def look() -> bool:
        nonlocal there, next_look
        now = time.monotonic()
        if not there and now >= next_look:
            there, next_look = path.exists(), now + LOOK_SECONDS
        return there

    return look


def event_of(progress: Progress) -> dict[str, Any]:
    """A Progress as stored and streamed; null where the solver knows nothing yet."""
    return {
        "phase": progress.phase,
        "seconds": _finite(progress.seconds),
        "incumbent": _finite(progress.incumbent),
        "bound": _finite(progress.bound),
        "gap": _finite(progress.gap),
        "note": progress.note,
        "sites": list(progress.sites) if progress.sites is not None else None,
    }


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and abs(value) < float("inf") else None


def _private_stdout() -> IO[str]:
    """Solvers print on file descriptor 1; from here on that is the log, and stdout is ours alone."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _tell(channel: IO[str], **line: Any) -> None:
    channel.write(json.dumps(line) + "\n")
    channel.flush()


def _keep_reproducer(folder: Path, reason: str) -> Path:
    """Inputs, request and reason in one folder that anybody can run again."""
    kept = folder / "reproducer"
    kept.mkdir(exist_ok=True)
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    shutil.copyfile(job["demand"], kept / "demand.parquet")
    shutil.copyfile(job["candidates"], kept / "candidates.parquet")
    (kept / "request.json").write_text(json.dumps(job["request"], indent=1), encoding="utf-8")
    (kept / "reason.txt").write_text(reason + "\n", encoding="utf-8")
    return kept


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
