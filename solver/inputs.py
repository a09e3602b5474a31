"""Who must be served and where sites could stand: the two tables every plan starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from solver.checks import (
    Floats,
    Ints,
    Texts,
    freeze_floats,
    freeze_texts,
    number_problems,
    point_problems,
    raise_if_any,
    row_problems,
    texts,
)
from solver.errors import BadInput, InputProblem, shown

MARKS = {True: ["yes", "true", "x", "1", "y"], False: ["no", "false", "0", "n", ""]}


class Status(StrEnum):
    """What the planner has already decided about a candidate."""

    CANDIDATE = "candidate"
    REQUIRED = "required"
    FORBIDDEN = "forbidden"


UNITS = {"reach_km": "km", "reach_ms": "ms", "power_kw": "kW", "extra_ms": "ms", "most_km": "km"}
"""Of the candidates' optional numbers."""


@dataclass(frozen=True, eq=False)
class Areas:
    """The outlines of n demand areas, by their vertices (of all rings and parts); a point has one vertex.

    Area i's vertices are [indptr[i]:indptr[i+1]] · indptr: (n+1,) · lat_deg, lon_deg: WGS 84 degrees.
    """

    indptr: Ints
    lat_deg: Floats
    lon_deg: Floats

    def __post_init__(self) -> None:
        indptr = np.array(self.indptr, dtype=np.int64)
        indptr.flags.writeable = False
        object.__setattr__(self, "indptr", indptr)
        freeze_floats(self, "lat_deg", "lon_deg")
        problems = number_problems(self.lat_deg, "geometry", "areas", "a latitude from -90 to 90 degrees", -90.0, 90.0)
        problems += number_problems(
            self.lon_deg, "geometry", "areas", "a longitude from -180 to 180 degrees", -180.0, 180.0
        )
        if len(indptr) < 1 or indptr[0] != 0 or np.any(np.diff(indptr) < 1) or indptr[-1] != len(self.lat_deg):
            problems.append(InputProblem("at least one vertex for every demand point", "areas", column="geometry"))
        raise_if_any(problems)

    def __len__(self) -> int:
        return len(self.indptr) - 1


@dataclass(frozen=True, eq=False)
class Demand:
    """n demand points.

    ids, names: (n,) str · lat_deg, lon_deg: (n,) WGS 84 degrees · population: (n,) people, ≥ 0 ·
    areas: the outlines the points stand for, None when they are just points.
    Raises BadInput naming the row (counted from 1) and the column.
    """

    ids: Texts
    names: Texts
    lat_deg: Floats
    lon_deg: Floats
    population: Floats
    areas: Areas | None = None

    def __post_init__(self) -> None:
        freeze_texts(self, "ids", "names")
        freeze_floats(self, "lat_deg", "lon_deg", "population")
        problems = [*point_problems(self.ids, self.lat_deg, self.lon_deg, "demand", "demand point")]
        problems += number_problems(self.population, "population", "demand", "a finite number of people ≥ 0", 0.0)
        if self.areas is not None and len(self.areas) != len(self.ids):
            problems.append(
                InputProblem(f"{len(self.ids)} areas", "demand", column="geometry", found=str(len(self.areas)))
            )
        raise_if_any(problems)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Candidates:
    """m candidate sites.

    ids, names: (m,) str · lat_deg, lon_deg: (m,) WGS 84 degrees · cost_usd: (m,) ≥ 0, or None ·
    status: (m,) of ``Status`` values, all "candidate" when not given · reach_km, reach_ms: (m,) a site's own reach
    as distance or network round trip, nan where the plan's holds · power_kw: (m,) nan where unknown ·
    tier: (m,) "" where unknown · attributes: every further column, (m,) str each, "" where empty.

    What ``promise.screening`` adds: extra_ms: (m,) network round trip beside the route's, most_km: (m,) the farthest a
    site of its tier serves, both for sites without a reach of their own · excluded: (m,) why a site cannot be used,
    "" when it can; such sites are forbidden.
    """

    ids: Texts
    names: Texts
    lat_deg: Floats
    lon_deg: Floats
    cost_usd: Floats | None = None
    status: Texts = field(default_factory=lambda: np.empty(0, dtype=object))
    reach_km: Floats | None = None
    reach_ms: Floats | None = None
    power_kw: Floats | None = None
    tier: Texts | None = None
    attributes: Mapping[str, Texts] = field(default_factory=dict)
    extra_ms: Floats | None = None
    most_km: Floats | None = None
    excluded: Texts | None = None

    def __post_init__(self) -> None:
        if len(self.status) == 0 and len(self.ids):
            object.__setattr__(self, "status", np.full(len(self.ids), Status.CANDIDATE.value, dtype=object))
        freeze_texts(self, "ids", "names", "status")
        freeze_floats(self, "lat_deg", "lon_deg")
        problems = [*point_problems(self.ids, self.lat_deg, self.lon_deg, "candidates", "candidate site")]
        if self.cost_usd is not None:
            freeze_floats(self, "cost_usd")
            problems += number_problems(self.cost_usd, "cost_usd", "candidates", "a finite cost in USD ≥ 0", 0.0)
        for name, unit in UNITS.items():
            problems += self._optional_number_problems(name, unit)
        for name in ("tier", "excluded"):
            if getattr(self, name) is not None:
                freeze_texts(self, name)
        columns = {name: texts(values) for name, values in self.attributes.items()}
        object.__setattr__(self, "attributes", MappingProxyType(columns))
        problems += [
            InputProblem(f"{len(self.ids)} values", "candidates", column=name, found=str(len(values)))
            for name, values in columns.items()
            if len(values) != len(self.ids)
        ]
        allowed = {status.value for status in Status}
        problems += row_problems(
            [i for i, status in enumerate(self.status) if status not in allowed],
            self.status,
            "candidates",
            "status",
            "candidate, required or forbidden",
        )
        raise_if_any(problems)

    def __len__(self) -> int:
        return len(self.ids)

    def marked(self, column: str, wanted_for: str) -> tuple[str, ...]:
        """The ids whose value in a column of ``attributes`` says true, yes, x or 1 (no, false, 0 or nothing: not).

        Raises BadInput for an unknown column, or the rows that say something else; ``wanted_for`` names the setting.
        """
        if column not in self.attributes:
            known = ", ".join(self.attributes) or "there is none beside the usual ones"
            raise BadInput(
                [InputProblem(f"a column of the candidates ({known})", column=wanted_for, found=shown(column))]
            )
        values = np.array([value.strip().lower() for value in self.attributes[column]], dtype=object)
        yes, no = np.isin(values, MARKS[True]), np.isin(values, MARKS[False])
        expected = "yes, true, x or 1; or no, false, 0 or nothing"
        raise_if_any(row_problems(np.flatnonzero(~yes & ~no), values, "candidates", column, expected))
        return tuple(self.ids[yes])

    def _optional_number_problems(self, name: str, unit: str) -> list[InputProblem]:
        """nan says "not given"; what is given must be finite and not negative."""
        if getattr(self, name) is None:
            return []
        freeze_floats(self, name)
        values: Floats = getattr(self, name)
        given = np.where(np.isnan(values), 0.0, values)
        return number_problems(given, name, "candidates", f"a finite number of {unit} ≥ 0, or nothing", 0.0)
