"""What several commands share: exit codes, arguments, the streams, Ctrl-C."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from solver.errors import BadInput, InputProblem, SolverError, shown

if TYPE_CHECKING:
    from solver.geodata import Loaded
    from solver.plan import Outcome, Plan
    from solver.problem import Candidates, Demand, Problem

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
    formats = f"{FORMATS}; or a population raster, GeoTIFF"
    parser.add_argument("--demand", type=Path, required=True, metavar="FILE", help=f"demand points ({formats})")
    parser.add_argument(
        "--cell-km", type=float, metavar="KM", help="with a population raster: sum people into cells of KM by KM"
    )
    parser.add_argument("--candidates", type=Path, required=True, metavar="FILE", help=f"candidate sites ({FORMATS})")


def read_inputs(options: argparse.Namespace) -> tuple[Loaded[Demand], Loaded[Candidates]]:
    """What ``add_inputs`` was given.  Raises BadInput."""
    from solver.geodata import read_candidates, read_demand

    return read_demand(options.demand, cell_km=options.cell_km), read_candidates(options.candidates)


def add_plan_file(parser: argparse.ArgumentParser) -> None:
    """A plan file and the inputs it was made from."""
    parser.add_argument("plan", type=Path, metavar="PLAN.json")
    add_inputs(parser)
    parser.add_argument("--rtt-matrix", type=Path, metavar="FILE", help="the round trips, when it was made from any")


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Inputs of the economics that differ from the defaults."""
    parser.add_argument(
        "--set", action="append", default=[], dest="overrides", metavar="NAME=VALUE", help="change one input"
    )


def read_plan_and_problem(options: argparse.Namespace) -> tuple[Plan, Problem]:
    """What ``add_plan_file`` was given.  Raises BadInput."""
    from solver.planfile import candidates_of, plan_from_dict, settings_from_dict
    from solver.problem import Problem
    from solver.reading.matrix import read_matrix

    doc = read_plan_file(options.plan)
    demand, candidates = read_inputs(options)
    matrix = read_matrix(options.rtt_matrix) if options.rtt_matrix is not None else None
    problem = Problem(demand.data, candidates_of(doc, candidates.data), **settings_from_dict(doc, matrix))
    return plan_from_dict(doc, problem), problem


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


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A file of the user's choice to write to.  Raises BadInput when it cannot be written."""
    try:
        yield path
    except OSError as error:
        found = error.strerror or "an error"
        raise BadInput([InputProblem("a file to write to", str(path), column="out", found=found)]) from error


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
