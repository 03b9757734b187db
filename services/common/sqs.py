"""SQS through boto3 in a thread pool of its own (docs/adr/0005): batches of ten, errors by entry."""

import asyncio
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from services.common.settings import QueueSettings
from services.common.threads import Threads

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10  # entries a call takes at most, by SQS' own limit
AWAY = (BotoCoreError, ClientError)  # what a call raises when SQS or the queue is gone


@dataclass(frozen=True)
class Outgoing:
    """A message to send; `attributes` are strings."""

    id: str
    body: str
    attributes: dict[str, str]


@dataclass(frozen=True)
class Incoming:
    """A message received. `receives` counts from 1; `sent_ms` is SQS' clock, milliseconds since the epoch."""

    id: str
    handle: str
    body: str
    attributes: dict[str, str]
    receives: int
    sent_ms: int


class Queue:
    """One queue by name. Every call runs in a thread; all raise what is in AWAY."""

    def __init__(self, settings: QueueSettings, name: str, threads: int) -> None:
        self.name = name
        self._settings, self._threads = settings, threads
        self._pool = Threads(threads, f"sqs-{name}")
        self._client_made: SQSClient | None = None
        self._url: str | None = None

    def close(self) -> None:
        """Drop the calls that wait; what runs is not waited for, also not at the process' end."""
        self._pool.close()

    async def _run[T](self, call: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._pool.run(call))

    def _client(self) -> "SQSClient":
        if self._client_made is None:
            endpoint = self._settings.aws_endpoint_url
            self._client_made = boto3.client(
                "sqs",
                endpoint_url=str(endpoint) if endpoint else None,
                region_name=self._settings.aws_region,
                config=Config(
                    connect_timeout=2,
                    read_timeout=25,  # a long poll takes up to 20 s
                    retries={"mode": "standard", "total_max_attempts": 1},  # our workers retry, and say so
                    max_pool_connections=self._threads,
                    proxies={} if endpoint else None,  # a proxy may be the way to AWS, never to an emulator
                ),
            )
        return self._client_made

    def _queue_url(self) -> str:
        if self._url is None:
            self._url = self._client().get_queue_url(QueueName=self.name)["QueueUrl"]
        return self._url

    async def warm_up(self) -> None:
        """Make the client (some 200 ms of loading) before the first request needs it; asks nothing of SQS."""
        await self._run(self._client)

    async def attributes(self, *names: str) -> dict[str, str]:
        """Return attributes of the queue, as strings."""

        def call() -> dict[str, str]:
            wanted: Any = list(names)
            answer: Any = self._client().get_queue_attributes(QueueUrl=self._queue_url(), AttributeNames=wanted)
            return dict(answer["Attributes"])

        return await self._run(call)

    async def send(self, messages: Sequence[Outgoing]) -> set[str]:
        """Send up to BATCH messages; return the ids that SQS took."""
        entries: Any = [
            {
                "Id": message.id,
                "MessageBody": message.body,
                "MessageAttributes": {
                    name: {"DataType": "String", "StringValue": value} for name, value in message.attributes.items()
                },
            }
            for message in messages
        ]

        def call() -> set[str]:
            answer = self._client().send_message_batch(QueueUrl=self._queue_url(), Entries=entries)
            return {entry["Id"] for entry in answer.get("Successful", [])}

        return await self._run(call)

    async def receive(self, *, wait: int, visibility: int) -> list[Incoming]:
        """Long-poll for up to BATCH messages: at most `wait` seconds; they stay hidden for `visibility` seconds."""

        def call() -> list[Incoming]:
            answer = self._client().receive_message(
                QueueUrl=self._queue_url(),
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=wait,
                VisibilityTimeout=visibility,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
            )
            return [_incoming(message) for message in answer.get("Messages", [])]

        return await self._run(call)

    async def delete(self, handles: Sequence[str]) -> None:
        """Delete up to BATCH messages; one that SQS keeps comes again, which consumers survive."""
        entries: Any = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
        await self._run(
            functools.partial(self._on_queue, lambda c, url: c.delete_message_batch(QueueUrl=url, Entries=entries))
        )

    async def hide(self, handles: Sequence[str], seconds: int) -> None:
        """Let up to BATCH messages come again after `seconds` (0: now)."""
        entries: Any = [
            {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": seconds} for n, handle in enumerate(handles)
        ]
        await self._run(
            functools.partial(
                self._on_queue, lambda c, url: c.change_message_visibility_batch(QueueUrl=url, Entries=entries)
            )
        )

    def _on_queue(self, call: "Callable[[SQSClient, str], object]") -> None:
        call(self._client(), self._queue_url())


def _incoming(message: Any) -> Incoming:
    system = message.get("Attributes", {})
    return Incoming(
        id=message["MessageId"],
        handle=message["ReceiptHandle"],
        body=message["Body"],
        attributes={k: v.get("StringValue", "") for k, v in message.get("MessageAttributes", {}).items()},
        receives=int(system.get("ApproximateReceiveCount", 1)),
        sent_ms=int(system.get("SentTimestamp", 0)),
    )
