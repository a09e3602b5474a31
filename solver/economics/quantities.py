"""How an input or a result describes itself: unit, formula, source.  The numbers stand in ``inputs.py``."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from math import inf
from typing import Any

ASSUMPTION = "assumption"
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class InputEntry:
    """What a planner is told of one input.

    default: in ``unit`` · low, high: the range its sensitivity is tested over · least, most: what is accepted ·
    source: where the default comes from, beginning with "assumption" where no document gives a figure.
    """

    name: str
    label: str
    group: str
    unit: str
    default: float
    low: float
    high: float
    least: float
    most: float
    source: str

    @property
    def assumed(self) -> bool:
        return self.source.startswith(ASSUMPTION)


@dataclass(frozen=True)
class ResultEntry:
    """What a planner is told of one result; ``formula`` names inputs and other results."""

    name: str
    unit: str
    formula: str

    def uses(self, known: Collection[str]) -> tuple[str, ...]:
        """The known names in the formula, in order, each once."""
        return tuple(dict.fromkeys(name for name in NAME.findall(self.formula) if name in known))


def given(
    label: str,
    default: float,
    unit: str,
    low: float,
    high: float,
    source: str,
    *,
    least: float = 0.0,
    most: float = inf,
) -> Any:
    """A dataclass field for one input."""
    told = {"label": label, "unit": unit, "low": low, "high": high, "least": least, "most": most, "source": source}
    return field(default=default, metadata=told)


def derived(unit: str, formula: str) -> Any:
    """A dataclass field for one result."""
    return field(metadata={"unit": unit, "formula": formula})


def result_entries(kind: type[Any]) -> tuple[ResultEntry, ...]:
    """Every derived field of a dataclass, in order."""
    return tuple(
        ResultEntry(one.name, one.metadata["unit"], one.metadata["formula"])
        for one in fields(kind)
        if "formula" in one.metadata
    )
