"""Incumbents: a greedy construction and a row-weighting local search on the core.

The local search carries Gao, Weise and Li's row weighting (2015, unicost set covering) over to a requirement
r per row and to costs.  With d_i = max(0, r_i − cover_i) it walks over incomplete covers and minimises
Σ w_i d_i; a row that stays short gains weight.

    gain of a closed column  = Σ w_i over its rows with cover_i < r_i
    loss of an open column   = Σ w_i over its rows with cover_i ≤ r_i
"""

from __future__ import annotations

from collections.abc import Callable

import numba as nb
import numpy as np

from solver.reduction import Bools, Core

STEPS_PER_CHUNK = 2_000
"""Between two looks at the clock: at most 0.4 s on national cores."""


def construct(core: Core, start: Bools | None = None) -> Bools:
    """(columns,) a cover: greedy by gain per cost from ``start`` on, then whatever is not needed removed again."""
    chosen = np.zeros(core.n_columns, dtype=bool) if start is None else start.copy()
    _greedy(core.indptr, core.indices, core.column_indptr, core.column_rows, core.requirement, core.cost, chosen)
    return chosen


def improve(
    core: Core,
    start: Bools,
    seed: int,
    steps: int,
    on_better: Callable[[Bools], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Bools:
    """The best cover that ``steps`` moves of local search reach from ``start``; same seed, same answer.

    on_better hears of every improvement; ``stop`` is asked between chunks of moves.
    """
    if core.n_columns == 0:
        return start
    best = start.copy()
    state = _State(core, start)
    for chunk in range(0, steps, STEPS_PER_CHUNK):
        if stop is not None and stop():
            break
        found = _walk(
            core.indptr, core.indices, core.column_indptr, core.column_rows, core.requirement, core.cost,
            *state.arrays, best, min(STEPS_PER_CHUNK, steps - chunk), seed + chunk,
        )  # fmt: skip
        if found and on_better is not None:
            on_better(best)
    return best


class _State:
    """What the walk carries from chunk to chunk."""

    def __init__(self, core: Core, start: Bools) -> None:
        chosen = start.copy()
        cover = np.zeros(core.n_rows, dtype=np.int32)
        weight = np.ones(core.n_rows, dtype=np.int64)
        score = np.zeros(core.n_columns, dtype=np.int64)
        _score_all(
            core.indptr, core.indices, core.column_indptr, core.column_rows, core.requirement, chosen, cover, score
        )
        moved_at = np.zeros(core.n_columns, dtype=np.int64)
        may_add = np.ones(core.n_columns, dtype=np.bool_)
        self.arrays = (chosen, cover, weight, score, moved_at, may_add)


@nb.njit(cache=True, nogil=True)
def _score_all(  # type: ignore[no-untyped-def]
    indptr, indices, column_indptr, column_rows, requirement, chosen, cover, score
):
    for i in range(len(requirement)):
        cover[i] = 0
        for p in range(indptr[i], indptr[i + 1]):
            cover[i] += chosen[indices[p]]
    for j in range(len(score)):
        score[j] = 0
        for p in range(column_indptr[j], column_indptr[j + 1]):
            i = column_rows[p]
            if cover[i] < requirement[i] or (chosen[j] and cover[i] == requirement[i]):
                score[j] += 1


@nb.njit(cache=True, nogil=True)
def _greedy(indptr, indices, column_indptr, column_rows, requirement, cost, chosen):  # type: ignore[no-untyped-def]
    """The column that completes most per cost, again and again; what proves spare is closed at the end."""
    n, m = len(requirement), len(cost)
    cover = np.zeros(n, dtype=np.int32)
    gain = column_indptr[1:] - column_indptr[:-1]
    short = n
    for i in range(n):
        for p in range(indptr[i], indptr[i + 1]):
            cover[i] += chosen[indices[p]]
        if cover[i] >= requirement[i]:
            short -= 1
            for p in range(indptr[i], indptr[i + 1]):
                gain[indices[p]] -= 1
    floor = 1e-9
    while short > 0:
        best, best_ratio = -1, -1.0
        for j in range(m):
            if not chosen[j] and gain[j] > 0:
                ratio = gain[j] / max(cost[j], floor)
                if ratio > best_ratio:
                    best, best_ratio = j, ratio
        chosen[best] = True
        for p in range(column_indptr[best], column_indptr[best + 1]):
            i = column_rows[p]
            cover[i] += 1
            if cover[i] == requirement[i]:
                short -= 1
                for q in range(indptr[i], indptr[i + 1]):
                    gain[indices[q]] -= 1
    _drop_spare(column_indptr, column_rows, requirement, cost, chosen, cover)


@nb.njit(cache=True, nogil=True)
def _drop_spare(column_indptr, column_rows, requirement, cost, chosen, cover):  # type: ignore[no-untyped-def]
    """Close the columns that no row needs, the dearest first."""
    for j in np.argsort(-cost, kind="mergesort"):
        if not chosen[j]:
            continue
        spare = True
        for p in range(column_indptr[j], column_indptr[j + 1]):
            i = column_rows[p]
            if cover[i] <= requirement[i]:
                spare = False
                break
        if spare:
            chosen[j] = False
            for p in range(column_indptr[j], column_indptr[j + 1]):
                cover[column_rows[p]] -= 1


@nb.njit(cache=True, nogil=True)
def _open(  # type: ignore[no-untyped-def]
    j, indptr, indices, column_indptr, column_rows, requirement, chosen, cover, weight, score, may_add
):
    """Open column j; returns how many rows it completes."""
    completed = 0
    chosen[j] = True
    own = 0
    for p in range(column_indptr[j], column_indptr[j + 1]):
        i = column_rows[p]
        before = cover[i]
        cover[i] = before + 1
        if before < requirement[i]:
            own += weight[i]
            if before + 1 == requirement[i]:
                completed += 1
                for q in range(indptr[i], indptr[i + 1]):
                    other = indices[q]
                    may_add[other] = True
                    if not chosen[other]:
                        score[other] -= weight[i]
            else:
                for q in range(indptr[i], indptr[i + 1]):
                    may_add[indices[q]] = True
        else:
            for q in range(indptr[i], indptr[i + 1]):
                other = indices[q]
                may_add[other] = True
                if before == requirement[i] and chosen[other] and other != j:
                    score[other] -= weight[i]
    score[j] = own
    return completed


@nb.njit(cache=True, nogil=True)
def _close(  # type: ignore[no-untyped-def]
    j, indptr, indices, column_indptr, column_rows, requirement, chosen, cover, weight, score, may_add
):
    """Close column j; returns how many rows fall short by it."""
    broken = 0
    chosen[j] = False
    own = 0
    for p in range(column_indptr[j], column_indptr[j + 1]):
        i = column_rows[p]
        before = cover[i]
        cover[i] = before - 1
        if before <= requirement[i]:
            own += weight[i]
        if before == requirement[i]:
            broken += 1
            for q in range(indptr[i], indptr[i + 1]):
                other = indices[q]
                may_add[other] = True
                if not chosen[other] and other != j:
                    score[other] += weight[i]
        elif before == requirement[i] + 1:
            for q in range(indptr[i], indptr[i + 1]):
                other = indices[q]
                may_add[other] = True
                if chosen[other]:
                    score[other] += weight[i]
        else:
            for q in range(indptr[i], indptr[i + 1]):
                may_add[indices[q]] = True
    score[j] = own
    may_add[j] = False
    return broken


@nb.njit(cache=True, nogil=True)
def _cheapest_to_close(chosen, score, cost, moved_at, tabu):  # type: ignore[no-untyped-def]
    best = -1
    for j in range(len(cost)):
        if not chosen[j] or j == tabu:
            continue
        if best < 0:
            best = j
            continue
        left, right = score[j] * cost[best], score[best] * cost[j]
        if left < right or (left == right and moved_at[j] < moved_at[best]):
            best = j
    return best


@nb.njit(cache=True, nogil=True)
def _walk(  # type: ignore[no-untyped-def]
    indptr, indices, column_indptr, column_rows, requirement, cost,
    chosen, cover, weight, score, moved_at, may_add, best, steps, seed,
):  # fmt: skip
    """``steps`` moves; writes the best cover seen into ``best`` and tells whether it is a new one."""
    np.random.seed(seed % 4294967296)
    n = len(requirement)
    short = np.empty(n, dtype=np.int32)
    place = np.full(n, -1, dtype=np.int32)
    n_short = 0
    for i in range(n):
        if cover[i] < requirement[i]:
            short[n_short], place[i] = i, n_short
            n_short += 1
    best_cost = cost[best].sum()
    total = cost[chosen].sum()
    clock = moved_at.max() + 1
    tabu, improved = -1, False
    for _ in range(steps):
        while n_short == 0:
            _drop_spare_scored(
                indptr, indices, column_indptr, column_rows, requirement, cost, chosen, cover, weight, score, may_add
            )
            total = cost[chosen].sum()
            if total < best_cost - 1e-9:
                best_cost, improved = total, True
                best[:] = chosen
            j = _cheapest_to_close(chosen, score, cost, moved_at, -1)
            if j < 0:
                return improved
            _close(j, indptr, indices, column_indptr, column_rows, requirement, chosen, cover, weight, score, may_add)
            n_short = _track(j, column_indptr, column_rows, requirement, cover, short, place, n_short)
            total -= cost[j]
            moved_at[j] = clock
        j = _cheapest_to_close(chosen, score, cost, moved_at, tabu)
        if j >= 0:
            _close(j, indptr, indices, column_indptr, column_rows, requirement, chosen, cover, weight, score, may_add)
            n_short = _track(j, column_indptr, column_rows, requirement, cover, short, place, n_short)
            total -= cost[j]
            moved_at[j] = clock
        clock += 1
        tabu = -1
        while n_short > 0:
            i = short[np.random.randint(0, n_short)]
            j = -1
            for p in range(indptr[i], indptr[i + 1]):
                other = indices[p]
                if chosen[other] or not may_add[other]:
                    continue
                if j < 0:
                    j = other
                    continue
                left, right = score[other] * cost[j], score[j] * cost[other]
                if left > right or (left == right and moved_at[other] < moved_at[j]):
                    j = other
            if j < 0 or total + cost[j] > best_cost - 1e-9:
                break
            _open(j, indptr, indices, column_indptr, column_rows, requirement, chosen, cover, weight, score, may_add)
            n_short = _track(j, column_indptr, column_rows, requirement, cover, short, place, n_short)
            total += cost[j]
            moved_at[j], tabu = clock, j
            for q in range(n_short):
                row = short[q]
                weight[row] += 1
                for p in range(indptr[row], indptr[row + 1]):
                    score[indices[p]] += 1
    return improved


@nb.njit(cache=True, nogil=True)
def _drop_spare_scored(  # type: ignore[no-untyped-def]
    indptr, indices, column_indptr, column_rows, requirement, cost, chosen, cover, weight, score, may_add
):
    for j in range(len(cost)):
        if chosen[j] and score[j] == 0:
            _close(j, indptr, indices, column_indptr, column_rows, requirement, chosen, cover, weight, score, may_add)


@nb.njit(cache=True, nogil=True)
def _track(j, column_indptr, column_rows, requirement, cover, short, place, n_short):  # type: ignore[no-untyped-def]
    """Keep the list of short rows true for the rows of column j."""
    for p in range(column_indptr[j], column_indptr[j + 1]):
        i = column_rows[p]
        if cover[i] < requirement[i]:
            if place[i] < 0:
                short[n_short], place[i] = i, n_short
                n_short += 1
        elif place[i] >= 0:
            last = short[n_short - 1]
            short[place[i]], place[last] = last, place[i]
            place[i] = -1
            n_short -= 1
    return n_short
