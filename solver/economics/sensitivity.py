"""Which inputs matter most: each alone at the ends of its range, the rest as they are."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from solver.economics.inputs import CATALOGUE, Inputs, inputs_with
from solver.economics.judgement import Case, Outcome, judge
from solver.errors import BadInput

METRIC = "edge_to_region_ratio"


@dataclass(frozen=True)
class Swing:
    """One bar of the tornado chart.

    low, high: values of the input · result_low, result_high: cost per million tokens at the edge over that at a
    region, there · outcome_low, outcome_high: the verdict there.
    """

    name: str
    low: float
    high: float
    result_low: float
    result_high: float
    outcome_low: Outcome
    outcome_high: Outcome

    @property
    def swing(self) -> float:
        return abs(self.result_high - self.result_low)


def sensitivity(case: Case, v: Inputs) -> tuple[Swing, ...]:
    """One entry per input that has a range, the widest swing first.  The input's own value widens its range."""
    swings = []
    for entry in CATALOGUE.values():
        low, high = min(entry.low, v[entry.name]), max(entry.high, v[entry.name])
        try:
            at_low = judge(case, inputs_with({entry.name: low}, v))
            at_high = judge(case, inputs_with({entry.name: high}, v))
        except BadInput:  # an end that another override rules out
            continue
        swings.append(
            Swing(
                entry.name,
                low,
                high,
                at_low.costs.edge_to_region_ratio,
                at_high.costs.edge_to_region_ratio,
                at_low.outcome,
                at_high.outcome,
            )
        )
    return tuple(sorted(swings, key=lambda one: -one.swing if isfinite(one.swing) else 0.0))
