"""Events as they arrive: what is not one is refused with its reason."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError

from services.common.sqs import Incoming

_TEXTS = {
    "order.created": "Your order {order_id} over {total} was placed.",
    "order.updated": "Your order {order_id} is now {status}; it is over {total}.",
    "order.cancelled": "Your order {order_id} was cancelled.",
}


class Event(BaseModel):
    """What order-service tells. Fields that it may add later are passed over."""

    event_id: UUID
    type: Literal["order.created", "order.updated", "order.cancelled"]
    order_id: UUID
    user_id: UUID
    version: Annotated[int, Field(ge=1)]
    status: Annotated[str, Field(max_length=32)] = "pending"
    total: Annotated[str, Field(max_length=32)]
    occurred_at: datetime

    def text(self) -> str:
        """Return what the user reads."""
        return _TEXTS[self.type].format(order_id=self.order_id, total=self.total, status=self.status)


def parse(message: Incoming) -> Event | str:
    """Return the message's event, or why it is none."""
    try:
        return Event.model_validate_json(message.body)
    except ValidationError as error:
        return "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'body'}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        )
