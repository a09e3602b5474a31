"""Budgets and the catalogue, asked and answered.  The figures themselves stand in ``solver.catalogue``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.schemas.common import Column, Id, Request

MAX_MS = 100_000.0
MAX_KM = 20_100.0

Ms = Annotated[float, Field(ge=0, le=MAX_MS)]


class BudgetFields(Request):
    """What a promise is spent on, and the network between users and sites; everything has a default."""

    preset: Column | None = Field(default=None, description="a route of the catalogue; base_ms and route_factor win")
    access: Column | None = Field(default=None, description="an access network of the catalogue; access_ms wins")
    access_ms: Ms | None = None
    queueing_ms: Ms | None = Field(default=None, description="queueing and processing, over all hops")
    queueing_ms_per_hop: Ms | None = Field(default=None, description="instead of queueing_ms, times hops")
    hops: int | None = Field(default=None, ge=1, le=1000)
    inference_ms: Ms | None = Field(default=None, description="until the answer is useful")
    ttft_ms: Ms | None = Field(default=None, description="time to first token; with tokens and ms_per_token")
    tokens: int | None = Field(default=None, ge=0, le=1_000_000, description="further tokens that make it useful")
    ms_per_token: Ms | None = None
    base_ms: Ms | None = Field(default=None, description="network round trip to a neighbour")
    route_factor: float | None = Field(default=None, gt=0, le=100, description="route over great-circle length")

    def stated(self) -> dict[str, Any]:
        """The options of ``solver.promise.budget_options.budget_from`` that were given."""
        return self.model_dump(exclude_none=True, exclude={"radius_km"})


class BudgetRequest(BudgetFields):
    """A promise, by figure or by name, to be turned into km; or a radius, to be turned into a promise."""

    slo_ms: float | None = Field(default=None, gt=0, le=MAX_MS, examples=[30.0], description="promised end to end")
    threshold: Column | None = Field(default=None, description="a threshold of the catalogue, instead of slo_ms")
    radius_km: float | None = Field(default=None, gt=0, le=MAX_KM, description="what promise does it keep?")


class TermView(BaseModel):
    """One step of the waterfall."""

    name: str = Field(description="slo, access, queueing, inference (or ttft and decode), base, distance")
    label: str
    ms: float = Field(description="what the step takes")
    left_ms: float = Field(description="what it leaves of the promise; negative once more is spent than promised")
    source: str


class RefusalView(BaseModel):
    """Why no distance is left, and what would leave some."""

    sentence: str
    over_ms: float = Field(description="what the fixed terms, the network's base included, take beyond the promise")
    inference_over_ms: float | None = Field(description="what inference alone takes beyond the promise")
    inference_below_ms: float | None = Field(description="inference that would fit; null when none would")
    ms_per_token_below: float | None = Field(description="with the same TTFT and tokens")


class ThresholdView(BaseModel):
    """Whether the promise is as good as this threshold."""

    name: str
    label: str
    slo_ms: float
    met: bool


class RadiusView(BaseModel):
    """What the radius asked about means."""

    radius_km: float
    slo_ms: float = Field(description="the promise that users this far away can be given")
    kept: bool = Field(description="whether that is within slo_ms of the budget")


class BudgetView(BaseModel):
    """A budget taken apart."""

    slo_ms: float
    spent_ms: dict[str, float]
    network_ms: float = Field(description="left for the network's round trip")
    base_ms: float
    route_factor: float
    rtt_ms_per_km: float = Field(description="slope of the network: rtt = base_ms + rtt_ms_per_km × km")
    radius_km: float = Field(description="how far the network gets in network_ms; 0 when refused")
    refusal: RefusalView | None
    waterfall: list[TermView]
    thresholds: list[ThresholdView]
    radius: RadiusView | None = Field(description="null unless a radius_km was asked about")
    reach: dict[str, Any] = Field(description="the reach of POST /plans that states this budget")


class TierRequest(Request):
    """One tier with figures of the planner's own."""

    tier: Column
    extra_ms: Ms | None = Field(default=None, description="network round trip beside the route's, for its sites")
    most_km: float | None = Field(default=None, ge=0, le=MAX_KM, description="its sites serve nobody farther away")


