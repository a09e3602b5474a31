"""What users of a plan experience, as the API shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class SpreadView(BaseModel):
    """A distribution over people; null where nobody is served."""

    served_population: float
    lost_population: float = Field(description="served by nobody")
    late_population: float = Field(description="served, but later than promised")
    mean_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    worst_ms: float | None


class FailureSpreadView(SpreadView):
    """The same while one site is down."""

    failed: str | None = Field(description="id of the site whose failure is the worst")
    moved_population: float = Field(description="people it served")


class PopulationLatency(BaseModel):
    """Before, at everybody's backup, and after the worst single failure."""

    slo_ms: float | None = Field(description="the promise; null without a budget")
    before: SpreadView
    backup: SpreadView
    after: FailureSpreadView


class HistogramView(BaseModel):
    """People per bin; edges_ms has one entry more than the others."""

    edges_ms: list[float]
    before: list[float]
    backup: list[float]
    after: list[float]


class PointsLatency(BaseModel):
    """Every demand point's ms, in the order of the data set; null where nobody serves it."""

    id: list[str]
    primary_ms: list[float | None]
    backup_ms: list[float | None]
    after_ms: list[float | None]


class LatencyView(PopulationLatency):
    """The latency of a plan's population, in ms."""

    kind: Literal["budget", "floor", "measured"] = Field(
        description="budget: end to end; floor: light in fibre; measured: the matrix's round trips"
    )
    fixed_ms: dict[str, float] = Field(
        description="in every figure under a budget, by term: access, queueing, inference"
    )
    base_ms: float | None = Field(description="of the network; null when measured")
    rtt_ms_per_km: float | None = Field(description="of the network; null when measured")
    histogram: HistogramView
    points: PointsLatency | None
