"""The arguments that state a planning problem, and the Problem they state; for every command that solves."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.commands.reach import add_reach, reach_of
from app.commands.shared import add_inputs, ids, say

if TYPE_CHECKING:
    from solver.problem import Problem
    from solver.solve import Limits


def add_problem(parser: argparse.ArgumentParser) -> None:
    """Inputs, reach, and what a plan must keep."""
    add_inputs(parser)
    add_reach(parser)
    parser.add_argument("--survive", type=int, default=1, metavar="K", help="site failures to survive (default 1)")
    parser.add_argument(
        "--required", type=ids, default=(), metavar="IDS", help="sites that are open in any case: id,id,…"
    )
    parser.add_argument("--forbidden", type=ids, default=(), metavar="IDS", help="sites that stay closed: id,id,…")
    parser.add_argument(
        "--objective", choices=["sites", "cost"], default="sites", help="what to minimise (default sites)"
    )
    parser.add_argument(
        "--uncoverable",
        choices=["fail", "exempt"],
        default="fail",
        help="points with too few candidates in reach: refuse the plan (default) or serve them as well as can be",
    )


def add_limits(parser: argparse.ArgumentParser, seconds: float = 60.0) -> None:
    """When a solve may end short of a proof, and what makes it repeatable."""
    parser.add_argument("--time-limit", type=float, default=seconds, metavar="S", help=f"seconds (default {seconds:g})")
    parser.add_argument(
        "--gap", type=float, default=0.0, metavar="G", help="relative gap that is good enough (default 0)"
    )
    parser.add_argument("--seed", type=int, default=0, help="same input and seed, same plan (default 0)")


def read_problem(options: argparse.Namespace) -> Problem:
    """Read both files, tell their warnings, and state the problem.  Raises BadInput."""
    from solver.geodata import read_candidates, read_demand
    from solver.problem import Objective, Problem, Uncoverable

    demand, candidates = read_demand(options.demand), read_candidates(options.candidates)
    for warning in (*demand.warnings, *candidates.warnings):
        say(f"note: {warning}")
    return Problem(
        demand.data,
        candidates.data,
        reach_of(options),
        survive=options.survive,
        required=options.required,
        forbidden=options.forbidden,
        objective=Objective(options.objective),
        uncoverable=Uncoverable(options.uncoverable),
    )


def limits_of(options: argparse.Namespace) -> Limits:
    """What ``add_limits`` was given.  Raises BadInput."""
    from solver.solve import Limits

    return Limits(options.time_limit, options.gap)
