"""Where tile indexes are kept, and who makes them: one background thread, once per data set."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from app.errors import Unavailable
from app.map.tileindex import TileIndex, build_index, is_built, open_index
from app.map.tiles import Overlay, overlay
from app.storage import Storage, write_atomically
from solver.plan import Plan
from solver.problem import Problem

PATIENCE_SECONDS = 0.5
"""How long a request waits for an index that is being made; most are ready by then."""

OPEN_INDEXES = 32
OVERLAY_FILE = "tiles.npy"


class BeingPrepared(Unavailable):
    """The tiles are on their way: ask again."""

    def __init__(self) -> None:
        super().__init__("The map tiles are being prepared; ask again in a second.")


class TileStore:
    """Indexes of data sets under ``home/tiles``, overlays in their plans' folders."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tiles")
        self._making: dict[Path, Future[None]] = {}
        self._lock = Lock()
        self._open = lru_cache(maxsize=OPEN_INDEXES)(open_index)
        self._overlay = lru_cache(maxsize=OPEN_INDEXES)(_read_overlay)

    def prepare(self, content_hash: str) -> None:
        """Have the index made, unless it is there, and do not wait for it."""
        folder = self.storage.tiles_dir(content_hash)
        if not is_built(folder):
            self._begun(folder, lambda: build_index(folder, *self.storage.places(content_hash)))

    def index(self, content_hash: str) -> TileIndex:
        """The index of a data set.  Raises BeingPrepared while it is made."""
        folder = self.storage.tiles_dir(content_hash)
        if not is_built(folder):
            self._made(folder, lambda: build_index(folder, *self.storage.places(content_hash)))
        return self._open(folder)

    def overlay(self, plan_id: str, index: TileIndex, solved: Callable[[], tuple[Plan, Problem]]) -> Overlay:
        """How a finished plan colours its demand.  Raises BeingPrepared while that is worked out."""
        path = self.storage.plan_dir(plan_id) / OVERLAY_FILE

        def make() -> None:
            seen = overlay(*solved(), index.row)
            write_atomically(path, lambda partial: _save(partial, seen))

        if not path.is_file():
            self._made(path, make)
        return self._overlay(path)

    def close(self) -> None:
        """Begin nothing more; what is being made is finished."""
        self._maker.shutdown(wait=True, cancel_futures=True)

    def _begun(self, path: Path, make: Callable[[], None]) -> Future[None]:
        with self._lock:
            future = self._making.get(path)
            if future is None:
                future = self._making[path] = self._maker.submit(make)
                future.add_done_callback(lambda _: self._making.pop(path, None))
        return future

    def _made(self, path: Path, make: Callable[[], None]) -> None:
        try:
            self._begun(path, make).result(PATIENCE_SECONDS)
        except NotYet:
            raise BeingPrepared from None


def _save(path: Path, seen: Overlay) -> None:
    with open(path, "wb") as handle:
        np.save(handle, np.stack([seen.unprotected, seen.unserved, seen.band]))


def _read_overlay(path: Path) -> Overlay:
    return Overlay(*np.load(path, mmap_mode="r"))
