"""A server that costs next to nothing: every request gets the same answer at once. What asks it finds its own limit.

`python -m loadtests.bench.instant PORT`
"""

import asyncio
import sys
from typing import cast

import uvloop

_BODY = b'{"id":"00000000-0000-4000-8000-000000000000","items":[],"checks":{}}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)


class Instant(asyncio.Protocol):
    """Answers each request of a connection when its body is whole."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        """Take requests; a client has one under way at a time."""
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if found and len(body) >= int(length or 0):
            self._buffer = b""
            self._transport.write(_ANSWER)


async def serve(port: int) -> None:
    """Answer until the process ends."""
    server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
