"""The arguments that state a planning problem, and the Problem they state; for every command that solves."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.commands.reach import add_reach, reach_of
from app.commands.screening import add_screening, screened
from app.commands.shared import add_inputs, ids, read_inputs, say

if TYPE_CHECKING:
    from solver.problem import Candidates, Problem
    from solver.solve import Limits


def add_problem(parser: argparse.ArgumentParser, reach_required: bool = True, survive: bool = True) -> None:
    """Inputs, reach, and what a plan must keep; without ``survive`` the command itself says how many failures."""
    add_inputs(parser)
    add_reach(parser, reach_required)
    add_screening(parser)
    if survive:
        parser.add_argument("--survive", type=int, default=1, metavar="K", help="site failures to survive (default 1)")
    parser.add_argument(
        "--shared-risk",
        type=ids,
        default=(),
        metavar="COLUMNS",
        help="columns of the candidates whose groups fail together: building,carrier,…",
    )
    for name, means in (("required", "open in any case"), ("forbidden", "closed in any case")):
        text = f"sites {means}: id,id,… or the column that marks them (yes, true, x, 1)"
        parser.add_argument(f"--{name}", type=ids, default=(), metavar="IDS|COLUMN", help=text)
    add_goal(parser)
    parser.add_argument(
        "--uncoverable",
        choices=["fail", "exempt"],
        default="fail",
        help="points with too few candidates in reach: refuse the plan (default) or serve them as well as can be",
    )
    parser.add_argument(
        "--demand-as",
        choices=["point", "entire"],
        default="point",
        help="an area is reached when its point is (default), or only when all of it is",
    )


def add_goal(parser: argparse.ArgumentParser) -> None:
    """What is minimised, and how many people may stay without protection."""
    goals = ["sites", "cost", "sites_then_cost", "cost_then_sites", "population"]
    text = "what to minimise (default sites); population: the people left unprotected by what the limits allow"
    parser.add_argument("--objective", choices=goals, default="sites", help=text)
    text = "share of the population to protect (default 1: everybody)"
    parser.add_argument("--cover-fraction", type=float, default=1.0, metavar="F", help=text)
    text = "open at most N sites; with --objective population"
    parser.add_argument("--max-sites", type=int, metavar="N", help=text)
    text = "spend at most USD on sites; with --objective population"
    parser.add_argument("--max-cost-usd", type=float, metavar="USD", help=text)


def add_limits(parser: argparse.ArgumentParser, seconds: float = 60.0) -> None:
    """When a solve may end short of a proof, and what makes it repeatable."""
    parser.add_argument("--time-limit", type=float, default=seconds, metavar="S", help=f"seconds (default {seconds:g})")
    parser.add_argument(
        "--gap", type=float, default=0.0, metavar="G", help="relative gap that is good enough (default 0)"
    )
    parser.add_argument("--seed", type=int, default=0, help="same input and seed, same plan (default 0)")


def read_problem(options: argparse.Namespace) -> Problem:
    """Read both files, tell their warnings, and state the problem.  Raises BadInput."""
    from solver.problem import Objective, Problem, Uncoverable

    demand, candidates = read_inputs(options)
    for warning in (*demand.warnings, *candidates.warnings):
        say(f"note: {warning}")
    required = _chosen(candidates.data, options.required, "required")
    return Problem(
        demand.data,
        screened(options, candidates.data, required),
        reach_of(options),
        survive=options.survive,
        required=required,
        forbidden=_chosen(candidates.data, options.forbidden, "forbidden"),
        objective=Objective(options.objective),
        uncoverable=Uncoverable(options.uncoverable),
        shared_risk=options.shared_risk,
        fraction=options.cover_fraction,
        max_sites=options.max_sites,
        max_cost_usd=options.max_cost_usd,
        entire=options.demand_as == "entire",
    )


def _chosen(candidates: Candidates, given: tuple[str, ...], option: str) -> tuple[str, ...]:
    """The ids as given; or, for one name that is a column and no id, the candidates marked in it."""
    if len(given) == 1 and given[0] in candidates.attributes and given[0] not in set(candidates.ids):
        return candidates.marked(given[0], option)
    return given


def limits_of(options: argparse.Namespace) -> Limits:
    """What ``add_limits`` was given.  Raises BadInput."""
    from solver.solve import Limits

    return Limits(options.time_limit, options.gap)
