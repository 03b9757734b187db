"""The ledger: every accepted order is exactly one of notified, pending, in the DLQ. Lost = 0 is the first invariant."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from lab.core.state import LabState
from lab.tools import localstack
from lab.tools.api import Api


class Ledger(BaseModel):
    """The sum of all accepted orders, those included that only a client knows to be accepted. `duplicated` are orders a
    user was notified of twice for one event.

    `unknown` are orders that a user was notified of and order-service does not know: their rows are gone.
    """

    accepted: int
    notified: int
    pending: int
    dlq: int
    lost: list[str]
    duplicated: list[str]
    unknown: list[str] = []
    redelivered: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is lost and nobody saw anything twice."""
        return not self.lost and not self.duplicated


def count(
    accepted: dict[str, str],
    waiting: set[str],
    notified: Iterable[tuple[str, str]],
    queued: set[str],
    dlq: set[str],
    placed: Iterable[str] = (),
) -> Ledger:
    """Put each accepted order where it is.

    `accepted` maps order ids to the event that tells of each; `waiting` (in the outbox), `queued` and `dlq` are event
    ids; `notified` are (order id, event id) pairs, one for each notification that a user saw. `placed` are ids of
    orders that a client was told were accepted: one that is not among `accepted` is lost.
    """
    seen = Counter(notified)
    events = {event for _, event in seen}
    places = {"notified": 0, "pending": 0, "dlq": 0}
    forgotten = set(placed) - accepted.keys()
    lost = list(forgotten)
    for order, event in accepted.items():
        if event in events:
            places["notified"] += 1
        elif event in waiting or event in queued:
            places["pending"] += 1
        elif event in dlq:
            places["dlq"] += 1
        else:
            lost.append(order)
    duplicated = sorted({order for (order, _), times in seen.items() if times > 1})
    return Ledger(accepted=len(accepted) + len(forgotten), **places, lost=sorted(lost), duplicated=duplicated)


def look(state: LabState, placed: Iterable[str] = ()) -> Ledger:
    """Count the running lab's ledger; an order of `placed` that order-service does not know is lost.

    What moves on while we look is read in the order of its way (accepted, outbox, queue, notified), so that an event
    in motion is seen at least once. Raises AnswerError when a service or LocalStack does not answer.
    """
    orders = _orders(state)
    queued = _events(state, "order-queue")
    dlq = _events(state, "order-dlq")
    sent = list(Api.of(state, "notification").ledger("/notifications/ledger"))
    ledger = count(
        accepted={item["order_id"]: item["event_id"] for item in orders},
        waiting={item["event_id"] for item in orders if item["state"] == "pending"},
        notified=[(item["order_id"], item["event_id"]) for item in sent],
        queued=queued,
        dlq=dlq,
        placed=placed,
    )
    unknown = {item["order_id"] for item in sent} - {item["order_id"] for item in orders}
    if unknown:  # accepted while we looked, or gone
        unknown -= {item["order_id"] for item in _orders(state)}
    redelivered = sum(item["deliveries"] - 1 for item in sent)
    return ledger.model_copy(update={"redelivered": redelivered, "unknown": sorted(unknown)})


def _orders(state: LabState) -> list[dict[str, Any]]:
    return list(Api.of(state, "order").ledger("/orders/ledger"))


def _events(state: LabState, queue: str) -> set[str]:
    """Return the ids of the events in a queue; what is no event is nobody's order."""
    found = set()
    for body in localstack.messages(state.aws, queue):
        try:
            event = json.loads(body)
        except ValueError:
            continue
        if isinstance(event, dict) and "event_id" in event:
            found.add(str(event["event_id"]))
    return found
