"""What the commands of ``sitewright`` do."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from app.console import Console
from app.credits import credits_for, is_bundled
from solver.errors import BadInput, InputProblem, SolverError, shown
from solver.geodata import read_candidates, read_demand
from solver.plan import CoverageGap, Outcome, Plan
from solver.planfile import plan_from_dict, plan_to_dict, settings_from_dict, summary
from solver.problem import Objective, Problem, RadiusReach, Uncoverable
from solver.solve import Limits, solve
from solver.verify import verify as recheck

BAD_INPUT = 2
EXIT_CODE = {Outcome.OPTIMAL: 0, Outcome.FEASIBLE: 0, Outcome.INFEASIBLE: 3, Outcome.NO_PLAN: 4}
GAPS_PRINTED = 20


def reporting_errors(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run a command; what goes wrong on purpose becomes plain lines on stderr and an exit status."""
    try:
        return run(options)
    except BadInput as error:
        for line in error.lines:
            _say(f"sitewright: {line}")
        return BAD_INPUT
    except SolverError as error:
        _say(f"sitewright: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def plan(options: argparse.Namespace) -> int:
    """Read, solve, write."""
    demand, candidates = read_demand(options.demand), read_candidates(options.candidates)
    for warning in (*demand.warnings, *candidates.warnings):
        _say(f"note: {warning}")
    problem = Problem(
        demand.data,
        candidates.data,
        RadiusReach(options.radius_km),
        survive=options.survive,
        required=options.required,
        forbidden=options.forbidden,
        objective=Objective(options.objective),
        uncoverable=Uncoverable(options.uncoverable),
    )
    limits = Limits(options.time_limit, options.gap)
    if options.out:
        _make_folder(options.out)
    with _Interrupt() as interrupt:
        answer = solve(
            problem,
            limits,
            options.seed,
            options.solver,
            on_progress=Console().progress,
            stop=interrupt.asked,
            polished=not options.no_polish,
        )
    if options.out:
        named = credits_for(is_bundled(options.demand), is_bundled(options.candidates))
        _write(options.out, answer, problem, named)
    if options.json:
        print(json.dumps(summary(answer, problem)))
    else:
        print(in_words(answer))
    if not options.json or answer.outcome == Outcome.INFEASIBLE:
        _print_gaps(answer.gaps, sys.stderr if options.json else sys.stdout)
    return EXIT_CODE[answer.outcome]


def verify(options: argparse.Namespace) -> int:
    """Recheck a plan file against its two input files."""
    try:
        doc = json.loads(options.plan.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        problem = InputProblem("a plan.json written by sitewright", options.plan.name, found=shown(str(error)))
        raise BadInput([problem]) from error
    demand, candidates = read_demand(options.demand), read_candidates(options.candidates)
    problem_stated = Problem(demand.data, candidates.data, **settings_from_dict(doc))
    answer = plan_from_dict(doc, problem_stated)
    verdict = recheck(answer, problem_stated)
    for failure in verdict.failures:
        print(f"wrong: {failure}")
    if verdict.ok:
        print(f"holds: {in_words(answer)} ({verdict.points} points against {verdict.sites} open sites)")
    return 0 if verdict.ok else 1


def serve(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from app.errors import Conflict
    from app.server import serve as run

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(options.host, options.port, options.example)
    except Conflict as error:
        _say(f"sitewright: {error}")
        return BAD_INPUT
    return 0


def worker(options: argparse.Namespace) -> int:
    """Run one more worker until told to stop."""
    from app.server import worker as run

    run()
    return 0


def keys(options: argparse.Namespace) -> int:
    """Add, list or revoke API keys."""
    from app import security
    from app.server import keys_database

    database = keys_database()
    if options.action == "add":
        print(security.add_key(database, options.name))
        _say("this key is shown only now; the service keeps a hash of it")
    elif options.action == "revoke":
        security.revoke_key(database, options.name)
    else:
        for key in security.list_keys(database):
            print(key)
    return 0


def in_words(answer: Plan) -> str:
    """One honest sentence: "optimal" only when it is proven."""
    if answer.outcome == Outcome.INFEASIBLE:
        people = sum(gap.population for gap in answer.gaps)
        return f"infeasible: {len(answer.gaps)} points ({people:,.0f} people) have too few candidates in reach"
    if answer.outcome == Outcome.NO_PLAN:
        return "no plan within the limits"
    gaps = f"; {len(answer.gaps)} coverage gaps exempted" if answer.gaps else ""
    size = f"{answer.sites} sites"
    if answer.objective != answer.sites:
        size += f" for {answer.objective:,.0f} USD"
    if answer.proved:
        return f"{size}, proven optimal{gaps}; {answer.seconds:.1f} s"
    honest = f"feasible: no plan can be below {answer.lower_bound:g} (gap {answer.gap:.1%})"
    return f"{size}, {honest}{gaps}; {answer.seconds:.1f} s"


class _Interrupt:
    """The first Ctrl-C asks the solve to end with its best plan; the second ends the program."""

    def __init__(self) -> None:
        self._asked = False
        self._previous: Any = None

    def asked(self) -> bool:
        return self._asked

    def __enter__(self) -> _Interrupt:
        self._previous = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        _say("\nstopping with the best plan so far; once more to give up")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = error.strerror or "an error"
        raise BadInput([InputProblem("a folder to write to", str(folder), column="out", found=found)]) from error


def _write(folder: Path, answer: Plan, problem: Problem, named: tuple[str, ...]) -> None:
    from app.exports import export
    from app.map.export import standalone_map

    plan_file = json.dumps(plan_to_dict(answer, problem), indent=1)
    (folder / "plan.json").write_text(plan_file + "\n", encoding="utf-8")
    kinds = ("sites", "assignments", "gaps") if answer.usable else ("gaps",)
    for kind in kinds:
        (folder / f"{kind}.geojson").write_bytes(export(answer, problem, kind, "geojson"))
    (folder / "map.html").write_text(standalone_map(answer, problem, named=named), encoding="utf-8")


def _print_gaps(gaps: tuple[CoverageGap, ...], stream: Any) -> None:
    for gap in gaps[:GAPS_PRINTED]:
        enough = f", enough at {gap.smallest_reach:g} km" if gap.smallest_reach is not None else ""
        print(
            f"  gap: {gap.point_id} {shown(gap.name)}, {gap.population:,.0f} people, "
            f"{gap.candidates_in_reach} of {gap.candidates_needed} candidates in reach{enough}",
            file=stream,
        )
    if len(gaps) > GAPS_PRINTED:
        print(f"  … and {len(gaps) - GAPS_PRINTED} more (all of them with --out)", file=stream)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
