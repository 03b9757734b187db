"""How deep the queues are, for the metrics that alerts are made of."""

import asyncio
import math

from prometheus_client import Gauge

from services.common.sqs import Queue

DEPTH = Gauge("queue_messages", "Messages in a queue by state, as SQS counts them; NaN: unknown", ["queue", "state"])
_STATES = {"ApproximateNumberOfMessages": "waiting", "ApproximateNumberOfMessagesNotVisible": "in_flight"}


class Depths:
    """Samples queues; a round each few seconds."""

    def __init__(self, *queues: Queue) -> None:
        self._queues = queues

    async def look(self) -> bool:
        """Sample every queue once; one that does not answer is unknown, not as it was. Raises what the first raised."""
        found = await asyncio.gather(*(queue.attributes(*_STATES) for queue in self._queues), return_exceptions=True)
        for queue, seen in zip(self._queues, found, strict=True):
            for attribute, state in _STATES.items():
                depth = math.nan if isinstance(seen, BaseException) else int(seen[attribute])
                DEPTH.labels(queue.name, state).set(depth)
        for seen in found:
            if isinstance(seen, BaseException):
                raise seen
        return False
