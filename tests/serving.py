"""An HTTP server in this process, for tests of who asks: each request is handed to a function that answers it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    url: SplitResult
    headers: Message
    body: bytes


@contextmanager
def serving(answer: Callable[[Asked], tuple[int, bytes]]) -> Iterator[int]:
    """Answer every request with the status and body that `answer` returns; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = answer(Asked(self.command, urlsplit(self.path), self.headers, sent))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_HEAD = do_DELETE = _answer  # noqa: N815 - http.server looks for these names

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
