"""What several commands share: exit codes, arguments, the streams, Ctrl-C."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from solver.errors import BadInput, InputProblem, SolverError, shown

if TYPE_CHECKING:
    from solver.plan import Outcome

Commands = Any
"""What ``add_subparsers`` returns; argparse has no public name for it."""

BAD_INPUT = 2

EXIT_CODES = """exit status:
  0 a usable plan; 2 bad input, one line per problem; 3 infeasible, the gaps named; 4 no plan within the limits"""

FORMATS = "CSV, GeoJSON or GeoParquet"


def exit_code(outcome: Outcome) -> int:
    """The exit status of a command that ends with one plan."""
    return {"optimal": 0, "feasible": 0, "infeasible": 3, "no_plan": 4}[outcome.value]


def reporting_errors(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run a command; what goes wrong on purpose becomes plain lines on stderr and an exit status."""
    try:
        return run(options)
    except BadInput as error:
        for line in error.lines:
            say(f"sitewright: {line}")
        return BAD_INPUT
    except SolverError as error:
        say(f"sitewright: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """``--demand`` and ``--candidates``."""
    parser.add_argument("--demand", type=Path, required=True, metavar="FILE", help=f"demand points ({FORMATS})")
    parser.add_argument("--candidates", type=Path, required=True, metavar="FILE", help=f"candidate sites ({FORMATS})")


def ids(text: str) -> tuple[str, ...]:
    """``a, b,c`` → ("a", "b", "c")."""
    return tuple(identity.strip() for identity in text.split(",") if identity.strip())


def read_plan_file(path: Path) -> dict[str, Any]:
    """The JSON object in a plan file.  Raises BadInput naming the file."""
    try:
        doc = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        problem = InputProblem("a plan.json written by sitewright", path.name, found=shown(str(error)))
        raise BadInput([problem]) from error
    if not isinstance(doc, dict):
        raise BadInput([InputProblem("a plan.json written by sitewright", path.name, found=type(doc).__name__)])
    return doc


def make_folder(folder: Path) -> None:
    """The folder of ``--out``.  Raises BadInput when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = error.strerror or "an error"
        raise BadInput([InputProblem("a folder to write to", str(folder), column="out", found=found)]) from error


def say(line: str) -> None:
    """One line on stderr."""
    print(line, file=sys.stderr, flush=True)


class Interrupt:
    """The first Ctrl-C asks the work to end with the best it has; the second ends the program."""

    def __init__(self) -> None:
        self._asked = False
        self._previous: Any = None

    def asked(self) -> bool:
        return self._asked

    def __enter__(self) -> Interrupt:
        self._previous = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        say("\nstopping with the best plan so far; once more to give up")
