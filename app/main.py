"""create_app: assembly and lifespan, nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from app.database import Database
from app.datasets import Library
from app.dependencies import Service
from app.errors import install_error_handlers
from app.exports import MEDIA_TYPES
from app.jobs.feed import EventFeed
from app.limits import BodyLimit
from app.planning import PlanShelf
from app.routes import (
    budget,
    compare,
    datasets,
    docs,
    drill,
    economics,
    events,
    health,
    pages,
    plans,
    preview,
    report,
    results,
    studies,
    suggestions,
    tiles,
    variants,
)
from app.security import Gate
from app.settings import Settings, get_settings
from app.storage import Storage
from app.tilestore import TileStore

DESCRIPTION = "Places the fewest edge sites so that any one of them can fail and no user leaves the latency budget."

COMPRESSED_FROM_BYTES = 1024
# The German map's 680 kB: level 4 makes 264 kB in 10 ms, level 9 250 kB in 136 ms.
COMPRESSION_LEVEL = 4
# Event streams (Starlette's own entry) would arrive late; Parquet is compressed already.
NEVER_COMPRESSED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, MEDIA_TYPES["parquet"])

ROUTES = (
    budget,
    datasets,
    plans,
    drill,
    compare,
    preview,
    events,
    results,
    suggestions,
    report,
    tiles,
    health,
    docs,
    pages,
    economics,
    studies,
    variants,
)

PROBLEM: dict[str, Any] = {
    "description": "Bad input: RFC 9457 problem details; errors[] names each field, or file, row and "
    "column; omitted counts those not listed",
    "content": {"application/problem+json": {"schema": {"type": "object"}}},
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """The web application.  Its database is brought up to date here, so that it can be served at once."""
    settings = settings or get_settings()
    database = Database(settings)
    database.migrate()
    storage = Storage(settings)
    library = Library(settings, database, storage)
    tile_store = TileStore(storage)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        tile_store.close()
        database.close()

    app = FastAPI(
        title="Sitewright",
        version=_version(),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses={422: PROBLEM},
    )
    app.state.service = Service(settings, database, storage, library, EventFeed(database), PlanShelf(), tile_store)
    install_error_handlers(app)
    app.add_middleware(
        GZipMiddleware,
        minimum_size=COMPRESSED_FROM_BYTES,
        compresslevel=COMPRESSION_LEVEL,
        exclude_content_types=NEVER_COMPRESSED,
    )
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(Gate, settings=settings, database=database)
    for routes in ROUTES:
        app.include_router(routes.router)
    return app


def _version() -> str:
    try:
        return version("sitewright")
    except PackageNotFoundError:
        return "0"
