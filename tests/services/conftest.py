"""The three services over fresh databases and queues."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import boto3
import httpx
import pytest
from redis.asyncio import Redis

from lab.core.paths import CHECKOUT
from lab.tools import localstack
from lab.tools.ports import free_ports
from services.common.database import Pool, open_pool
from services.common.migrations import migrate
from services.common.settings import QueueSettings, Settings
from services.common.sqs import Queue
from tests.servers.model import Servers
from tests.services.running import Running

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NAMES = ("order", "user", "notification")


@dataclass(frozen=True)
class Stack:
    """Where the three services answer, and the settings each was given."""

    order: httpx.AsyncClient
    user: httpx.AsyncClient
    notification: httpx.AsyncClient
    env: dict[str, dict[str, str]]


async def new_database(servers: Servers, service: str, *, migrated: bool = True) -> dict[str, str]:
    """Make a database and its owner; return the settings that reach it."""
    name = f"{service}_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(
        host="127.0.0.1",
        port=servers.postgres,
        user="postgres",
        password=servers.postgres_password,
        database="postgres",
    )
    try:
        await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'pw'")
        await admin.execute(f"CREATE DATABASE {name} OWNER {name}")
    finally:
        await admin.close()
    env = {
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(servers.postgres),
        "DATABASE_NAME": name,
        "DATABASE_USER": name,
        "DATABASE_PASSWORD": "pw",
    }
    if migrated:
        await migrate(database_settings(env), CHECKOUT / "services" / service / "migrations")
    return env


def database_settings(env: dict[str, str]) -> Settings:
    return Settings.model_validate({key.lower(): value for key, value in env.items()})


def new_client(servers: Servers) -> "SQSClient":
    return boto3.client(
        "sqs",
        endpoint_url=servers.aws,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def new_queues(servers: Servers, visibility: int = 30) -> tuple[str, str]:
    """Make a queue and its DLQ (three receives); return their names."""
    name = f"q-{uuid4().hex[:12]}"
    sqs = new_client(servers)
    dlq = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dlq, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": "3"}}'
    sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": str(visibility)})
    return name, f"{name}-dlq"


@pytest.fixture
def aws_env(monkeypatch: pytest.MonkeyPatch, servers: Servers) -> dict[str, str]:
    """Credentials for what runs in this process too, and settings for what runs beside it."""
    for name, value in localstack.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return {**localstack.CREDENTIALS, "AWS_ENDPOINT_URL": servers.aws, "AWS_REGION": "us-east-1"}


def queue_settings(servers: Servers, name: str, database: dict[str, str] | None = None) -> QueueSettings:
    env = database or {"DATABASE_HOST": "x", "DATABASE_NAME": "x", "DATABASE_USER": "x", "DATABASE_PASSWORD": "x"}
    return QueueSettings.model_validate(
        {**{k.lower(): v for k, v in env.items()}, "aws_endpoint_url": servers.aws, "order_queue": name}
    )


@pytest.fixture
async def queue(servers: Servers, aws_env: dict[str, str]) -> AsyncIterator[Queue]:
    name, _ = new_queues(servers)
    made = Queue(queue_settings(servers, name), name, 8)
    yield made
    made.close()


@pytest.fixture
async def orders_pool(servers: Servers) -> AsyncIterator[Pool]:
    async with await open_pool(database_settings(await new_database(servers, "order"))) as pool:
        yield pool


@pytest.fixture
async def notifications_pool(servers: Servers) -> AsyncIterator[Pool]:
    async with await open_pool(database_settings(await new_database(servers, "notification"))) as pool:
        yield pool


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    client = Redis(port=servers.valkey, password=servers.valkey_password)
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
async def stack(servers: Servers) -> AsyncIterator[Stack]:
    """All three services as processes, once for the session."""
    numbers = dict(zip(NAMES, free_ports(3), strict=True))
    queue_name, dlq = new_queues(servers)
    url = {name: f"http://127.0.0.1:{port}" for name, port in numbers.items()}
    common = {
        **localstack.CREDENTIALS,
        "HOST": "127.0.0.1",
        "FAULTS_ENABLED": "true",
        "AWS_ENDPOINT_URL": servers.aws,
        "ORDER_QUEUE": queue_name,
        "ORDER_DLQ": dlq,
        "USER_SERVICE_URL": url["user"],
        "NOTIFICATION_SERVICE_URL": url["notification"],
        "USER_TIMEOUT_SECONDS": "1",
        "USER_CACHE_SECONDS": "0",
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": str(servers.valkey),
        "REDIS_PASSWORD": servers.valkey_password,
    }
    env = {name: {**common, **await new_database(servers, name), "PORT": str(numbers[name])} for name in NAMES}
    async with (
        Running("user", env["user"]),
        Running("order", env["order"]),
        Running("notification", env["notification"]),
    ):
        clients = {name: httpx.AsyncClient(base_url=url[name], timeout=20, trust_env=False) for name in NAMES}
        yield Stack(**clients, env=env)
        for client in clients.values():
            await client.aclose()


@pytest.fixture
async def user_id(stack: Stack) -> str:
    answer = await stack.user.post("/users", json={"name": "Ada", "email": f"{uuid4().hex}@example.org"})
    return str(answer.json()["id"])
