"""The body of POST /plans."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from app.schemas.budget import MAX_MS, BudgetFields, ModelRequest, Tiers
from app.schemas.common import Column, Id, Ids, Name, Request
from solver.problem import Objective, Uncoverable

MAX_RADIUS_KM = 20_100
MAX_SOLVE_SECONDS = 86_400.0
REACH_KINDS = {"radius_km": "kind:radius", "slo_ms": "kind:latency", "rtt_matrix": "kind:matrix"}


class RadiusReachRequest(Request):
    """Within reach means great-circle distance ≤ radius_km."""

    radius_km: float = Field(gt=0, le=MAX_RADIUS_KM, examples=[100.0])


class LatencyReachRequest(BudgetFields):
    """Within reach means that the promise is kept: what access, queueing and inference leave is for the network."""

    slo_ms: float = Field(gt=0, le=MAX_MS, examples=[30.0], description="promised end to end")


class MatrixReachRequest(Request):
    """Within reach means measured round trip ≤ max_rtt_ms."""

    rtt_matrix: Id = Field(description="a data set of role rtt")
    max_rtt_ms: float = Field(gt=0, le=MAX_MS)
    fallback: Column | None = Field(default=None, description="route preset for pairs not measured; null: out of reach")
    base_ms: float | None = Field(default=None, ge=0, le=MAX_MS, description="instead of the fallback's")
    route_factor: float | None = Field(default=None, gt=0, le=1000, description="instead of the fallback's")


def _kind_of_reach(value: Any) -> str | None:
    """A JSON object on the way in, a model on the way out."""
    keys = type(value).model_fields if isinstance(value, Request) else value if isinstance(value, dict) else {}
    found = [kind for key, kind in REACH_KINDS.items() if key in keys]
    return found[0] if len(found) == 1 else None


ReachRequest = Annotated[
    Annotated[RadiusReachRequest, Tag("kind:radius")]
    | Annotated[LatencyReachRequest, Tag("kind:latency")]
    | Annotated[MatrixReachRequest, Tag("kind:matrix")],
    Discriminator(
        _kind_of_reach,
        custom_error_type="reach",
        custom_error_message='one of {"radius_km": …}, {"slo_ms": …} and {"rtt_matrix": …, "max_rtt_ms": …}',
    ),
]


class ColumnRequest(Request):
    """The candidates whose column says true, yes, x or 1."""

    column: Column


def _kind_of_choice(value: Any) -> str:
    return "kind:column" if isinstance(value, dict | ColumnRequest) else "kind:ids"


Choice = Annotated[
    Annotated[Ids, Tag("kind:ids")] | Annotated[ColumnRequest, Tag("kind:column")], Discriminator(_kind_of_choice)
]


class CoverRequest(Request):
    """Who must be covered, and with what at most."""

    fraction: float = Field(default=1.0, gt=0, le=1, description="share of the population to protect")
    uncoverable: Uncoverable = Field(
        default=Uncoverable.FAIL,
        strict=False,
        description="what to do about points that no choice of sites can protect; no matter when fraction is below 1",
    )
    max_sites: int | None = Field(default=None, ge=0, le=1_000_000, description="with objective population")
    max_cost_usd: float | None = Field(default=None, ge=0, description="with objective population")


class LimitsRequest(Request):
    """When the solver may stop short of a proof."""

    seconds: float = Field(default=60.0, gt=0, le=MAX_SOLVE_SECONDS)
    gap: float = Field(default=0.0, ge=0, lt=1, description="stop at this relative gap between plan and bound")


class PlanRequest(Request):
    """What to plan.  ``demand`` and ``candidates`` are data set ids, or GeoJSON FeatureCollections."""

    name: Name = "Untitled plan"
    demand: Id | dict[str, Any]
    candidates: Id | dict[str, Any]
    reach: ReachRequest
    survive: int = Field(default=1, ge=0, le=3, description="open sites that may fail at once without losing a user")
    shared_risk: list[Column] | None = Field(
        default=None, max_length=20, description="columns whose groups fail together: building, utility, carrier"
    )
    required: Choice = Field(default_factory=list, description="open in any case: ids, or a column")
    forbidden: Choice = Field(default_factory=list, description="closed in any case: ids, or a column")
    ignore_required: bool = Field(
        default=False, description="nothing is required, whatever the list and the status column say"
    )
    objective: Objective = Field(default=Objective.SITES, strict=False)
    cover: CoverRequest = CoverRequest()
    demand_as: Literal["point", "entire"] = Field(
        default="point", description="an area is reached when its point is, or only when all of it is"
    )
    tiers: Tiers | None = Field(
        default=None, description="only candidates of these tiers, with the tiers' reach; null: tiers mean nothing"
    )
    model: ModelRequest | None = Field(default=None, description="only candidates with the power that this model needs")
    limits: LimitsRequest = LimitsRequest()
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    polished: bool = Field(default=True, description="among equal plans, look for one nearer to the people")

    @field_validator("demand", "candidates", mode="before")
    @classmethod
    def _id_or_collection(cls, value: Any) -> Any:
        if not isinstance(value, str | dict):
            raise ValueError("a data set id, or a GeoJSON FeatureCollection")
        return value
