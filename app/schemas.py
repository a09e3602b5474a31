"""Request and response models.  Units stand in every field name."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from solver.problem import Objective, Uncoverable

MAX_RADIUS_KM = 20_100
MAX_SOLVE_SECONDS = 86_400.0
REACH_KINDS = '{"radius_km": a number above 0 and at most 20100}'

Id = Annotated[str, Field(min_length=1, max_length=400)]
Ids = Annotated[list[Id], Field(max_length=200_000)]


class _Request(BaseModel):
    """Unknown fields are refused, numbers are numbers and finite."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class RadiusReachRequest(_Request):
    """Within reach means great-circle distance ≤ radius_km."""

    radius_km: float = Field(gt=0, le=MAX_RADIUS_KM, examples=[100.0])

    @model_validator(mode="before")
    @classmethod
    def _only_radius(cls, value: Any) -> Any:
        if not isinstance(value, dict) or set(value) != {"radius_km"}:
            raise ValueError(f"one kind of reach exists today: {REACH_KINDS}")
        return value


class CoverRequest(_Request):
    """Who must be covered."""

    fraction: float = Field(default=1.0, description="share of the population to protect; only 1.0 today")
    uncoverable: Uncoverable = Field(
        default=Uncoverable.FAIL,
        strict=False,
        description="what to do about points with too few candidates in reach",
    )

    @field_validator("fraction")
    @classmethod
    def _all_of_it(cls, fraction: float) -> float:
        if fraction != 1.0:
            raise ValueError("only 1.0 today: every demand point is protected or stands on the list of gaps")
        return fraction


class LimitsRequest(_Request):
    """When the solver may stop short of a proof."""

    seconds: float = Field(default=60.0, gt=0, le=MAX_SOLVE_SECONDS)
    gap: float = Field(default=0.0, ge=0, lt=1, description="stop at this relative gap between plan and bound")


class PlanRequest(_Request):
    """What to plan.  ``demand`` and ``candidates`` are data set ids, or GeoJSON FeatureCollections."""

    name: str = Field(default="Untitled plan", min_length=1, max_length=200)
    demand: Id | dict[str, Any]
    candidates: Id | dict[str, Any]
    reach: RadiusReachRequest
    survive: int = Field(default=1, ge=0, le=3, description="open sites that may fail at once without losing a user")
    shared_risk: None = Field(default=None, description="not available yet")
    required: Ids = Field(default_factory=list)
    forbidden: Ids = Field(default_factory=list)
    objective: Objective = Field(default=Objective.SITES, strict=False)
    cover: CoverRequest = CoverRequest()
    limits: LimitsRequest = LimitsRequest()
    seed: int = Field(default=0, ge=0, le=2**31 - 1)

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        if "\x00" in name:
            raise ValueError("a name without NUL characters")
        return name

    @field_validator("demand", "candidates", mode="before")
    @classmethod
    def _id_or_collection(cls, value: Any) -> Any:
        if not isinstance(value, str | dict):
            raise ValueError("a data set id, or a GeoJSON FeatureCollection")
        return value


class DrillRequest(_Request):
    """Which sites fail."""

    failed: Ids = Field(min_length=1, description="ids of open sites that fail together")


class DatasetView(BaseModel):
    """One data set."""

    id: str
    name: str
    role: Literal["demand", "candidates"]
    rows: int
    population: float | None = Field(description="sum over the rows; null for candidates")
    bounds: list[float] = Field(description="west, south, east, north in degrees")
    columns: list[str]
    warnings: list[str]
    created_at: str
    links: dict[str, str]


class DatasetPage(BaseModel):
    """One page of data sets."""

    datasets: list[DatasetView]
    next: str | None = Field(description="pass as ?after= for the following page; null on the last one")


class PointsView(BaseModel):
    """One data set as columns, for drawing."""

    ids: list[str]
    names: list[str]
    lon: list[float]
    lat: list[float]
    population: list[float] | None = None
    status: list[str] | None = None
    cost_usd: list[float] | None = None


class GapSummary(BaseModel):
    """How many points, and people, have too few candidates in reach."""

    points: int
    population: float


class PlanView(BaseModel):
    """One plan: its state, and its result once there is one."""

    id: str
    name: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    outcome: Literal["optimal", "feasible", "infeasible", "no_plan"] | None
    sites: int | None
    objective: float | None = Field(description="number of sites, or USD")
    lower_bound: float | None
    certified_lower_bound: float | None
    gap: float | None
    survive: int
    reach_km: float | None
    open_sites: list[str] | None
    gaps: GapSummary | None
    seconds: float | None
    progress: dict[str, Any] | None = Field(description="the last event of the solver")
    error: str | None
    attempts: int
    parent_id: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    request: dict[str, Any]
    links: dict[str, str]


class PlanPage(BaseModel):
    """One page of plans."""

    plans: list[PlanView]
    next: str | None = Field(description="pass as ?after= for the following page; null on the last one")


class DrillMove(BaseModel):
    """One demand point that loses its primary site."""

    point_id: str
    name: str
    population: float
    from_site: str
    to_site: str | None = Field(description="null: nobody left in reach")
    from_km: float
    to_km: float | None
    from_rtt_ms: float = Field(description="light in fibre along the great circle, there and back: a floor")
    to_rtt_ms: float | None


class DrillView(BaseModel):
    """Who moves where when these sites fail."""

    failed: list[str]
    points_moved: int
    points_lost: int
    population_moved: float
    population_lost: float
    worst_before_km: float | None
    worst_after_km: float | None
    moves: list[DrillMove]
