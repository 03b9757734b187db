"""What order-service takes. Money is a decimal string: a float can't hold 0.10."""

import re
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from services.common.text import NO_NUL

type Status = Literal["pending", "paid", "shipped", "delivered", "cancelled"]
NEXT: dict[Status, tuple[Status, ...]] = {
    "pending": ("paid",),
    "paid": ("shipped",),
    "shipped": ("delivered",),
    "delivered": (),
    "cancelled": (),
}
CANCELLABLE: tuple[Status, ...] = ("pending", "paid")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")  # Decimal() also takes "1_000", "1e2", "-0", spaces and other digits


def _decimal_text(value: object) -> object:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError('money is a decimal string, such as "12.50"')
    return value


type Money = Annotated[
    Decimal,
    BeforeValidator(_decimal_text),
    Field(ge=0, max_digits=10, decimal_places=2),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,2})?$", "examples": ["12.50"]}),
]


class Item(BaseModel):
    """A position of an order; `unit_price` is money."""

    model_config = ConfigDict(extra="forbid")

    sku: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), NO_NUL]
    quantity: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    unit_price: Money


type Items = Annotated[list[Item], Field(min_length=1, max_length=100)]


class NewOrder(BaseModel):
    """An order to place."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID
    items: Items


class OrderChange(BaseModel):
    """What to change; `version`, when given, must be the order's present one."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["paid", "shipped", "delivered"] | None = None
    items: Items | None = None
    version: Annotated[int, Field(ge=1)] | None = None


def total(items: list[Item]) -> Decimal:
    """Return what the items cost together, exact to the cent."""
    return sum((item.unit_price * item.quantity for item in items), Decimal("0.00"))


def plain(items: list[Item]) -> list[dict[str, object]]:
    """Return items as they are stored and answered: prices as text with two digits."""
    return [{"sku": i.sku, "quantity": i.quantity, "unit_price": f"{i.unit_price:.2f}"} for i in items]
