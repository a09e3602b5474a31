"""The failure drill as the API takes and shows it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from app.schemas.common import Column, Ids, Request

IN_KM = "km; null in a plan of measured round trips"
IN_MS = "ms; null in a plan of distances"


class RiskGroup(Request):
    """All open sites whose column has this value."""

    column: Column = Field(description="a column of the candidates: building, utility, carrier")
    value: Annotated[str, Field(min_length=1, max_length=10_000)]


class DrillRequest(Request):
    """Which sites fail: these ids, or one shared-risk group."""

    failed: Ids | None = Field(default=None, min_length=1, description="ids of open sites that fail together")
    group: RiskGroup | None = None
    largest: int | None = Field(
        default=None, ge=0, description="list this many moves, the lost and then the largest; null lists all"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> DrillRequest:
        if (self.failed is None) == (self.group is None):
            raise ValueError('one of {"failed": [site ids]} and {"group": {"column": …, "value": …}}')
        return self


class DrillMove(BaseModel):
    """One demand point that loses its primary site."""

    point_id: str
    name: str
    lat: float
    lon: float
    population: float
    from_site: str
    to_site: str | None = Field(description="null: nobody left in reach")
    from_km: float
    to_km: float | None
    from_rtt_ms: float = Field(description="network round trip by the plan's latency model; light in fibre without one")
    to_rtt_ms: float | None


class TakenOver(BaseModel):
    """An open site that serves people of the failed ones."""

    site: str
    points: int
    population: float
    worst_km: float | None = Field(description=IN_KM)
    worst_rtt_ms: float | None = Field(description=IN_MS)


class DrillView(BaseModel):
    """Who moves where when these sites fail.  The totals count every move, listed or not."""

    failed: list[str]
    points_moved: int
    points_lost: int
    population_moved: float
    population_lost: float
    worst_before_km: float | None = Field(description=IN_KM)
    worst_after_km: float | None
    moved_worst_before_km: float | None = Field(description="of those who move only")
    moved_worst_after_km: float | None
    worst_before_rtt_ms: float | None = Field(description=IN_MS)
    worst_after_rtt_ms: float | None
    moved_worst_before_rtt_ms: float | None = Field(description="of those who move only")
    moved_worst_after_rtt_ms: float | None
    taken_over: list[TakenOver] = Field(description="most people first")
    moves: list[DrillMove]
    moves_omitted: int
