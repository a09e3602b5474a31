"""Errors as RFC 9457 problem details: one table from exception to status, bodies in plain ASCII.

FastAPI's own 422 handler echoes the input and answers 500 to NaN, 1e999 and lone surrogates; this one
never echoes more than a short, escaped excerpt.
"""

from __future__ import annotations

import errno
import json
import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from solver.errors import BadInput, SolverError, VerificationError, shown

log = logging.getLogger("sitewright")

ErrorItem = dict[str, Any]


class ServiceError(Exception):
    """Something the client can act on; ``detail`` is one sentence."""

    def __init__(self, detail: str, errors: Sequence[ErrorItem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)


class NotFound(ServiceError):
    """No such thing."""


class Conflict(ServiceError):
    """Not in the state this needs."""


class TooLarge(ServiceError):
    """More than the service takes."""


class Unprocessable(ServiceError):
    """Understood, but not possible."""


class UnsupportedMediaType(ServiceError):
    """A body of the wrong type."""


class Unavailable(ServiceError):
    """Not now."""


STATUS: dict[type[Exception], int] = {
    BadInput: 422,
    VerificationError: 500,
    SolverError: 500,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Unprocessable: 422,
    UnsupportedMediaType: 415,
    Unavailable: 503,
}


def status_of(error: Exception) -> int:
    """The HTTP status of the nearest class in STATUS; 500 for anything else."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(
    status: int,
    detail: str,
    errors: Sequence[ErrorItem] = (),
    headers: Mapping[str, str] | None = None,
    omitted: int = 0,
) -> Response:
    """An application/problem+json answer; ``omitted`` errors exist beyond those listed."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": list(errors),
        "omitted": omitted,
    }
    content = json.dumps(body, ensure_ascii=True).encode("ascii")
    return Response(content, status, dict(headers or {}), media_type="application/problem+json")


NOT_A_FIELD = re.compile(r"body|query|path|header|kind:.*")
"""Where a value came from, and which kind of a union was tried (``app/schemas``)."""


def input_errors(error: BadInput) -> list[ErrorItem]:
    """One entry per finding: ``message`` is the whole line, the rest its parts."""
    return [{"message": str(finding), **finding.to_dict()} for finding in error.problems]


def validation_errors(error: ValidationError | RequestValidationError) -> list[ErrorItem]:
    """Pydantic's findings as field, message and a short excerpt of what was found."""
    items: list[ErrorItem] = []
    for entry in error.errors()[:20]:
        field = ".".join(part for part in map(str, entry["loc"]) if not NOT_A_FIELD.fullmatch(part))
        message = _sentence(entry)
        item: ErrorItem = {"message": f"{field}: {message}" if field else message, "field": field}
        if isinstance(entry.get("input"), str | int | float | bool):
            item["found"] = shown(entry["input"])
        items.append(item)
    return items


def _sentence(entry: Mapping[str, Any]) -> str:
    if entry["type"] == "extra_forbidden":
        return "unknown field"
    if entry["type"] == "missing":
        return "required, but not given"
    return str(entry["msg"]).removeprefix("Value error, ")


def install_error_handlers(app: FastAPI) -> None:
    """Every error of every route becomes a problem+json body."""

    @app.exception_handler(SolverError)
    async def _solver(_request: Request, error: SolverError) -> Response:
        if isinstance(error, BadInput):
            first = str(error.problems[0]) if error.problems else "bad input"
            others = len(error.problems) - 1 + error.omitted
            more = f" (and {others} more)" if others > 0 else ""
            return problem(status_of(error), first + more, input_errors(error), omitted=error.omitted)
        log.error("%s: %s", type(error).__name__, error)
        return problem(status_of(error), "The service could not complete this; the reason is in its log.")

    @app.exception_handler(ServiceError)
    async def _service(_request: Request, error: ServiceError) -> Response:
        return problem(status_of(error), error.detail, error.errors)

    @app.exception_handler(RequestValidationError)
    async def _request(_request: Request, error: RequestValidationError) -> Response:
        return _invalid(validation_errors(error))

    @app.exception_handler(ValidationError)
    async def _body(_request: Request, error: ValidationError) -> Response:
        return _invalid(validation_errors(error))

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(OperationalError)
    async def _database(_request: Request, error: OperationalError) -> Response:
        log.error("database: %s", error.orig)
        return problem(503, "The database does not answer (busy, full disk or down); nothing was stored.")

    @app.exception_handler(OSError)
    async def _disk(_request: Request, error: OSError) -> Response:
        log.error("disk: %s", error.strerror)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return problem(507, "The service's disk is full; nothing was stored.")
        return problem(500, "An error inside the service; the reason is in its log.")

    @app.exception_handler(Exception)
    async def _bug(_request: Request, error: Exception) -> Response:
        return problem(500, "An error inside the service; the reason is in its log.")


def _invalid(items: list[ErrorItem]) -> Response:
    detail = items[0]["message"] if items else "The request is not valid."
    return problem(422, detail + (f" (and {len(items) - 1} more)" if len(items) > 1 else ""), items)
