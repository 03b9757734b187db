"""URL and headers have a limit: one client's can't stop a service from hearing the others."""

import asyncio
import json
from contextlib import suppress

import pytest

from services.common.heads import MAX_HEAD
from tests.services.conftest import Stack

END = b"\r\n\r\n"
FIRST = b"GET /health/live HTTP/1.1\r\nHost: user\r\n"
LONG = b"x" * MAX_HEAD
CHUNKED = b"POST /health/live HTTP/1.1\r\nHost: user\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "url": b"GET /health/live?" + LONG,
    "name": FIRST + LONG,
    "value": FIRST + b"A: " + LONG,
    "headers": FIRST + b"A: b\r\n" * (MAX_HEAD // 6),
    "trailer": CHUNKED + b"0\r\nA: " + LONG * 2,
    "trailers": CHUNKED + b"0\r\n" + b"A: b\r\n" * (MAX_HEAD // 3),
}


async def exchange(stack: Stack, *parts: bytes) -> tuple[bytes, bytes]:
    """Send `parts` one after the other; return the head of the answer and its body, when the service ends both."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.env["user"]["PORT"]))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        head, _, body = (await asyncio.wait_for(reader.read(), 20)).partition(END)
    finally:
        writer.close()
    return head, body


@pytest.mark.parametrize("kind", ENDLESS)
async def test_a_head_without_end_is_refused_unfinished(stack: Stack, kind: str) -> None:
    if kind.startswith("trailer"):
        with suppress(ConnectionResetError):  # ended in the middle of a request, and before `exchange` loses patience
            await exchange(stack, ENDLESS[kind])
        return
    head, body = await exchange(stack, ENDLESS[kind])
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["type"] == "urn:problem:http-error"


async def test_a_client_that_goes_on_sending_still_reads_why_it_was_refused(stack: Stack) -> None:
    head, _ = await exchange(stack, FIRST, *[b"A: " + LONG] * 5)
    assert head.startswith(b"HTTP/1.1 431 ")


async def test_a_head_that_is_too_long_is_refused_in_one_piece_as_in_many(stack: Stack) -> None:
    whole = FIRST + b"Connection: close\r\nA: " + LONG + END
    for parts in ([whole], [whole[n : n + 9000] for n in range(0, len(whole), 9000)]):
        assert (await exchange(stack, *parts))[0].startswith(b"HTTP/1.1 431 ")


async def test_a_long_head_is_read_again_and_again_on_one_connection(stack: Stack) -> None:
    long = FIRST + b"A: " + LONG[: -len(FIRST) - 100]
    head, body = await exchange(stack, *[long + END] * 3, long + b"\r\nConnection: close" + END)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body.count(b"HTTP/1.1 200 ") == 3


async def test_a_body_may_be_longer_than_a_head(stack: Stack) -> None:
    body = json.dumps({"name": "Ada", "email": "x" * (3 * MAX_HEAD)}).encode()
    for framed in (
        b"Content-Length: %d%s%s" % (len(body), END, body),
        b"Transfer-Encoding: chunked%s%x\r\n%s\r\n0%s" % (END, len(body), body, END),
    ):
        head = b"POST /users HTTP/1.1\r\nHost: user\r\nConnection: close\r\nContent-Type: application/json\r\n"
        assert (await exchange(stack, head + framed))[0].startswith(b"HTTP/1.1 422 ")
