"""The planning problem: who must be served, where sites could stand, and what "served" means.

Everything here is validated once, at construction, and frozen afterwards: arrays are read-only and
the rest of the library trusts them.  Ids are the user's own, as strings; array positions never leave
the library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from solver.errors import BadInput, InputProblem, shown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]


class Objective(StrEnum):
    """What a plan minimises: the number of open sites, or their cost in USD."""

    SITES = "sites"
    COST = "cost"


class Uncoverable(StrEnum):
    """What to do about a demand point with fewer than k+1 candidates in reach."""

    FAIL = "fail"
    EXEMPT = "exempt"


class Status(StrEnum):
    """What the planner has already decided about a candidate."""

    CANDIDATE = "candidate"
    REQUIRED = "required"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, eq=False)
class Demand:
    """n demand points.

    ids, names: (n,) str · lat_deg, lon_deg: (n,) WGS 84 degrees · population: (n,) people, ≥ 0.
    Raises BadInput naming the row (counted from 1) and the column.
    """

    ids: Texts
    names: Texts
    lat_deg: Floats
    lon_deg: Floats
    population: Floats

    def __post_init__(self) -> None:
        _freeze_texts(self, "ids", "names")
        _freeze_floats(self, "lat_deg", "lon_deg", "population")
        problems = [*_point_problems(self.ids, self.lat_deg, self.lon_deg, "demand", "demand point")]
        problems += _number_problems(self.population, "population", "demand", "a finite number of people ≥ 0", 0.0)
        _raise_if_any(problems)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Candidates:
    """m candidate sites.

    ids, names: (m,) str · lat_deg, lon_deg: (m,) WGS 84 degrees · cost_usd: (m,) ≥ 0, or None ·
    status: (m,) of ``Status`` values, all "candidate" when not given.
    """

    ids: Texts
    names: Texts
    lat_deg: Floats
    lon_deg: Floats
    cost_usd: Floats | None = None
    status: Texts = field(default_factory=lambda: np.empty(0, dtype=object))

    def __post_init__(self) -> None:
        if len(self.status) == 0 and len(self.ids):
            object.__setattr__(self, "status", np.full(len(self.ids), Status.CANDIDATE.value, dtype=object))
        _freeze_texts(self, "ids", "names", "status")
        _freeze_floats(self, "lat_deg", "lon_deg")
        problems = [*_point_problems(self.ids, self.lat_deg, self.lon_deg, "candidates", "candidate site")]
        if self.cost_usd is not None:
            _freeze_floats(self, "cost_usd")
            problems += _number_problems(self.cost_usd, "cost_usd", "candidates", "a finite cost in USD ≥ 0", 0.0)
        allowed = {status.value for status in Status}
        problems += _row_problems(
            [i for i, status in enumerate(self.status) if status not in allowed],
            self.status,
            "candidates",
            "status",
            "candidate, required or forbidden",
        )
        _raise_if_any(problems)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class RadiusReach:
    """A site serves every point at great-circle distance ≤ radius_km (inclusive)."""

    radius_km: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.radius_km) and 0 < self.radius_km <= 20_100):
            raise BadInput(
                [
                    InputProblem(
                        "a radius above 0 and at most 20100 km (half the Earth's circumference is 20015 km)",
                        column="radius_km",
                        found=shown(self.radius_km),
                    )
                ]
            )


@dataclass(frozen=True, eq=False)
class PairReach:
    """A site serves the points it is paired with at ``value ≤ limit`` (inclusive); no pair, no service.

    A long table: demand_ids, candidate_ids: (t,) str · value: (t,) ≥ 0 in ``unit`` ("km" or "ms").
    """

    demand_ids: Texts
    candidate_ids: Texts
    value: Floats
    limit: float
    unit: str = "km"

    def __post_init__(self) -> None:
        _freeze_texts(self, "demand_ids", "candidate_ids")
        _freeze_floats(self, "value")
        problems = _number_problems(self.value, "value", "pairs", f"a finite number of {self.unit} ≥ 0", 0.0)
        if not np.isfinite(self.limit) or self.limit < 0:
            problems.append(InputProblem(f"a limit of 0 {self.unit} or more", column="limit", found=shown(self.limit)))
        _raise_if_any(problems)


Reach = RadiusReach | PairReach


@dataclass(frozen=True, eq=False)
class Problem:
    """Fewest (or cheapest) open sites so that every point is in reach of ``survive + 1`` of them.

    required, forbidden: candidate ids, in addition to those marked in ``candidates.status``.
    Raises BadInput for unknown ids, an id both required and forbidden, or cost asked without a cost column.
    """

    demand: Demand
    candidates: Candidates
    reach: Reach
    survive: int = 1
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    objective: Objective = Objective.SITES
    uncoverable: Uncoverable = Uncoverable.FAIL

    def __post_init__(self) -> None:
        object.__setattr__(self, "objective", Objective(self.objective))
        object.__setattr__(self, "uncoverable", Uncoverable(self.uncoverable))
        object.__setattr__(self, "required", tuple(dict.fromkeys(self.required)))
        object.__setattr__(self, "forbidden", tuple(dict.fromkeys(self.forbidden)))
        problems: list[InputProblem] = []
        if not 0 <= self.survive <= 9:
            problems.append(
                InputProblem("a number of failures from 0 to 9", column="survive", found=shown(self.survive))
            )
        known = set(self.candidates.ids)
        for name, ids in (("required", self.required), ("forbidden", self.forbidden)):
            problems += [
                InputProblem("the id of a candidate site", column=name, found=shown(i)) for i in ids if i not in known
            ]
        both = sorted(self.required_ids & self.forbidden_ids)
        problems += [
            InputProblem("a site required or forbidden, not both", column="required", found=shown(i)) for i in both
        ]
        if self.objective == Objective.COST and self.candidates.cost_usd is None:
            problems.append(
                InputProblem("a column cost_usd in the candidates, because the objective is cost", column="cost_usd")
            )
        if isinstance(self.reach, PairReach):
            problems += _pair_problems(self.reach, set(self.demand.ids), known)
        _raise_if_any(problems)

    @property
    def sites_needed(self) -> int:
        """How many open sites each point must have in reach: k + 1."""
        return self.survive + 1

    @property
    def required_ids(self) -> frozenset[str]:
        return frozenset(self.required) | self._ids_with(Status.REQUIRED)

    @property
    def forbidden_ids(self) -> frozenset[str]:
        return frozenset(self.forbidden) | self._ids_with(Status.FORBIDDEN)

    @property
    def site_cost(self) -> Floats:
        """(m,) what one open site adds to the objective: USD, or 1 when sites are counted."""
        if self.objective == Objective.COST and self.candidates.cost_usd is not None:
            return self.candidates.cost_usd
        return np.ones(len(self.candidates))

    def _ids_with(self, status: Status) -> frozenset[str]:
        return frozenset(self.candidates.ids[self.candidates.status == status.value])


def texts(values: Iterable[Any]) -> Texts:
    """A read-only object array of str."""
    array = np.array([str(value) for value in values], dtype=object)
    array.flags.writeable = False
    return array


def _freeze_texts(owner: object, *names: str) -> None:
    for name in names:
        object.__setattr__(owner, name, texts(getattr(owner, name)))


def _freeze_floats(owner: object, *names: str) -> None:
    for name in names:
        array = np.array(getattr(owner, name), dtype=np.float64)
        array.flags.writeable = False
        object.__setattr__(owner, name, array)


def _point_problems(ids: Texts, lat_deg: Floats, lon_deg: Floats, file: str, what: str) -> list[InputProblem]:
    if len(ids) == 0:
        return [InputProblem(f"at least one {what}", file=file, found="none")]
    problems: list[InputProblem] = []
    seen: set[str] = set()
    for i, identity in enumerate(ids):
        if not identity:
            problems.append(InputProblem("an id", file=file, row=i + 1, column="id", found="nothing"))
        elif identity in seen:
            problems.append(
                InputProblem("an id that no earlier row has", file=file, row=i + 1, column="id", found=shown(identity))
            )
        seen.add(identity)
    problems += _number_problems(lat_deg, "lat", file, "a latitude from -90 to 90 degrees", -90.0, 90.0)
    problems += _number_problems(lon_deg, "lon", file, "a longitude from -180 to 180 degrees", -180.0, 180.0)
    return problems


def _pair_problems(reach: PairReach, points: set[str], sites: set[str]) -> list[InputProblem]:
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


def _number_problems(
    values: Floats, column: str, file: str, expected: str, low: float, high: float = np.inf
) -> list[InputProblem]:
    good = np.isfinite(values) & (values >= low) & (values <= high)
    return _row_problems(np.flatnonzero(~good), values, file, column, expected, show=lambda v: str(float(v)))


def _row_problems(
    rows: Sequence[int] | Ints,
    values: npt.NDArray[Any],
    file: str,
    column: str,
    expected: str,
    show: Callable[[Any], str] = shown,
) -> list[InputProblem]:
    return [InputProblem(expected, file=file, row=int(i) + 1, column=column, found=show(values[i])) for i in rows]


def _raise_if_any(problems: Sequence[InputProblem]) -> None:
    if problems:
        raise BadInput(problems)