Tiers = Annotated[list[Column | TierRequest], Field(min_length=1, max_length=20)]

Positive = Annotated[float, Field(gt=0, le=1e9)]


class ModelRequest(Request):
    """A model and what serves it: names of the catalogue, or figures, which win."""

    name: Column | None = Field(default=None, description="a model of the catalogue")
    accelerator: Column | None = Field(default=None, description="an accelerator of the catalogue")
    parameters_b: Positive | None = Field(default=None, description="10⁹ parameters")
    active_b: Positive | None = Field(default=None, description="10⁹ parameters used for one token; default all")
    kv_bytes_per_token: float | None = Field(default=None, ge=0, le=1e9)
    bits_per_weight: Positive | None = None
    context_tokens: Positive | None = None
    tokens_per_s: Positive | None = Field(default=None, description="to each user")
    users: int | None = Field(default=None, ge=1, le=1_000_000, description="at once, at one site")
    memory_gb: Positive | None = None
    bandwidth_gb_s: Positive | None = None
    power_kw: Positive | None = Field(default=None, description="of one accelerator")
    host_kw: float | None = Field(default=None, ge=0, le=1e6, description="of the server, per accelerator")
    memory_share: float | None = Field(default=None, gt=0, le=1)
    bandwidth_share: float | None = Field(default=None, gt=0, le=1)
    pue: float | None = Field(default=None, ge=1, le=100, description="power at the feed per power of the equipment")
    unknown_power: Literal["keep", "exclude"] = Field(
        default="keep", description="candidates whose power_kw the file leaves open"
    )

    def stated(self) -> dict[str, Any]:
        """The options of ``solver.promise.model_fit.serving_from`` that were given."""
        return self.model_dump(exclude_none=True, exclude={"unknown_power", "candidates"})


class ModelFitRequest(ModelRequest):
    """A model, and the candidates it is to be fitted to."""

    candidates: Id | None = Field(default=None, description="a data set; null: just what one site needs")


class HostingView(BaseModel):
    """What one site needs to serve its users."""

    accelerators: int = Field(description="of one replica")
    users: int = Field(description="of one replica")
    weights_gb: float
    kv_gb_per_user: float
    memory_gb: float = Field(description="of one replica: weights, and the keys and values of its users")
    tokens_per_s: float = Field(description="to each user of a full replica")
    ms_per_token: float
    replicas: int
    installed: int = Field(description="accelerators at the site, in whole servers")
    replica_kw: float
    it_kw: float = Field(description="of the equipment")
    site_kw: float = Field(description="at the site's feed: it_kw × pue; to be compared with power_kw")


class FitView(BaseModel):
    """How many of the candidates can host it."""

    can_host: int
    too_small: int
    unknown: int = Field(description="power_kw is not known")
    best_id: str | None
    best_kw: float | None


class ModelFitView(BaseModel):
    """A model fitted to an accelerator, and to candidates if they were named."""

    hosting: HostingView
    serving: dict[str, Any] = Field(description="every figure that went in")
    candidates: FitView | None
    refusal: str | None = Field(
        description="when no candidate is known to have the power: what it needs, what is there"
    )


class ImpossibleView(BaseModel):
    """Pairs faster than light in fibre: wrong coordinates or clocks.  Left out of the fit."""

    pairs: int
    share: float
    listed: list[dict[str, float]] = Field(description="the worst, with row, distance_km, rtt_ms and floor_ms")


class CalibrationView(BaseModel):
    """A network fitted to measured round trips; base_ms and route_factor go into any budget."""

    base_ms: float
    route_factor: float
    quantile: float
    pairs: int
    used: int
    distance_km: dict[str, float] = Field(description="shortest and longest of the pairs used")
    residual_ms: dict[str, float] = Field(description="measured minus fitted: percentiles and mean_absolute")
    share_within: float = Field(description="of the pairs used, at or below the fit; close to the quantile")
    impossible: ImpossibleView
    scatter: dict[str, list[float]] = Field(description="a sample of the pairs used: distance_km and rtt_ms")
    notes: list[str]
