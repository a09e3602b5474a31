"""Budgets and the catalogue, asked and answered.  The figures themselves stand in ``solver.catalogue``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.schemas.common import Column, Request

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
        """The options of ``solver.budget_options.budget_from`` that were given."""
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
