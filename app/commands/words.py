"""Plans in plain words, for a terminal."""

from __future__ import annotations

from typing import TextIO

from solver.errors import shown
from solver.plan import CoverageGap, Outcome, Plan

GAPS_PRINTED = 20


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


def print_gaps(gaps: tuple[CoverageGap, ...], stream: TextIO) -> None:
    """The first gaps, one line each, and how many more there are."""
    for gap in gaps[:GAPS_PRINTED]:
        enough = f", enough at {gap.smallest_reach:g} km" if gap.smallest_reach is not None else ""
        print(
            f"  gap: {gap.point_id} {shown(gap.name)}, {gap.population:,.0f} people, "
            f"{gap.candidates_in_reach} of {gap.candidates_needed} candidates in reach{enough}",
            file=stream,
        )
    if len(gaps) > GAPS_PRINTED:
        print(f"  … and {len(gaps) - GAPS_PRINTED} more (all of them with --out)", file=stream)
