"""How far a plan's sites reach, and which of them stand together."""

from __future__ import annotations

import numpy as np

from solver.plan import Plan
from solver.problem import Problem


def reach_limit(problem: Problem) -> float:
    """The longest distance (km, or the pair table's unit) at which anybody can be served."""
    return float(problem.reach_limit.max())


def shared_columns(plan: Plan, problem: Problem) -> dict[str, list[str]]:
    """Columns of the candidates that put open sites into groups: {column: value of each open site}.

    The plan's own shared-risk columns, then every other in which some open sites share a value and not all do.
    """
    attributes = problem.candidates.attributes
    is_open = np.isin(problem.candidates.ids, list(plan.open_sites))
    own = [column for column in problem.shared_risk if column in attributes]
    columns = {column: attributes[column][is_open].tolist() for column in [*own, *attributes]}
    return {
        column: values
        for column, values in columns.items()
        if column in own or 1 < len(set(values) - {""}) < np.count_nonzero(np.array(values, dtype=object) != "")
    }
