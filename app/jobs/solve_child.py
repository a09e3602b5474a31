"""One plan or curve, solved in a process of its own: ``python -m app.jobs.solve_child FOLDER PARENT_PID NICENESS``.

Reads job.json in FOLDER; tells progress as JSON lines on stdout; leaves its results and then summary.json.
Exit status: 0 solved, 2 bad input, 3 rejected by the verifier (a reproducer is kept), 1 anything else.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import IO, Any

from app.jobs.lifeline import die_with_parent

SOLVED, CRASHED, BAD_INPUT, REJECTED = 0, 1, 2, 3


def main(folder: Path, parent_pid: int, niceness: int) -> int:
    """Do the job in ``folder``; returns the exit status."""
    die_with_parent(parent_pid)
    os.nice(niceness)
    channel = _private_stdout()
    _tell(channel, event={"phase": "starting", "seconds": 0.0, "incumbent": None, "bound": None, "gap": None})
    from solver.errors import BadInput, VerificationError

    try:
        from app.jobs.tasks import run

        run(folder, lambda event: _tell(channel, event=event))
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
    for name, path in [("demand", job["demand"]), ("candidates", job["candidates"]), *job["matrices"].items()]:
        shutil.copyfile(path, kept / f"{name}.parquet")
    (kept / "request.json").write_text(json.dumps(job["request"], indent=1), encoding="utf-8")
    (kept / "reason.txt").write_text(reason + "\n", encoding="utf-8")
    return kept


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
