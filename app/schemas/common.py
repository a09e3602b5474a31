"""What every request model shares.  Units stand in every field name."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _printable(name: str) -> str:
    if "\x00" in name:
        raise ValueError("a name without NUL characters")
    return name


Id = Annotated[str, Field(min_length=1, max_length=400)]
Ids = Annotated[list[Id], Field(max_length=200_000)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Column = Annotated[str, Field(min_length=1, max_length=200)]


class Request(BaseModel):
    """Unknown fields are refused, numbers are numbers and finite."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)
