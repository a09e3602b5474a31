"""``sitewright verify``: recheck a plan file against its input files."""

from __future__ import annotations

import argparse

from app.commands.shared import Commands, add_plan_file, read_plan_and_problem


def add_verify(commands: Commands) -> None:
    """Declare ``sitewright verify``."""
    parser = commands.add_parser("verify", help="recheck a plan from raw coordinates")
    add_plan_file(parser)
    parser.set_defaults(run=verify)


def verify(options: argparse.Namespace) -> int:
    """Recheck a plan file against its input files."""
    from app.commands.words import in_words
    from solver.verify import verify as recheck

    answer, problem = read_plan_and_problem(options)
    verdict = recheck(answer, problem)
    for failure in verdict.failures:
        print(f"wrong: {failure}")
    if verdict.ok:
        print(f"holds: {in_words(answer, problem)} ({verdict.points} points against {verdict.sites} open sites)")
    return 0 if verdict.ok else 1
