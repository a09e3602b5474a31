"""Plans as the API shows them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.schemas.latency import PopulationLatency


class GapSummary(BaseModel):
    """How many points, and people, have too few candidates in reach."""

    points: int
    population: float


class PlanView(BaseModel):
    """One plan: its state, and its result once there is one."""

    id: str
    kind: Literal["plan", "curve"]
    name: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    outcome: Literal["optimal", "feasible", "infeasible", "no_plan"] | None
    sites: int | None
    kept: int | None = Field(description="of these: required, so they stand already; the others are new")
    objective: float | None = Field(description="number of sites, or USD")
    lower_bound: float | None
    certified_lower_bound: float | None
    gap: float | None
    survive: int
    reach_km: float | None
    open_sites: list[str] | None
    gaps: GapSummary | None
    unprotected: GapSummary | None = Field(description="left out on purpose, when the plan protects a part only")
    second_objective: float | None = Field(description="USD or sites, when the objective names two")
    second_lower_bound: float | None
    excluded: dict[str, int] | None = Field(description="candidates that could not be used, by reason")
    latency: PopulationLatency | None = Field(
        description="before and after the worst single failure; null without sites"
    )
    notes: list[str] | None = Field(description="what to know about tiers, power and pace; null without a result")
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
