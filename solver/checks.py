"""What every input type checks at construction, and how its arrays are frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from solver.errors import BadInput, InputProblem, shown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]


def texts(values: Iterable[Any]) -> Texts:
    """A read-only object array of str."""
    listed = list(values)
    if set(map(type, listed)) != {str}:
        listed = [str(value) for value in listed]
    array = np.array(listed, dtype=object)
    array.flags.writeable = False
    return array


def freeze_texts(owner: object, *names: str) -> None:
    """Make the named fields read-only arrays of str."""
    for name in names:
        object.__setattr__(owner, name, texts(getattr(owner, name)))


def freeze_floats(owner: object, *names: str) -> None:
    """Make the named fields read-only float64 arrays."""
    for name in names:
        array = np.array(getattr(owner, name), dtype=np.float64)
        array.flags.writeable = False
        object.__setattr__(owner, name, array)


def point_problems(ids: Texts, lat_deg: Floats, lon_deg: Floats, file: str, what: str) -> list[InputProblem]:
    """What is wrong with ids and coordinates; rows count from 1."""
    if len(ids) == 0:
        return [InputProblem(f"at least one {what}", file=file, found="none")]
    problems = [] if _surely_distinct(ids) else _id_problems(ids, file)
    problems += number_problems(lat_deg, "lat", file, "a latitude from -90 to 90 degrees", -90.0, 90.0)
    problems += number_problems(lon_deg, "lon", file, "a longitude from -180 to 180 degrees", -180.0, 180.0)
    return problems


def _surely_distinct(ids: Texts) -> bool:
    """Whether the hashes alone say that no id is empty or comes twice; a set of ten million str takes a gigabyte."""
    hashes = np.fromiter(map(hash, ids), dtype=np.int64, count=len(ids))
    hashes.sort()
    return bool(np.all(hashes[1:] != hashes[:-1]) and not np.any(hashes == hash("")))


def _id_problems(ids: Texts, file: str) -> list[InputProblem]:
    problems: list[InputProblem] = []
    seen: set[str] = set()
    for i, identity in enumerate(ids):
        if not identity:
            problems.append(InputProblem("an id", file=file, row=i + 1, column="id", found="nothing"))
        elif identity in seen:
            problems.append(
                InputProblem("an id that no earlier row has", file=file, row=i + 1, column="id", found=shown(identity))
            )
        seen.add(identity)
    return problems


def number_problems(
    values: Floats, column: str, file: str, expected: str, low: float, high: float = np.inf
) -> list[InputProblem]:
    """The rows whose number is not finite, or outside [low, high]."""
    good = np.isfinite(values) & (values >= low) & (values <= high)
    return row_problems(np.flatnonzero(~good), values, file, column, expected, show=lambda v: str(float(v)))


def row_problems(
    rows: Sequence[int] | Ints,
    values: npt.NDArray[Any],
    file: str,
    column: str,
    expected: str,
    show: Callable[[Any], str] = shown,
) -> list[InputProblem]:
    """One InputProblem per row."""
    return [InputProblem(expected, file=file, row=int(i) + 1, column=column, found=show(values[i])) for i in rows]


def raise_if_any(problems: Sequence[InputProblem]) -> None:
    """BadInput when there is anything to tell."""
    if problems:
        raise BadInput(problems)
