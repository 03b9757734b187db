"""What orders cost at the least: FastAPI, the same body, the same two inserts in one transaction. Nothing else.

`python -m loadtests.bench.minimal PORT`, with order-service's DATABASE_* settings; its tables are its own.
"""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel

TABLES = """
CREATE TABLE IF NOT EXISTS bench_orders (id uuid PRIMARY KEY, user_id uuid, items jsonb, total numeric);
CREATE TABLE IF NOT EXISTS bench_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
"""


class Item(BaseModel):
    """A position."""

    sku: str
    quantity: int
    unit_price: Decimal


class Order(BaseModel):
    """An order, validated for its types alone."""

    user_id: UUID
    items: list[Item]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open a pool as large as order-service's; drop the tables at the end."""
    password = os.environ["DATABASE_PASSWORD"]
    async with asyncpg.create_pool(
        host=os.environ["DATABASE_HOST"], port=int(os.environ["DATABASE_PORT"]), database=os.environ["DATABASE_NAME"],
        user=os.environ["DATABASE_USER"], password=password, min_size=10, max_size=10,
    ) as pool:  # fmt: skip
        await pool.execute(TABLES)
        app.state.pool = pool
        yield
        await pool.execute("DROP TABLE bench_orders, bench_outbox")


app = FastAPI(lifespan=lifespan)


@app.get("/health/ready")
async def ready() -> dict[str, dict[str, str]]:
    """Answer as the services do."""
    return {"checks": {}}


@app.post("/orders", status_code=201)
async def create(request: Request, order: Order) -> dict[str, Any]:
    """Two inserts in one transaction."""
    order_id = uuid4()
    total = sum((item.unit_price * item.quantity for item in order.items), Decimal(0))
    items = json.dumps([item.model_dump(mode="json") for item in order.items])
    pool: asyncpg.Pool[asyncpg.Record] = request.app.state.pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO bench_orders (id, user_id, items, total) VALUES ($1, $2, $3, $4)",
            order_id, order.user_id, items, total,
        )  # fmt: skip
        event = json.dumps({"order_id": str(order_id), "total": str(total)})
        await connection.execute("INSERT INTO bench_outbox (body) VALUES ($1)", event)
    return {"id": str(order_id), "user_id": str(order.user_id), "total": str(total)}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False)
