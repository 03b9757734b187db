"""A batch that was received: one consumer's own, hidden from others until it is let go."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from prometheus_client import Counter

from services.common.sqs import AWAY, Incoming, Queue
from services.notification.events import Event, parse

log = logging.getLogger(__name__)
REJECTED = Counter("messages_rejected", "Messages that are no events; SQS moves them to the DLQ after three receives")
_LONGEST = 12 * 3600  # seconds after its receipt in which SQS lets a message be hidden

type Received = tuple[Incoming, Event]


class Batch:
    """Events to notify of, and messages that were rejected. Hidden from its making until `let_go`."""

    def __init__(self, queue: Queue, messages: Sequence[Incoming], visibility: int) -> None:
        self.events: list[Received] = []
        self.rejected: list[Incoming] = []
        for message in messages:
            event = parse(message)
            if isinstance(event, str):
                self.reject(message, event)
            else:
                self.events.append((message, event))
        self._queue, self._visibility = queue, visibility
        self._handles = [message.handle for message in messages]
        self._until = time.monotonic() + _LONGEST - visibility
        self._hiding = asyncio.create_task(self._keep_hidden())

    def reject(self, message: Incoming, reason: str) -> None:
        """Leave a message, which is in no event's place any more, to its DLQ."""
        REJECTED.inc()
        extra = {"message_id": message.id, "receives": message.receives, "reason": reason}
        log.warning("message rejected", extra=extra)
        self.rejected.append(message)
        self.events = [item for item in self.events if item[0] is not message]

    def may_be_kept(self) -> bool:
        """Return whether SQS still lets the messages be hidden; after 12 hours it hands them to others."""
        return time.monotonic() < self._until

    def let_go(self) -> None:
        """Hide the messages no longer: those that were not deleted come again when their visibility ends."""
        self._hiding.cancel()

    async def _keep_hidden(self) -> None:
        while True:
            await asyncio.sleep(self._visibility / 2)
            with suppress(*AWAY):  # then they come again, which is survived
                await self._queue.hide(self._handles, self._visibility)
