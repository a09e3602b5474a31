"""What "within reach" means: a radius, a latency budget, or a table of measured pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from solver.checks import Floats, Ints, Texts, freeze_floats, number_problems, raise_if_any, texts
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
class Coded:
    """A long column of text with few distinct values: row p holds ``values[code[p]]``.

    values: (u,) distinct str · code: (t,) positions in ``values``.
    """

    values: Texts
    code: npt.NDArray[np.int32]

    @classmethod
    def of(cls, given: Iterable[Any]) -> Coded:
        """Any column of ids."""
        place: dict[str, int] = {}
        code = np.fromiter((place.setdefault(str(value), len(place)) for value in given), dtype=np.int32)
        return cls(texts(place), code)

    def __post_init__(self) -> None:
        self.code.flags.writeable = False

    def __len__(self) -> int:
        return len(self.code)

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    @property
    def texts(self) -> Texts:
        """(t,) the column written out."""
        return self.values[self.code]

    def places(self, ids: Texts) -> Ints:
        """(t,) where each row's value stands in ``ids``, -1 where it does not."""
        place = {identity: i for i, identity in enumerate(ids)}
        return np.array([place.get(value, -1) for value in self.values], dtype=np.int64)[self.code]


@dataclass(frozen=True, eq=False)
class PairReach:
    """A site serves the points it is paired with at ``value ≤ limit`` (inclusive).

    A long table: demand_ids, candidate_ids: (t,) str, kept as ``Coded`` · value: (t,) ≥ 0 in ``unit`` ("km" or "ms") ·
    fallback: what a missing pair takes (in ms, by its distance); None: no pair, no service ·
    file, first_row: where the table came from, for what is wrong with it.
    """

    demand_ids: Coded
    candidate_ids: Coded
    value: Floats
    limit: float
    unit: str = "km"
    fallback: LatencyModel | None = None
    file: str = "pairs"
    first_row: int = 1

    def __post_init__(self) -> None:
        for name in ("demand_ids", "candidate_ids"):
            given = getattr(self, name)
            object.__setattr__(self, name, given if isinstance(given, Coded) else Coded.of(given))
        freeze_floats(self, "value")
        problems = number_problems(self.value, "value", self.file, f"a finite number of {self.unit} ≥ 0", 0.0)
        if not len(self.demand_ids) == len(self.candidate_ids) == len(self.value):
            problems.append(InputProblem("a point, a site and a value for every pair", self.file))
        if not np.isfinite(self.limit) or self.limit < 0:
            problems.append(InputProblem(f"a limit of 0 {self.unit} or more", column="limit", found=shown(self.limit)))
        if self.fallback is not None and self.unit != "ms":
            problems.append(InputProblem("pairs in ms, because missing ones are estimated in ms", column="fallback"))
        raise_if_any(problems)

    @cached_property
    def by_point(self) -> tuple[Ints, Ints]:
        """indptr (u+1,) and pair positions (t,): the pairs of ``demand_ids.values[c]`` are [indptr[c]:indptr[c+1]]."""
        codes = self.demand_ids.code
        indptr = np.zeros(len(self.demand_ids.values) + 1, dtype=np.int64)
        np.cumsum(np.bincount(codes, minlength=len(indptr) - 1), out=indptr[1:])
        return indptr, np.argsort(codes, kind="stable")


Reach = RadiusReach | LatencyReach | PairReach


def pair_problems(reach: PairReach, demand_ids: Texts, candidate_ids: Texts) -> list[InputProblem]:
    """Unknown ids, each where it comes first; and pairs that come twice."""
    points, sites = reach.demand_ids.places(demand_ids), reach.candidate_ids.places(candidate_ids)
    problems = _unknown(reach, reach.demand_ids, points, "demand_id", "the id of a demand point")
    problems += _unknown(reach, reach.candidate_ids, sites, "candidate_id", "the id of a candidate site")
    return problems or [
        InputProblem(
            f"one value per pair; row {first + reach.first_row} has this one too",
            reach.file,
            int(again) + reach.first_row,
            "candidate_id",
            shown(reach.candidate_ids.values[reach.candidate_ids.code[again]]),
        )
        for first, again in repeated(points * len(candidate_ids) + sites)
    ]


def repeated(keys: Ints) -> list[tuple[int, int]]:
    """(first, later) positions of keys that come more than once, by the later one."""
    in_order = np.sort(keys)
    twice = in_order[1:][in_order[1:] == in_order[:-1]]
    if not len(twice):
        return []
    where = np.flatnonzero(np.isin(keys, twice))
    first: dict[int, int] = {}
    return [
        (first[key], int(p))
        for p, key in zip(where, keys[where].tolist(), strict=True)
        if first.setdefault(key, int(p)) != p
    ]


def _unknown(reach: PairReach, ids: Coded, places: Ints, column: str, expected: str) -> list[InputProblem]:
    rows = np.flatnonzero(places < 0)
    codes, first = np.unique(ids.code[rows], return_index=True)
    return [
        InputProblem(expected, reach.file, int(rows[at]) + reach.first_row, column, shown(ids.values[code]))
        for at, code in sorted(zip(first, codes, strict=True))
    ]
