"""Errors as RFC 9457 problem+json, each with the trace it happened in."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from http.client import responses
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.common.telemetry import trace_id

log = logging.getLogger(__name__)
_DATABASE_AWAY = (
    OSError,
    TimeoutError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,  # terminated by an administrator: a restart
    asyncpg.InsufficientResourcesError,  # too many connections, its disk or its memory full
    asyncpg.InvalidAuthorizationSpecificationError,  # our role or password: a rotation that is under way, or went wrong
    asyncpg.InvalidCatalogNameError,  # our database is not made yet, or being restored
    asyncpg.ReadOnlySQLTransactionError,  # a standby, until it is the primary
    asyncpg.TransactionRollbackError,  # a deadlock's victim: again, and it works
    asyncpg.PostgresSystemError,  # its disk fails
)


class Problem(Exception):
    """Raised anywhere in a request: becomes its answer. `kind` is a short kebab-case name of the problem."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.headers, self.errors = dict(headers or {}), errors


def answer(problem: Problem) -> Response:
    """Render `problem` with the current trace id."""
    body: dict[str, object] = {
        "type": f"urn:problem:{problem.kind}",
        "title": responses.get(problem.status, "Error"),
        "status": problem.status,
        "detail": problem.detail,
        "trace_id": trace_id(),
    }
    if problem.errors:
        body["errors"] = list(problem.errors)
    return Response(orjson.dumps(body), problem.status, problem.headers, media_type="application/problem+json")


def away(what: str) -> Problem:
    """A dependency is gone for now: 503 that says when to come again (seconds)."""
    return Problem(503, "dependency-unavailable", f"{what} is not available", headers={"Retry-After": "2"})


def install(app: FastAPI) -> None:
    """Answer every error of `app` as a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in _DATABASE_AWAY:
        app.add_exception_handler(kind, _database_away)
    app.add_exception_handler(Exception, _bug)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for this type alone
    return answer(error)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    errors = [{"field": _field(item), "reason": str(item["msg"])} for item in error.errors()]
    fields = ", ".join(item["field"] for item in errors)
    return answer(Problem(422, "invalid-request", f"not valid: {fields}", errors=errors))


def _field(item: Mapping[str, Any]) -> str:
    where, *path = item["loc"]
    if item["type"] == "json_invalid":
        return str(where)  # what follows is an offset into the text, no field
    return ".".join(map(str, path)) or str(where)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    return answer(Problem(error.status_code, "http-error", str(error.detail), headers=error.headers))


async def _database_away(_: Request, error: Exception) -> Response:
    log.warning("database not available", extra={"error": repr(error)})
    return answer(away("the database"))


async def _bug(_: Request, error: Exception) -> Response:
    log.error("unhandled error", exc_info=error)
    return answer(Problem(500, "internal-error", "this is our fault; the trace id helps us to find it"))
