"""How deep the queues are, for the metrics that alerts are made of."""

from prometheus_client import Gauge

from services.common.sqs import Queue

DEPTH = Gauge("queue_messages", "Messages in a queue by state, as SQS counts them", ["queue", "state"])
_STATES = {"ApproximateNumberOfMessages": "waiting", "ApproximateNumberOfMessagesNotVisible": "in_flight"}


class Depths:
    """Samples queues; a round each few seconds."""

    def __init__(self, *queues: Queue) -> None:
        self._queues = queues

    async def look(self) -> bool:
        """Sample every queue once."""
        for queue in self._queues:
            seen = await queue.attributes(*_STATES)
            for attribute, state in _STATES.items():
                DEPTH.labels(queue.name, state).set(int(seen[attribute]))
        return False
