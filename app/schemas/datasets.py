"""Data sets as the API shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class DatasetView(BaseModel):
    """One data set."""

    id: str
    name: str
    role: Literal["demand", "candidates", "rtt"]
    rows: int
    population: float | None = Field(description="sum over the rows of demand; null otherwise")
    bounds: list[float] = Field(description="west, south, east, north in degrees; empty for a matrix of round trips")
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


class WithinView(BaseModel):
    """How much of a data set lies within a radius."""

    points: int
    population: float
