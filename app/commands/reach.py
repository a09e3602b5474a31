"""The arguments that state how far a site reaches: a radius, a promise in ms with its budget, or measured pairs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solver.errors import BadInput, InputProblem

if TYPE_CHECKING:
    from solver.problem import Reach
    from solver.promise.budget import Budget

BUDGET_OPTIONS = {
    "preset": (str, "NAME", "route between users and sites (default well_peered_metro; 'sitewright catalogue' lists)"),
    "base_ms": (float, "MS", "network round trip to a neighbour, instead of the preset's"),
    "route_factor": (float, "F", "route over great-circle length, instead of the preset's"),
    "access": (str, "NAME", "access network, for its default ms ('sitewright catalogue' lists)"),
    "access_ms": (float, "MS", "access network, round trip"),
    "queueing_ms": (float, "MS", "queueing and processing over all hops"),
    "queueing_ms_per_hop": (float, "MS", "the same for one hop; with --hops"),
    "hops": (int, "N", "hops (default 1)"),
    "inference_ms": (float, "MS", "inference until the answer is useful"),
    "ttft_ms": (float, "MS", "its time to first token; with --tokens and --ms-per-token instead of --inference-ms"),
    "tokens": (int, "N", "further tokens that make the answer useful"),
    "ms_per_token": (float, "MS", "time for each of them"),
}
"""Name of the option in ``solver.promise.budget_options`` → type, placeholder, help."""


def add_reach(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """A radius or a promise, one of which must be given if ``required``, and what goes with a promise."""
    kinds = parser.add_mutually_exclusive_group(required=required)
    kinds.add_argument("--radius-km", type=float, metavar="R", help="a site serves points up to R km away")
    add_promise(kinds)
    kinds.add_argument(
        "--rtt-matrix", type=Path, metavar="FILE", help="a site serves points it was measured to answer in time"
    )
    add_budget(parser)
    group = parser.add_argument_group("with --rtt-matrix (CSV or Parquet: demand_id, candidate_id, rtt_ms)")
    group.add_argument("--max-rtt-ms", type=float, metavar="M", help="in time: a round trip of at most M ms")
    group.add_argument(
        "--rtt-fallback", metavar="PRESET", help="route that estimates pairs not measured (default: out of reach)"
    )


def add_promise(parser: Any) -> None:
    """``--slo-ms`` and ``--threshold``."""
    parser.add_argument("--slo-ms", type=float, metavar="S", help="a site serves points whose round trip fits S ms")
    parser.add_argument("--threshold", metavar="NAME", help="the same by name: instant, interactive, real_time")


def add_budget(parser: argparse.ArgumentParser) -> None:
    """What a promise is spent on."""
    group = parser.add_argument_group("with --slo-ms or --threshold")
    for name, (kind, placeholder, text) in BUDGET_OPTIONS.items():
        group.add_argument("--" + name.replace("_", "-"), type=kind, metavar=placeholder, help=text)


def reach_of(options: argparse.Namespace) -> Reach:
    """The reach that the arguments state.  Raises BadInput, with the sentence when a budget leaves nothing."""
    from solver.problem import RadiusReach
    from solver.reading.matrix import fallback_of, read_matrix

    measured = [name for name in ("max_rtt_ms", "rtt_fallback") if getattr(options, name) is not None]
    if measured and options.rtt_matrix is None:
        raise BadInput([InputProblem("--rtt-matrix beside it", column=_flag(name)) for name in measured])
    if options.radius_km is None and options.rtt_matrix is None:
        return budget_of(options).reach()
    given = [name for name in BUDGET_OPTIONS if getattr(options, name) is not None]
    if given:
        raise BadInput([InputProblem("--slo-ms when a budget is given", column=_flag(name)) for name in given])
    if options.rtt_matrix is None:
        return RadiusReach(options.radius_km)
    if options.max_rtt_ms is None:
        raise BadInput([InputProblem("a number of ms with --rtt-matrix", column="--max-rtt-ms", found="none")])
    fallback = fallback_of({"fallback": options.rtt_fallback})
    return read_matrix(options.rtt_matrix).reach(options.max_rtt_ms, fallback)


def budget_of(options: argparse.Namespace) -> Budget:
    """The budget that the arguments state; with a radius and no promise, the promise that the radius keeps."""
    from solver.promise.budget_options import budget_from

    stated = {name: getattr(options, name) for name in ("slo_ms", "threshold", *BUDGET_OPTIONS)}
    return budget_from(stated, options.radius_km)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
