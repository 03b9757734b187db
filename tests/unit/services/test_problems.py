"""What PostgreSQL refuses, through no fault of a request, is 503 and when to come again; a wrong statement is ours."""

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.common import problems

REFUSALS = {
    "08006": asyncpg.ConnectionFailureError,
    "25006": asyncpg.ReadOnlySQLTransactionError,
    "28000": asyncpg.InvalidAuthorizationSpecificationError,
    "28P01": asyncpg.InvalidPasswordError,
    "3D000": asyncpg.InvalidCatalogNameError,
    "40001": asyncpg.SerializationError,
    "40P01": asyncpg.DeadlockDetectedError,
    "53100": asyncpg.DiskFullError,
    "53200": asyncpg.OutOfMemoryError,
    "53300": asyncpg.TooManyConnectionsError,
    "57014": asyncpg.QueryCanceledError,
    "57P01": asyncpg.AdminShutdownError,
    "58030": asyncpg.PostgresIOError,
}


async def answer_to(error: Exception) -> httpx.Response:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get("/")


@pytest.mark.parametrize("state", REFUSALS)
async def test_what_the_database_refuses_for_now_is_503_with_retry_after(state: str) -> None:
    assert REFUSALS[state].sqlstate == state
    answer = await answer_to(REFUSALS[state]("refused"))
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:problem:dependency-unavailable"


@pytest.mark.parametrize("error", [asyncpg.UndefinedColumnError("no"), asyncpg.NotNullViolationError("no")])
async def test_a_statement_that_is_wrong_is_our_fault(error: Exception) -> None:
    answer = await answer_to(error)
    assert (answer.status_code, "retry-after" in answer.headers) == (500, False)
