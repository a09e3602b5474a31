"""Reading an uploaded file in a process of its own, with limits on memory, time and written bytes.

Files come from strangers: a few hundred kilobytes can unpack to gigabytes.  The fork server keeps the
imports warm, so that such a process starts in milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from app.errors import Unprocessable
from app.settings import Settings
from solver.errors import BadInput, InputProblem

WRITTEN_BYTES_LIMIT = 4 << 30
TOO_MUCH = "Reading this file takes more memory or time than the service allows."


@dataclass(frozen=True)
class DatasetFacts:
    """What a data set says about itself.  bounds: west, south, east, north in degrees; none of a matrix."""

    rows: int
    population: float | None
    bounds: list[float]
    columns: list[str]
    warnings: list[str]


def warm_up() -> None:
    """Start the fork server now; otherwise the first upload waits for its imports."""
    process = _context().Process(target=_nothing)
    process.start()
    process.join()


def read_upload(
    source: Path, target: Path, role: str, file_name: str, settings: Settings, cell_km: float | None = None
) -> DatasetFacts:
    """Read ``source`` as demand (a raster in cells of ``cell_km``), candidates or a matrix; write ``target``.

    Raises BadInput for what the file says, Unprocessable when reading it takes too much.
    """
    if role == "rtt":
        answer = _apart(settings, _matrix, source, target, file_name, settings.matrix_row_limit)
    else:
        answer = _apart(settings, _answer, source, target, role, file_name, settings.row_limit, cell_km)
    return DatasetFacts(**answer["facts"])


def calibrate_upload(source: Path, file_name: str, quantile: float, settings: Settings) -> dict[str, Any]:
    """Fit a network to the measured round trips in ``source``: ``Calibration.to_dict()``.  Raises as above."""
    answer = _apart(settings, _calibrated, source, file_name, quantile, settings.row_limit)
    fitted: dict[str, Any] = answer["calibration"]
    return fitted


def _apart(settings: Settings, work: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """What ``work`` answers in a process of its own, under the settings' limits."""
    context = _context()
    receiver, sender = context.Pipe(duplex=False)
    scratch = Path(tempfile.mkdtemp(prefix="read-", dir=settings.scratch_dir))
    limits = (settings.read_memory_mb << 20, int(settings.read_seconds))
    process = context.Process(target=_within_limits, args=(sender, limits, str(scratch), work, arguments), daemon=True)
    try:
        process.start()
        sender.close()
        answer: dict[str, Any] | None = None
        if receiver.poll(settings.read_seconds):
            try:
                answer = receiver.recv()
            except EOFError:
                answer = None
        return _checked(answer)
    finally:
        receiver.close()
        process.kill()
        process.join()
        shutil.rmtree(scratch, ignore_errors=True)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["app.jobs.reader_imports"])
    return context


def _checked(answer: dict[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        raise Unprocessable(TOO_MUCH)
    if "errno" in answer:
        raise OSError(answer["errno"], "writing the data set failed")
    if "bad" in answer:
        raise BadInput([InputProblem(**finding) for finding in answer["bad"]], answer["omitted"])
    if "refused" in answer:
        raise Unprocessable(answer["refused"])
    return answer


def _nothing() -> None:
    """The body of a process that only starts."""


def _within_limits(
    sender: Connection,
    limits: tuple[int, int],
    scratch: str,
    work: Callable[..., dict[str, Any]],
    arguments: tuple[Any, ...],
) -> None:
    memory, seconds = limits
    os.environ["TMPDIR"] = scratch
    for kind, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES_LIMIT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    try:
        sender.send(work(*arguments))
    except MemoryError:
        sender.send({"refused": TOO_MUCH})
    except BadInput as error:
        sender.send({"bad": [finding.to_dict() for finding in error.problems], "omitted": error.omitted})
    except OSError as error:
        sender.send({"errno": error.errno})
    except Exception:
        traceback.print_exc()
        sender.send({"refused": "This file cannot be read; it seems to be damaged."})


def _answer(
    source: Path, target: Path, role: str, file_name: str, row_limit: int, cell_km: float | None
) -> dict[str, Any]:
    from solver import geodata

    if role == "demand":
        return store_data(geodata.read_demand(source, file_name, cell_km), target, row_limit)
    return store_data(geodata.read_candidates(source, file_name), target, row_limit)


def _matrix(source: Path, target: Path, file_name: str, row_limit: int) -> dict[str, Any]:
    from app.storage import write_atomically
    from solver.reading.matrix import COLUMNS, read_matrix, write_matrix

    matrix = read_matrix(source, file_name)
    if len(matrix) > row_limit:
        return {"refused": f"The matrix has {len(matrix)} rows; the service takes {row_limit}."}
    write_atomically(target, lambda partial: write_matrix(matrix, partial))
    told = (
        f"{file_name}: round trips between {len(matrix.demand_ids.values)} demand points and "
        f"{len(matrix.candidate_ids.values)} candidates"
    )
    return {"facts": asdict(DatasetFacts(len(matrix), None, [], list(COLUMNS), [told]))}


def _calibrated(source: Path, file_name: str, quantile: float, row_limit: int) -> dict[str, Any]:
    from solver.promise.calibration import calibrate
    from solver.promise.pings import read_pings

    pings = read_pings(source, file_name)
    if len(pings) > row_limit:
        return {"refused": f"The file has {len(pings)} rows; the service takes {row_limit}."}
    return {"calibration": calibrate(pings, quantile).to_dict()}


def store_data(loaded: Any, target: Path, row_limit: int) -> dict[str, Any]:
    """Write what was read as GeoParquet; the answer tells the facts, or why it was refused."""
    from app.storage import write_atomically
    from solver import geodata
    from solver.problem import Demand

    data = loaded.data
    if len(data) > row_limit:
        return {"refused": f"The data set has {len(data)} rows; the service takes {row_limit}."}
    write_atomically(target, lambda partial: geodata.write_parquet(data, partial))
    lon, lat = data.lon_deg, data.lat_deg
    facts = DatasetFacts(
        rows=len(data),
        population=float(data.population.sum()) if isinstance(data, Demand) else None,
        bounds=[float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())],
        columns=[str(column) for column in loaded.columns],
        warnings=[str(warning) for warning in loaded.warnings],
    )
    return {"facts": asdict(facts)}
