"""``sitewright verify``: recheck a plan file against its two input files."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.commands.shared import Commands, add_inputs, read_plan_file


def add_verify(commands: Commands) -> None:
    """Declare ``sitewright verify``."""
    parser = commands.add_parser("verify", help="recheck a plan from raw coordinates")
    parser.add_argument("plan", type=Path, metavar="PLAN.json")
    add_inputs(parser)
    parser.set_defaults(run=verify)


def verify(options: argparse.Namespace) -> int:
    """Recheck a plan file against its two input files."""
    from app.commands.words import in_words
    from solver.geodata import read_candidates, read_demand
    from solver.planfile import candidates_of, plan_from_dict, settings_from_dict
    from solver.problem import Problem
    from solver.verify import verify as recheck

    doc = read_plan_file(options.plan)
    demand, candidates = read_demand(options.demand), read_candidates(options.candidates)
    problem = Problem(demand.data, candidates_of(doc, candidates.data), **settings_from_dict(doc))
    answer = plan_from_dict(doc, problem)
    verdict = recheck(answer, problem)
    for failure in verdict.failures:
        print(f"wrong: {failure}")
    if verdict.ok:
        print(f"holds: {in_words(answer)} ({verdict.points} points against {verdict.sites} open sites)")
    return 0 if verdict.ok else 1
