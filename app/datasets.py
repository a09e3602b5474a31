"""Data sets coming in: an uploaded file, a FeatureCollection inside a request, the bundled examples."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import sqlalchemy as sa

from app.database import Database, DatasetRow, PlanRow, new_id
from app.errors import Conflict, NotFound, Unprocessable
from app.jobs.reader import DatasetFacts, read_upload, store_data
from app.settings import Settings
from app.storage import Storage, content_hash, copy_to

if TYPE_CHECKING:
    from solver.geodata import Loaded

Role = Literal["demand", "candidates", "rtt"]

BUNDLED = {
    "example-germany-demand": ("demand", "germany_demand.csv", "Germany: places"),
    "example-germany-candidates": (
        "candidates",
        "germany_candidates.csv",
        "Germany: metros as stand-in sites",
    ),
    "example-us-demand": ("demand", "us_demand.csv", "Contiguous US: places"),
    "example-us-candidates": ("candidates", "us_candidates.csv", "Contiguous US: metros as stand-in sites"),
}


class Library:
    """The data sets of one service.  Equal bytes in the same role are stored once, however often uploaded."""

    def __init__(self, settings: Settings, database: Database, storage: Storage) -> None:
        self.settings = settings
        self.database = database
        self.storage = storage
        self._files = Lock()

    def add_upload(
        self, source: BinaryIO, role: Role, name: str, file_name: str, cell_km: float | None = None
    ) -> DatasetRow:
        """A new data set from an uploaded file, a raster in cells of ``cell_km``; nothing stays when it is refused.

        Raises BadInput naming file, row and column; Unprocessable when it takes too much to read.
        """
        key = content_hash(role if cell_km is None else f"{role} in cells of {cell_km!r} km", source)
        with tempfile.TemporaryDirectory(prefix="upload-", dir=self.settings.scratch_dir) as folder:
            path = Path(folder) / "upload"
            copy_to(source, path)
            with self._files:
                known = self._facts_of(key)
            if known is not None:
                return self._insert(key, role, name, known)
            facts = read_upload(path, Path(folder) / "read.parquet", role, file_name, self.settings, cell_km)
            return self._insert(key, role, name, facts, Path(folder) / "read.parquet")

    def add_inline(self, loaded: Loaded[Any], role: Role, name: str) -> DatasetRow:
        """A data set that came inside a request: kept for its plan, not listed, stored once."""
        with tempfile.TemporaryDirectory(prefix="inline-", dir=self.settings.scratch_dir) as folder:
            path = Path(folder) / "read.parquet"
            answer = store_data(loaded, path, self.settings.row_limit)
            if "refused" in answer:
                raise Unprocessable(answer["refused"])
            with open(path, "rb") as stored:
                key = content_hash(f"inline {role}", stored)
            with self.database.session() as session:
                row = session.scalar(
                    sa.select(DatasetRow).where(DatasetRow.content_hash == key, DatasetRow.listed.is_(False))
                )
            return row or self._insert(key, role, name, DatasetFacts(**answer["facts"]), path, listed=False)

    def add_derived(self, loaded: Loaded[Any], role: Role, name: str) -> DatasetRow:
        """A data set made from another one, listed as an upload is."""
        with tempfile.TemporaryDirectory(prefix="derived-", dir=self.settings.scratch_dir) as folder:
            path = Path(folder) / "read.parquet"
            answer = store_data(loaded, path, self.settings.row_limit)
            if "refused" in answer:
                raise Unprocessable(answer["refused"])
            with open(path, "rb") as stored:
                key = content_hash(f"derived {role}", stored)
            return self._insert(key, role, name, DatasetFacts(**answer["facts"]), path)

    def add_bundled(self, data_dir: Path) -> None:
        """Register the examples under their fixed ids, once; files that are not there are left out."""
        for dataset_id, (role, file_name, name) in BUNDLED.items():
            path = data_dir / file_name
            with self.database.session() as session:
                known = session.get(DatasetRow, dataset_id) is not None
            if known or not path.is_file():
                continue
            with (
                open(path, "rb") as source,
                tempfile.TemporaryDirectory(dir=self.settings.scratch_dir) as folder,
            ):
                target = Path(folder) / "read.parquet"
                key = content_hash(role, source)
                facts = read_upload(path, target, role, file_name, self.settings)
                try:
                    self._insert(key, role, name, facts, target, dataset_id=dataset_id)
                except sa.exc.IntegrityError:
                    continue

    def _facts_of(self, key: str) -> DatasetFacts | None:
        with self.database.session() as session:
            row = session.scalar(sa.select(DatasetRow).where(DatasetRow.content_hash == key))
        if row is None or not self.storage.dataset_path(key).exists():
            return None
        return DatasetFacts(row.rows, row.population, row.bounds, row.columns, row.warnings)

    def _insert(
        self,
        key: str,
        role: str,
        name: str,
        facts: DatasetFacts,
        parquet: Path | None = None,
        *,
        listed: bool = True,
        dataset_id: str | None = None,
    ) -> DatasetRow:
        row = DatasetRow(
            id=dataset_id or new_id(),
            name=name,
            role=role,
            content_hash=key,
            rows=facts.rows,
            population=facts.population,
            bounds=facts.bounds,
            columns=facts.columns,
            warnings=facts.warnings,
            listed=listed,
            created_at=time.time(),
        )
        # One lock with delete(): a file must not vanish between being found here and being referred to.
        with self._files:
            target = self.storage.dataset_path(key)
            if not target.exists():
                if parquet is None:
                    raise Conflict("This file was being deleted; upload it again.")
                parquet.replace(target)
            with self.database.session() as session:
                session.add(row)
        return row

    def page(self, limit: int, after: str | None, role: str | None) -> list[DatasetRow]:
        """Listed data sets: the examples first, then the newest."""
        query = sa.select(DatasetRow).where(DatasetRow.listed).order_by(DatasetRow.id.desc()).limit(limit)
        if after is not None:
            query = query.where(DatasetRow.id < after)
        if role is not None:
            query = query.where(DatasetRow.role == role)
        with self.database.session() as session:
            return list(session.scalars(query))

    def delete(self, dataset_id: str) -> None:
        """Raises NotFound, Conflict while a plan uses it."""
        with self._files, self.database.session() as session:
            row = session.get(DatasetRow, dataset_id)
            if row is None:
                raise NotFound("No data set has this id.")
            if row.role == "rtt":
                uses = PlanRow.request["reach"]["rtt_matrix"].as_string() == dataset_id
            else:
                uses = sa.or_(PlanRow.demand_id == dataset_id, PlanRow.candidates_id == dataset_id)
            used = session.scalar(sa.select(PlanRow.id).where(uses).limit(1))
            if used is not None:
                raise Conflict(f"Plan {used} uses this data set.")
            session.delete(row)
            session.flush()
            shared = session.scalar(
                sa.select(DatasetRow.id).where(DatasetRow.content_hash == row.content_hash).limit(1)
            )
            if shared is None:
                self.storage.forget_dataset(row.content_hash)
