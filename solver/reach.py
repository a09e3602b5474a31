"""What "within reach" means: a radius, a latency budget, or a table of measured pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from solver.checks import Floats, Texts, freeze_floats, freeze_texts, number_problems, raise_if_any
from solver.errors import BadInput, InputProblem, shown
from solver.latency import FIBRE_FLOOR, LatencyModel

LONGEST_KM = 20_100
"""Nobody is farther away: half the Earth's circumference is 20,015 km."""


@dataclass(frozen=True)
class RadiusReach:
    """A site serves every point at great-circle distance ≤ radius_km (inclusive)."""

    radius_km: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.radius_km) and 0 < self.radius_km <= LONGEST_KM):
            raise BadInput(
                [
                    InputProblem(
                        "a radius above 0 and at most 20100 km (half the Earth's circumference is 20015 km)",
                        column="radius_km",
                        found=shown(self.radius_km),
                    )
                ]
            )


@dataclass(frozen=True)
class LatencyReach:
    """A site serves every point whose round trip to it fits the promise.

    slo_ms: the promise, end to end · spent_ms: what no site can change, by name (access, queueing, inference …) ·
    latency: the network between.  What is left, ``network_ms``, must be enough for some distance.
    """

    slo_ms: float
    spent_ms: Mapping[str, float] = field(default_factory=dict)
    latency: LatencyModel = FIBRE_FLOOR

    def __post_init__(self) -> None:
        object.__setattr__(self, "spent_ms", MappingProxyType(dict(self.spent_ms)))
        terms = {"slo_ms": self.slo_ms, **self.spent_ms}
        raise_if_any(
            [
                InputProblem("a finite number of ms ≥ 0", column=name, found=shown(value))
                for name, value in terms.items()
                if not (np.isfinite(value) and value >= 0)
            ]
        )
        if self.radius_km <= 0:
            spent = ", ".join(f"{name} {value:g} ms" for name, value in self.spent_ms.items() if value > 0)
            needed = self.latency.base_ms + sum(self.spent_ms.values())
            raise BadInput(
                [
                    InputProblem(
                        f"a budget above {needed:g} ms: {spent or 'nothing'} and {self.latency.base_ms:g} ms of the "
                        "network's own leave nothing for distance, so no placement helps",
                        column="slo_ms",
                        found=f"{self.slo_ms:g} ms",
                    )
                ]
            )

    @property
    def network_ms(self) -> float:
        """What is left for the network's round trip."""
        return self.slo_ms - sum(self.spent_ms.values())

    @property
    def radius_km(self) -> float:
        """The distance whose round trip takes ``network_ms``, at most half way round the Earth."""
        return min(float(self.latency.reach_km(self.network_ms)), float(LONGEST_KM))


@dataclass(frozen=True, eq=False)
class PairReach:
    """A site serves the points it is paired with at ``value ≤ limit`` (inclusive).

    A long table: demand_ids, candidate_ids: (t,) str · value: (t,) ≥ 0 in ``unit`` ("km" or "ms") ·
    fallback: what a missing pair takes (in ms, by its distance); None: no pair, no service.
    """

    demand_ids: Texts
    candidate_ids: Texts
    value: Floats
    limit: float
    unit: str = "km"
    fallback: LatencyModel | None = None

    def __post_init__(self) -> None:
        freeze_texts(self, "demand_ids", "candidate_ids")
        freeze_floats(self, "value")
        problems = number_problems(self.value, "value", "pairs", f"a finite number of {self.unit} ≥ 0", 0.0)
        if not np.isfinite(self.limit) or self.limit < 0:
            problems.append(InputProblem(f"a limit of 0 {self.unit} or more", column="limit", found=shown(self.limit)))
        raise_if_any(problems)


Reach = RadiusReach | LatencyReach | PairReach


def pair_problems(reach: PairReach, points: set[str], sites: set[str]) -> list[InputProblem]:
    """Pairs that name unknown ids, or the same pair twice."""
    problems: list[InputProblem] = []
    seen: set[tuple[str, str]] = set()
    for row, pair in enumerate(zip(reach.demand_ids, reach.candidate_ids, strict=True), start=1):
        if pair[0] not in points:
            problems.append(InputProblem("the id of a demand point", "pairs", row, "demand_id", shown(pair[0])))
        if pair[1] not in sites:
            problems.append(InputProblem("the id of a candidate site", "pairs", row, "candidate_id", shown(pair[1])))
        if pair in seen:
            problems.append(InputProblem("one value per pair", "pairs", row, "candidate_id", shown(pair[1])))
        seen.add(pair)
    return problems
