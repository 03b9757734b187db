"""A load generator that costs little: raw HTTP/1.1 on keep-alive connections, one request under way on each.

`python -m loadtests.bench.client HOST PORT USER_ID --connections N (--seconds S | --count N)` prints JSON:
requests, failures, seconds, P50/P95/P99 in seconds, and the share of a CPU that the client itself took.
"""

import argparse
import asyncio
import json
import time
from typing import cast
from uuid import uuid4

import uvloop

BODY = '{{"user_id": "{user}", "items": [{{"sku": "book", "quantity": 2, "unit_price": "12.50"}}]}}'


class Connection(asyncio.Protocol):
    """Sends the next request when the last one is answered, until `more` says no."""

    def __init__(self, run: "Run") -> None:
        self._run, self._began = run, 0.0
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # a TCP connection's; uvloop's is of no asyncio class
        self._next()

    def data_received(self, data: bytes) -> None:
        """Take answers; each is known to be whole by its Content-Length."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._run.answered(time.perf_counter() - self._began, ok=head.startswith(b"HTTP/1.1 201"))
        self._next()

    def connection_lost(self, _: Exception | None) -> None:
        """Count what was under way as failed."""
        self._run.lost()

    def _next(self) -> None:
        if not self._run.more():
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(self._run.request())


class Run:
    """One measurement."""

    def __init__(self, host: str, port: int, user: str, seconds: float, count: int) -> None:
        body = BODY.format(user=user).encode()
        self._head = f"POST /orders HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n".encode()
        self._tail = f"Content-Length: {len(body)}\r\n\r\n".encode() + body
        self._deadline, self._left = time.perf_counter() + seconds, count
        self.times: list[float] = []
        self.failures, self.open = 0, 0
        self.done = asyncio.Event()

    def request(self) -> bytes:
        """Return one request, with an Idempotency-Key of its own."""
        return self._head + f"Idempotency-Key: {uuid4().hex}\r\n".encode() + self._tail

    def more(self) -> bool:
        """Return whether another request is to be made."""
        self._left -= 1
        return self._left >= 0 and time.perf_counter() < self._deadline

    def answered(self, seconds: float, *, ok: bool) -> None:
        """Take one result."""
        self.times.append(seconds)
        self.failures += not ok

    def lost(self) -> None:
        """One connection less."""
        self.open -= 1
        if self.open == 0:
            self.done.set()


async def measure(options: argparse.Namespace) -> dict[str, float]:
    """Run and sum up."""
    run = Run(options.host, options.port, options.user, options.seconds, options.count)
    run.open = options.connections
    began, cpu = time.perf_counter(), time.process_time()
    loop = asyncio.get_running_loop()
    for _ in range(options.connections):
        await loop.create_connection(lambda: Connection(run), options.host, options.port)
    await run.done.wait()
    seconds = time.perf_counter() - began
    times = sorted(run.times)

    def percentile(share: float) -> float:
        return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0

    return {
        "requests": len(times),
        "failures": run.failures,
        "seconds": seconds,
        "p50": percentile(0.5),
        "p95": percentile(0.95),
        "p99": percentile(0.99),
        "client_cpu": (time.process_time() - cpu) / seconds,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("host", choices=["127.0.0.1"])
    parser.add_argument("port", type=int)
    parser.add_argument("user")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--count", type=int, default=100_000)
    print(json.dumps(uvloop.run(measure(parser.parse_args()))))  # noqa: T201 - its answer
