"""The longest head of a request that is read: URL and headers, which uvicorn keeps until they are complete."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from services.common.problems import Problem, answer

MAX_HEAD = 64 * 1024  # bytes
_TOO_LONG = Problem(431, "http-error", f"URL and headers have at most {MAX_HEAD} bytes")


class HeadLimit(HttpToolsProtocol):
    """Counts what is read while the parser tells nothing: a head without end, or headers after a body in chunks."""

    _untold = 0

    def data_received(self, data: bytes) -> None:
        """Parse no more than a head may have at once."""
        while data and not self.transport.is_closing():
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
        """Say why and end the connection; say nothing in the middle of an answer."""
        if self.cycle is None or self.cycle.response_complete:
            refusal = answer(_TOO_LONG)
            headers = b"".join(b"%s: %s\r\n" % header for header in refusal.raw_headers)
            head = STATUS_LINE[refusal.status_code] + headers + b"connection: close\r\n\r\n"
            self.transport.write(head + bytes(refusal.body))
        self.transport.close()
