"""The longest head of a request that is read: URL and headers, which uvicorn keeps until they are complete."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from services.common.problems import Problem, answer

MAX_HEAD = 64 * 1024  # bytes
LINGER = 2.0  # seconds for the rest of a refused head: closed on unread bytes, a connection is reset, its answer lost
_TOO_LONG = Problem(431, "http-error", f"URL and headers have at most {MAX_HEAD} bytes")


class HeadLimit(HttpToolsProtocol):
    """Counts what is read while the parser tells nothing: a head without end, or headers after a body in chunks."""

    _untold = 0
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Parse no more than a head may have at once, and nothing behind a refused one."""
        while data and not self._refused and not self.transport.is_closing():
            room = MAX_HEAD - self._untold
            part, data = data[:room], data[room:]
            self._untold += len(part)
            super().data_received(part)
            if self._untold >= MAX_HEAD:
                self._refuse()

    def on_headers_complete(self) -> None:
        """Begin anew: the head was short enough."""
        self._untold = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Begin anew: bodies have a limit of their own."""
        self._untold = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Begin anew: another request may follow."""
        self._untold = 0
        super().on_message_complete()

    def _refuse(self) -> None:
        """Say why and end the connection; in the middle of an answer end it without a word."""
        self._refused = True
        if self.cycle and not self.cycle.response_complete:
            self.transport.close()
            return
        refusal = answer(_TOO_LONG)
        headers = b"".join(b"%s: %s\r\n" % header for header in refusal.raw_headers)
        head = STATUS_LINE[refusal.status_code] + headers + b"connection: close\r\n\r\n"
        self.transport.write(head + bytes(refusal.body))
        self.transport.write_eof()
        self.loop.call_later(LINGER, self.transport.close)
