"""Where candidates are missing, and data sets with candidates added."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from app.schemas.common import Id, Request


class SuggestionView(BaseModel):
    """A demand point that could host a site."""

    id: str
    name: str
    lat: float
    lon: float
    points: int = Field(description="gaps that it brings nearer to enough candidates, the places before it taken")
    population: float


class SuggestionsView(BaseModel):
    """Places for further candidates, the most helpful first."""

    plan_id: str
    complete: bool = Field(description="whether all of them together leave no gap")
    places: list[SuggestionView]


class PlaceRequest(Request):
    """One further candidate."""

    id: Id
    name: str = Field(default="", max_length=400)
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class AdditionsRequest(Request):
    """Candidates to add to a data set; the result is another data set."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    places: Annotated[list[PlaceRequest], Field(min_length=1, max_length=10_000)]
