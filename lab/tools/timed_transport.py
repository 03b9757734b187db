"""XML-RPC with a time limit: of what takes a connection and says nothing, the standard library would wait for ever."""

import http.client
import xmlrpc.client
from typing import Any


class TimedTransport(xmlrpc.client.Transport):
    """A transport that raises TimeoutError after `seconds` without a word."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        """Return the connection, not yet made."""
        connection = super().make_connection(host)
        connection.timeout = self._seconds
        return connection
