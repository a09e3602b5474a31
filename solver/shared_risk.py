"""Shared risk: sites of one group (a building, a utility, a carrier) fail together.

After any one group g fails, point i must still have an open site: Σ_{j ∈ N(i), j ∉ g} x_j ≥ 1.  These are rows like
any other, so everything after this file works on them unchanged.  Two facts keep them few, and are exact:

- A group with at most k candidates in N(i) needs no row: Σ_{N(i)} x ≥ k + 1 leaves one outside it.
- If N(i') ⊆ N(i) then N(i')\\g ⊆ N(i)\\g: the rows of i' imply those of i, as long as i' is not a gap itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

from solver.coverage import Coverage, Indices
from solver.plan import Certificate
from solver.problem import Ints, Problem, Texts, texts
from solver.reduction import undominated_rows

NO_GROUP = -1
"""The code of a site that stands alone."""


@dataclass(frozen=True, eq=False)
class Risk:
    """One shared-risk column.  codes: (m,) positions into ``labels``, NO_GROUP where the column is empty."""

    column: str
    codes: npt.NDArray[np.int32]
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Rows:
    """What a plan must satisfy: row q needs ``requirement[q]`` open columns of ``pattern``.

    The first rows are the demand points in their order ("k + 1 sites in reach"); rows of shared risk follow ("one
    site outside the group").  point: (q,) demand positions · risk, group: (q,) str, both "" on the first kind.
    """

    pattern: Coverage
    requirement: Indices
    point: Ints
    risk: Texts
    group: Texts

    def multipliers(self, certificate: Certificate) -> Ints:
        """(q,) a certificate's multipliers, row by row."""
        place = {key: q for q, key in enumerate(zip(self.point.tolist(), self.risk, self.group, strict=True))}
        out = np.zeros(len(self.point), dtype=np.int64)
        keys = zip(certificate.points.tolist(), certificate.risk, certificate.group, strict=True)
        for key, multiplier in zip(keys, certificate.multiplier, strict=True):
            if key in place:
                out[place[key]] = multiplier
        return out


def risks_of(problem: Problem) -> tuple[Risk, ...]:
    """The problem's shared-risk columns as codes."""
    found = []
    for column in problem.shared_risk:
        labels, codes = np.unique(problem.candidates.attributes[column].astype(str), return_inverse=True)
        names = [str(label) for label in labels]
        if names[0] == "":
            names, codes = names[1:], codes - 1
        found.append(Risk(column, np.asarray(codes, dtype=np.int32), tuple(names)))
    return tuple(found)


def only_group(coverage: Coverage, risk: Risk) -> npt.NDArray[np.int32]:
    """(n,) the group that all candidates in reach of a point belong to; NO_GROUP where there is no such group."""
    codes = np.append(risk.codes[coverage.indices], NO_GROUP)
    some = coverage.candidates_in_reach > 0
    starts = np.where(some, coverage.indptr[:-1], len(coverage.indices))
    first = codes[starts]
    differs = np.concatenate([[0], np.cumsum(codes[:-1] != np.repeat(first, coverage.candidates_in_reach))])
    mixed = differs[coverage.indptr[1:]] > differs[coverage.indptr[:-1]]
    return np.where(some & ~mixed, first, NO_GROUP).astype(np.int32)


def build_rows(problem: Problem, coverage: Coverage) -> Rows:
    """Everything the open sites must satisfy; points with too few candidates need all they have."""
    n = coverage.n_points
    needed = np.minimum(coverage.candidates_in_reach, problem.sites_needed).astype(np.int32)
    empty = np.full(n, "", dtype=object)
    parts = [Rows(coverage, needed, np.arange(n), empty, empty)]
    risks = risks_of(problem)
    if risks:
        spare = coverage.candidates_in_reach > needed
        for risk in risks:
            whole = spare & (only_group(coverage, risk) == NO_GROUP)
            asked = np.flatnonzero(whole)[undominated_rows(_rows(coverage, np.flatnonzero(whole)), needed[whole])]
            parts.append(_without_each_group(coverage, risk, asked, problem.survive))
    return parts[0] if len(parts) == 1 else _stacked(parts)


def build_rows_of_each(problem: Problem, coverage: Coverage, points: Ints) -> Rows:
    """The rows of each of these points, whether other points' rows imply them or not, point after point.

    For plans that may leave points out: none of them may be a gap.
    """
    n_points = len(points)
    need = np.full(n_points, problem.sites_needed, dtype=np.int32)
    empty = np.full(n_points, "", dtype=object)
    parts = [Rows(_rows(coverage, points), need, points, empty, empty)]
    parts += [_without_each_group(coverage, risk, points, problem.survive) for risk in risks_of(problem)]
    if len(parts) == 1:
        return parts[0]
    rows = _stacked(parts)
    order = np.argsort(rows.point, kind="stable")
    return Rows(
        _rows(rows.pattern, order), rows.requirement[order], rows.point[order], rows.risk[order], rows.group[order]
    )


def _rows(coverage: Coverage, rows: Ints) -> Coverage:
    """Only these rows of a coverage."""
    sizes = coverage.candidates_in_reach[rows]
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    entries = np.repeat(coverage.indptr[rows] - indptr[:-1], sizes) + np.arange(indptr[-1])
    return Coverage(indptr, coverage.indices[entries], coverage.distance[entries], coverage.n_candidates)


def _without_each_group(coverage: Coverage, risk: Risk, points: Ints, survive: int) -> Rows:
    """N(i) without group g, for every group with more than ``survive`` candidates in N(i)."""
    counters = np.zeros(len(risk.labels), dtype=np.int64)
    arrays = (coverage.indptr, coverage.indices, risk.codes, points, survive, counters)
    point, group, sizes = _list_groups(*arrays)
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    entries = _entries_without(coverage.indptr, coverage.indices, risk.codes, point, group, indptr[-1])
    pattern = Coverage(indptr, coverage.indices[entries], coverage.distance[entries], coverage.n_candidates)
    labels = np.array(risk.labels, dtype=object)
    column = np.full(len(point), risk.column, dtype=object)
    return Rows(pattern, np.ones(len(point), dtype=np.int32), point, column, labels[group])


@nb.njit(cache=True)
def _list_groups(indptr, indices, codes, points, survive, counters):  # type: ignore[no-untyped-def]
    """(point, group, entries left) of every row to make; ``counters`` come and go as zeros."""
    room = 1024
    made = np.empty((room, 3), dtype=np.int64)
    n = 0
    for i in points:
        first, last = indptr[i], indptr[i + 1]
        for p in range(first, last):
            if codes[indices[p]] >= 0:
                counters[codes[indices[p]]] += 1
        for p in range(first, last):
            g = codes[indices[p]]
            if g < 0:
                continue
            if survive < counters[g] < last - first:
                if n == room:
                    room *= 2
                    grown = np.empty((room, 3), dtype=np.int64)
                    grown[:n] = made
                    made = grown
                made[n, 0], made[n, 1], made[n, 2] = i, g, last - first - counters[g]
                n += 1
            counters[g] = 0
    return made[:n, 0].copy(), made[:n, 1].copy(), made[:n, 2].copy()


@nb.njit(cache=True)
def _entries_without(indptr, indices, codes, point, group, total):  # type: ignore[no-untyped-def]
    entries = np.empty(total, dtype=np.int64)
    at = 0
    for q in range(len(point)):
        for p in range(indptr[point[q]], indptr[point[q] + 1]):
            if codes[indices[p]] != group[q]:
                entries[at] = p
                at += 1
    return entries


def _stacked(parts: list[Rows]) -> Rows:
    patterns = [part.pattern for part in parts]
    sizes = np.concatenate([pattern.candidates_in_reach for pattern in patterns])
    pattern = Coverage(
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([pattern.indices for pattern in patterns]),
        np.concatenate([pattern.distance for pattern in patterns]),
        patterns[0].n_candidates,
    )
    return Rows(
        pattern,
        np.concatenate([part.requirement for part in parts]),
        np.concatenate([part.point for part in parts]),
        texts(np.concatenate([part.risk for part in parts])),
        texts(np.concatenate([part.group for part in parts])),
    )
