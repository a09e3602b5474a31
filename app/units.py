"""What a plan measures reach in: km, or ms where its round trips were measured."""

from __future__ import annotations

from typing import Any

from solver.problem import PairReach, Problem


def reach_unit(problem: Problem) -> str:
    """ "km" or "ms"."""
    return problem.reach.unit if isinstance(problem.reach, PairReach) else "km"


def in_its_unit(problem: Problem, name: str, value: Any, nothing: Any = None) -> dict[str, Any]:
    """A figure in the unit of the reach: ``name_km``, or ``name_rtt_ms``; the other one holds ``nothing``."""
    measured = reach_unit(problem) == "ms"
    return {f"{name}_km": nothing if measured else value, f"{name}_rtt_ms": value if measured else nothing}
