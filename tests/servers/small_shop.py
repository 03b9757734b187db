"""A shop in a thread: takes users and orders as the services do, and can be closed, opened again, or stalled."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

from lab.core.state import SERVICES
from lab.tools import ports


class SmallShop:
    """Answers on one port for all three services; its `users` alone may order. `orders` are those it accepted."""

    def __init__(self) -> None:
        self.port = ports.free_ports(1)[0]
        self.users: set[str] = set()
        self.orders: list[str] = []
        self.takes = 0.0  # seconds for each answer
        self.waiting = 0  # requests that came while the shop did not go on
        self.goes_on = threading.Event()
        self.goes_on.set()
        self._server: _Server | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Where it answers, as loadtests/ reads it."""
        return {f"LOAD_{name.upper()}_URL": f"http://127.0.0.1:{self.port}" for name in SERVICES}

    def open(self) -> None:
        """Take connections."""
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def close(self) -> None:
        """Refuse connections; what is open is cut off at its next request."""
        server, self._server = self._server, None
        if server is not None:
            server.open = False
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, shop: SmallShop) -> None:
        super().__init__(("127.0.0.1", shop.port), _Handler)
        self.shop, self.open = shop, True

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that left."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    server: _Server

    def do_GET(self) -> None:
        self._answer(200, "")

    def do_POST(self) -> None:
        asked, shop, made = (
            json.loads(self.rfile.read(int(self.headers["Content-Length"]))),
            self.server.shop,
            str(uuid4()),
        )
        if self.path == "/users":
            shop.users.add(made)
        known = self.path == "/users" or asked["user_id"] in shop.users
        self._answer(201 if known else 422, made)

    def _answer(self, status: int, made: str) -> None:
        self.server.shop.waiting += not self.server.shop.goes_on.is_set()
        self.server.shop.goes_on.wait()
        threading.Event().wait(self.server.shop.takes)
        if not self.server.open:
            self.close_connection = True
            return
        if status == 201 and self.path == "/orders":
            self.server.shop.orders.append(made)
        body = json.dumps({"id": made, "items": []}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def small_shop() -> Iterator[SmallShop]:
    """Keep a shop open while the block runs."""
    shop = SmallShop()
    shop.open()
    try:
        yield shop
    finally:
        shop.goes_on.set()
        shop.close()
