"""``sitewright plan``: read, solve, write."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.problem import add_limits, add_problem, limits_of, read_problem
from app.commands.shared import EXIT_CODES, Commands, Interrupt, exit_code, make_folder, say

if TYPE_CHECKING:
    from solver.plan import Plan
    from solver.problem import Problem


def add_plan(commands: Commands) -> None:
    """Declare ``sitewright plan``."""
    parser = commands.add_parser(
        "plan", help="find the fewest sites", epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_problem(parser)
    add_limits(parser)
    parser.add_argument(
        "--solver", default="HiGHS", metavar="NAME", help="any PuLP solver installed here (default HiGHS)"
    )
    parser.add_argument("--no-polish", action="store_true", help="do not look among equal plans for nearer sites")
    parser.add_argument(
        "--price-of-requirements",
        action="store_true",
        help="also plan without the required sites (again up to --time-limit), and tell what they cost",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write plan.json, GeoJSON files and map.html there")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    parser.set_defaults(run=plan)


def plan(options: argparse.Namespace) -> int:
    """Read, solve, write."""
    from app.commands.words import in_words, print_gaps, print_latency, print_requirements
    from app.console import Console
    from solver.experience import experience
    from solver.plan import Outcome
    from solver.planfile import summary
    from solver.solve import solve
    from solver.studies.requirements import price_of_requirements

    problem, limits = read_problem(options), limits_of(options)
    if options.out:
        make_folder(options.out)
    with Interrupt() as interrupt:
        answer = solve(
            problem,
            limits,
            options.seed,
            options.solver,
            on_progress=Console().progress,
            stop=interrupt.asked,
            polished=not options.no_polish,
        )
        required = None
        if options.price_of_requirements and answer.usable:
            say("without the required sites:")
            required = price_of_requirements(
                answer, problem, limits, options.seed, on_progress=Console().progress, stop=interrupt.asked
            )
    if options.out:
        _write(options, answer, problem)
    latency = experience(answer, problem).summary() if answer.usable else None
    if options.json:
        priced = {} if required is None else {"requirements": asdict(required)}
        print(json.dumps({**summary(answer, problem), "latency": latency, **priced}))
    else:
        print(in_words(answer, problem))
        if required is not None:
            print_requirements(required, problem)
        if latency is not None:
            print_latency(latency)
    if not options.json or answer.outcome == Outcome.INFEASIBLE:
        print_gaps(answer.gaps, sys.stderr if options.json else sys.stdout)
    return exit_code(answer.outcome)


def _write(options: argparse.Namespace, answer: Plan, problem: Problem) -> None:
    from app.credits import credits_for, is_bundled
    from app.exports import export
    from app.large import write_assignments
    from app.map.export import standalone_map
    from solver.planfile import MOST_WRITTEN, plan_to_dict

    folder: Path = options.out
    plan_file = json.dumps(plan_to_dict(answer, problem), indent=1)
    (folder / "plan.json").write_text(plan_file + "\n", encoding="utf-8")
    kinds = [
        *(("sites", "assignments") if answer.usable else ()),
        "gaps",
        *(("unprotected",) if problem.partial else ()),
    ]
    many = len(problem.demand) > MOST_WRITTEN and problem.by_distance
    for kind in kinds:
        if kind == "assignments" and many:
            write_assignments(answer, problem, folder / "assignments.parquet")
        else:
            (folder / f"{kind}.geojson").write_bytes(export(answer, problem, kind, "geojson"))
    if many:
        say(f"note: beyond {MOST_WRITTEN:,} points the assignments are in assignments.parquet")
    named = credits_for(is_bundled(options.demand), is_bundled(options.candidates))
    (folder / "map.html").write_text(standalone_map(answer, problem, named=named), encoding="utf-8")
