"""Plans of the same size, one after another: open sites swapped, one at a time, for closed ones that do as well.

Exact search in a window says whether the sites around it allow one less.  Where they do not, another plan of the
same size may: 604 sites on conus-5k-100 after 80 s, where windows of a plan that stands still end at 606.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from solver.reduction import Bools, Core


def drift(core: Core, cover: Bools, tries: int, seed: int) -> Bools:
    """Another cover of the core, of as many columns as ``cover`` or, when a swap leaves one spare, of one less.

    tries: how many open columns are offered a swap; most have none.  For cores of equal costs.
    """
    chosen = cover.copy()
    _drift(core.indptr, core.indices, core.column_indptr, core.column_rows, core.requirement, chosen, tries, seed)
    return chosen


@nb.njit(cache=True, nogil=True)
def _drift(indptr, indices, column_indptr, column_rows, requirement, chosen, tries, seed):  # type: ignore[no-untyped-def]
    np.random.seed(seed % 4294967296)
    cover = np.zeros(len(requirement), dtype=np.int32)
    for i in range(len(requirement)):
        for p in range(indptr[i], indptr[i + 1]):
            cover[i] += chosen[indices[p]]
    opened = np.flatnonzero(chosen)
    serves = np.zeros(len(chosen), dtype=np.int32)
    for _ in range(tries):
        place = np.random.randint(0, len(opened))
        leaving = opened[place]
        # The rows that would fall short, and the one of them with the fewest columns.
        critical, rarest = 0, -1
        for p in range(column_indptr[leaving], column_indptr[leaving + 1]):
            i = column_rows[p]
            if cover[i] == requirement[i]:
                critical += 1
                if rarest < 0 or indptr[i + 1] - indptr[i] < indptr[rarest + 1] - indptr[rarest]:
                    rarest = i
        if critical == 0:
            chosen[leaving] = False
            return
        for p in range(column_indptr[leaving], column_indptr[leaving + 1]):
            i = column_rows[p]
            if cover[i] == requirement[i]:
                for q in range(indptr[i], indptr[i + 1]):
                    serves[indices[q]] += 1
        coming, equals = -1, 0
        for q in range(indptr[rarest], indptr[rarest + 1]):
            j = indices[q]
            if serves[j] == critical and not chosen[j]:
                equals += 1
                if np.random.randint(0, equals) == 0:
                    coming = j
        for p in range(column_indptr[leaving], column_indptr[leaving + 1]):
            i = column_rows[p]
            if cover[i] == requirement[i]:
                for q in range(indptr[i], indptr[i + 1]):
                    serves[indices[q]] = 0
        if coming < 0:
            continue
        chosen[leaving], chosen[coming] = False, True
        opened[place] = coming
        for p in range(column_indptr[leaving], column_indptr[leaving + 1]):
            cover[column_rows[p]] -= 1
        for p in range(column_indptr[coming], column_indptr[coming + 1]):
            cover[column_rows[p]] += 1
