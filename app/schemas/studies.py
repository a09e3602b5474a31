"""Curves, variants, lineage and roll-out, asked and answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.schemas.budget import ModelRequest, Tiers
from app.schemas.common import Column, Ids, Name, Request
from app.schemas.plans import PlanView
from app.schemas.request import MAX_SOLVE_SECONDS, LimitsRequest, ReachRequest
from solver.problem import Objective, Uncoverable
from solver.studies.curve import MOST_VALUES, Over

POINT_SECONDS = 30.0
AS_PARENT = "null: as the plan has it"


class PointLimits(Request):
    """When the solver may stop short of a proof, at each point."""

    seconds: float = Field(default=POINT_SECONDS, gt=0, le=MAX_SOLVE_SECONDS, description="for each point")
    gap: float = Field(default=0.0, ge=0, lt=1)


class CurveRequest(Request):
    """What to vary, and which settings to solve."""

    name: Name | None = None
    over: Over = Field(strict=False)
    values: Annotated[list[float], Field(min_length=1, max_length=MOST_VALUES)]
    limits: PointLimits = PointLimits()


class PriceRequest(Request):
    """What does it cost to survive one failure, and two?"""

    name: Name | None = None
    survive: Annotated[list[Annotated[int, Field(ge=0, le=3)]], Field(min_length=2, max_length=4)] = Field(
        default=[0, 1, 2]
    )
    limits: PointLimits = PointLimits()


class CoverChange(Request):
    """What to change of ``cover``; the rest stays."""

    fraction: float | None = Field(default=None, gt=0, le=1)
    uncoverable: Uncoverable | None = Field(default=None, strict=False)
    max_sites: int | None = Field(default=None, ge=0, le=1_000_000)
    max_cost_usd: float | None = Field(default=None, ge=0)


class VariantRequest(Request):
    """What to change of a plan; everything else stays as it is."""

    name: Name | None = None
    required_add: Ids = Field(default_factory=list)
    required_remove: Ids = Field(default_factory=list)
    forbidden_add: Ids = Field(default_factory=list)
    forbidden_remove: Ids = Field(default_factory=list)
    ignore_required: bool | None = Field(
        default=None, description="nothing is required, whatever the list and the status column say; " + AS_PARENT
    )
    reach: ReachRequest | None = Field(default=None, description="the whole reach; " + AS_PARENT)
    survive: int | None = Field(default=None, ge=0, le=3)
    shared_risk: list[Column] | None = Field(default=None, max_length=20, description="null, when given: none")
    objective: Objective | None = Field(default=None, strict=False)
    cover: CoverChange | None = None
    demand_as: Literal["point", "entire"] | None = None
    tiers: Tiers | None = Field(default=None, description="null, when given: none")
    model: ModelRequest | None = Field(default=None, description="null, when given: none")
    limits: LimitsRequest | None = None
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1)
    polished: bool | None = None


class CurveView(BaseModel):
    """A curve: its points by ascending value, and what each tightening takes."""

    id: str
    name: str
    plan_id: str | None = Field(description="the plan it varies")
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    over: Over
    unit: str
    objective: Objective
    values: list[float]
    complete: bool = Field(description="false while points are missing: the curve is running, was stopped or cancelled")
    missing: list[float]
    points: list[dict[str, Any]]
    steps: list[dict[str, Any]] = Field(description="from each usable point to the next tighter one")


class LineageView(BaseModel):
    """Where a plan comes from, and what was made of it."""

    ancestors: list[PlanView] = Field(description="the oldest first; the last is the parent")
    plan: PlanView
    variants: list[PlanView]
    curves: list[PlanView]


class StandingView(BaseModel):
    """One side of a comparison."""

    plan_id: str
    name: str
    outcome: str
    survive: int
    sites: int
    objective: float
    lower_bound: float
    worst_primary_km: float | None
    worst_last_km: float | None = Field(description="to the last of the survive + 1 sites")
    worst_primary_ms: float | None
    worst_last_ms: float | None
    mean_primary_km: float | None = Field(description="weighted by people")
    unprotected_points: int
    unprotected_people: float


class MovedPoint(BaseModel):
    """One demand point whose primary site is another."""

    point_id: str
    name: str
    population: float
    from_site: str | None
    to_site: str | None
    from_km: float | None
    to_km: float | None


class Affected(BaseModel):
    """How many."""

    points: int
    people: float


class SizeDifference(BaseModel):
    """Of the two objectives (sites, USD or people), after − before."""

    plans: float = Field(description="of the two plans as they are")
    least: float = Field(description="what the proofs leave open, at the low end")
    most: float


class ChangesView(BaseModel):
    """From one plan to another over the same demand."""

    before: StandingView
    after: StandingView
    sites_in: list[str]
    sites_out: list[str]
    moved: Affected = Field(description="points whose primary site is another")
    lost: Affected = Field(description="protected before and not after")
    gained: Affected = Field(description="protected after and not before")
    difference: SizeDifference | None = Field(description="null when the two plans minimise different things")
    moves: list[MovedPoint] | None = Field(description="every moved point, with ?moves=true")


class RolloutStep(BaseModel):
    """One site and who is served once it is open."""

    step: int = Field(description="0: it stands already")
    id: str
    name: str
    kept: bool
    lon: float
    lat: float
    points_single: int
    people_single: float
    share_single: float
    points_protected: int
    people_protected: float
    share_protected: float
    cost_usd: float | None = Field(description="of all sites open by then")


class RolloutView(BaseModel):
    """The open sites in the order that protects most people soonest; single and full cover after each."""

    plan_id: str
    survive: int
    kept: int = Field(description="sites that stand already: the required ones")
    points: int
    people: float
    steps: list[RolloutStep]
