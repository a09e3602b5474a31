"""Economics of a plan, asked and answered.  The inputs themselves stand in ``solver.economics.inputs``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.schemas.budget import ModelRequest
from app.schemas.common import Column, Id, Request

Override = Annotated[float, Field(ge=-1e15, le=1e15)]


class EconomicsRequest(Request):
    """What differs from the defaults.  A tier and a model set inputs; overrides win over both."""

    overrides: dict[Column, Override] = Field(
        default_factory=dict,
        max_length=100,
        description="input name → value",
        examples=[{"users_share": 0.02, "zero_touch": 0}],
    )
    tier: Column | None = Field(default=None, description="a tier of the catalogue: the power its sites have at least")
    model: ModelRequest | None = Field(default=None, description="null: the model the plan was made for, if any")
    regions: Id | None = Field(
        default=None, description="a candidates data set of cloud regions; null: the bundled list"
    )
    redundancy: bool = Field(
        default=True,
        description="compare with the counterpart plan, which is solved once (up to 10 s) and kept with the plan",
    )


class InputView(BaseModel):
    """One input: its value here, its default, the range of its sensitivity, what is accepted, and its source."""

    name: str
    label: str
    group: str
    value: float
    default: float
    unit: str
    low: float
    high: float
    least: float
    most: float | None
    source: str = Field(description="of the default")
    set_by: str | None = Field(description="what changed it: a tier, a model or the planner; null: the default")
    assumption: bool = Field(description="no document gives this figure; the source tells the reason for it")


class InputsView(BaseModel):
    """The catalogue of inputs."""

    inputs: list[InputView]


class DriverView(BaseModel):
    """One driver of the decision."""

    name: str
    score: float = Field(description="-1 favours a region, +1 the edge")
    favours: Literal["edge", "region", "neither"]
    value: float
    unit: str
    sentence: str


class FlipView(BaseModel):
    """What would change a driver, and the verdict then."""

    driver: str
    quantity: str
    unit: str
    now: float
    then: float | None = Field(description="null: no value does")
    outcome: str
    sentence: str


class AntiPatternView(BaseModel):
    """A known mistake."""

    name: str
    raised: bool = Field(description="the plan's numbers show it")
    sentence: str


class VerdictView(BaseModel):
    """The advice and its reasons."""

    outcome: Literal["region", "edge", "edge_at_a_premium", "not_yet"]
    sentence: str
    drivers: list[DriverView]
    flips: list[FlipView]
    antipatterns: list[AntiPatternView]


class SwingView(BaseModel):
    """One bar of the tornado chart: cost per million tokens, edge over region, at the ends of one input's range."""

    name: str
    label: str
    unit: str
    low: float
    high: float
    result_low: float | None
    result_high: float | None
    outcome_low: str
    outcome_high: str
    swing: float | None


class TraceView(BaseModel):
    """One quantity with its formula and what it was computed from."""

    name: str
    kind: Literal["input", "plan", "site", "result"]
    value: float | None = Field(description="null for values per site, which stand in the sites table")
    unit: str
    formula: str
    inputs: list[str]


class PromiseView(BaseModel):
    """The promise and what it leaves for distance."""

    slo_ms: float
    spent_ms: dict[str, float]
    network_ms: float
    base_ms: float
    route_factor: float
    radius_km: float


class EconomicsView(BaseModel):
    """Everything said about the money of one plan."""

    plan_id: str
    promise: PromiseView | None = Field(description="null for a plan by radius or measured pairs")
    plan: dict[str, Any] = Field(
        description="outcome, sites, lower_bound, survive; people: all, served, unprotected, in gaps"
    )
    inputs: list[InputView]
    sites: list[dict[str, Any]] = Field(
        description="one row per open site; trace tells unit and formula of each column"
    )
    totals: dict[str, float | None]
    costs: dict[str, float | None]
    regions: dict[str, Any]
    verdict: VerdictView
    sensitivity: list[SwingView] = Field(description="widest swing first")
    redundancy: dict[str, Any] | None
    redundancy_note: str | None = Field(description="why there is no comparison of redundancies")
    trace: list[TraceView]
