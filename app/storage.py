"""Files of the service: data sets as GeoParquet under their content hash, one folder per plan."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from app.settings import Settings
from solver.problem import Candidates, Demand, Floats

if TYPE_CHECKING:
    from solver.reading.matrix import RttMatrix

CHUNK = 1 << 20


class Storage:
    """Paths, atomic writes and a small cache of loaded data sets."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        for folder in (settings.datasets_dir, settings.plans_dir, settings.tiles_dir, settings.scratch_dir):
            folder.mkdir(parents=True, exist_ok=True)
        self._load = lru_cache(maxsize=16)(_read)
        self._load_matrix = lru_cache(maxsize=2)(_read_matrix)

    def dataset_path(self, content_hash: str) -> Path:
        return self.settings.datasets_dir / f"{content_hash}.parquet"

    def tiles_dir(self, content_hash: str) -> Path:
        """Where the map tiles' index of a data set is kept."""
        return self.settings.tiles_dir / content_hash

    def plan_dir(self, plan_id: str) -> Path:
        return self.settings.plans_dir / plan_id

    def demand(self, content_hash: str) -> Demand:
        data = self._load("demand", str(self.dataset_path(content_hash)))
        assert isinstance(data, Demand)
        return data

    def candidates(self, content_hash: str) -> Candidates:
        data = self._load("candidates", str(self.dataset_path(content_hash)))
        assert isinstance(data, Candidates)
        return data

    def places(self, content_hash: str) -> tuple[Floats, Floats, Floats]:
        """(n,) latitude, longitude and population (1 each for candidates), without ids and names.

        Ten million points: seconds, where a whole Demand takes minutes.
        """
        return read_places(self.dataset_path(content_hash))

    def matrix(self, content_hash: str) -> RttMatrix:
        return self._load_matrix(str(self.dataset_path(content_hash)))

    def forget_dataset(self, content_hash: str) -> None:
        """Remove the file; ids and hashes of other data sets are untouched."""
        self.dataset_path(content_hash).unlink(missing_ok=True)
        shutil.rmtree(self.tiles_dir(content_hash), ignore_errors=True)


def read_data(role: str, path: Path) -> Demand | Candidates:
    """A stored data set, as it was written."""
    from solver import geodata

    return geodata.read_demand(path).data if role == "demand" else geodata.read_candidates(path).data


def read_places(path: Path) -> tuple[Floats, Floats, Floats]:
    """(n,) latitude, longitude and population of a stored data set; 1 each when it has no population."""
    import pyarrow.parquet as pq

    from solver.reading.bulk import wkb_points

    names = pq.read_schema(path).names
    table = pq.read_table(path, columns=[name for name in ("geometry", "population") if name in names])
    places = wkb_points(table["geometry"])
    assert places is not None, "data sets are stored as points"
    lon, lat = places
    population = table["population"].to_numpy() if "population" in names else np.ones(len(lat))
    return lat, lon, np.asarray(population, dtype=np.float64)


def _read_matrix(path: str) -> RttMatrix:
    from solver.reading.matrix import read_matrix

    return read_matrix(path)


def _read(role: str, path: str) -> Demand | Candidates:
    return read_data(role, Path(path))


def content_hash(role: str, source: BinaryIO) -> str:
    """SHA-256 over role and bytes: the same file in another role is another data set."""
    digest = hashlib.sha256(role.encode() + b"\n")
    source.seek(0)
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    source.seek(0)
    return digest.hexdigest()


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """The file appears whole or not at all, also through a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write(partial)
        with open(partial, "rb") as handle:
            os.fsync(handle.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_json(path: Path, content: Any) -> None:
    """JSON, atomically."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    write_atomically(path, lambda partial: _write_text(partial, text))


def write_mark(path: Path) -> None:
    """An empty file that is still there after a power cut."""
    write_atomically(path, lambda partial: partial.touch())


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def read_json(path: Path) -> Any:
    """The content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def copy_to(source: BinaryIO, target: Path) -> None:
    """Write an open file to ``target``."""
    with open(target, "wb") as handle:
        shutil.copyfileobj(source, handle, CHUNK)
