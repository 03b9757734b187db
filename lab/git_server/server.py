"""The lab's git server: smart HTTP on one repository, read by Argo CD, written by `lab.push` alone.

Settings: `REPOSITORY` (a folder, made when missing) and `TOKEN_FILE` (what a push must bring as its password).
"""

import hmac
import os
import signal
import sys
from base64 import b64decode
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from types import FrameType
from typing import Any, ClassVar
from urllib.parse import parse_qs

from dulwich.repo import Repo
from dulwich.server import BackendRepo, DictBackend
from dulwich.web import make_wsgi_chain
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.utilities import Error, RequestEntityTooLarge

type Environment = dict[str, Any]
type App = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]

LARGEST = 48 << 20  # bytes of pushes that may be here at once: they wait in /tmp, which has 64 MiB
FETCH = 512 << 10  # bytes of a body without the token: that many stay in memory
FETCHES = 8 << 20  # bytes of such bodies at once
SETTINGS: dict[str, Any] = {"threads": 8, "max_request_body_size": LARGEST, "inbuf_overflow": FETCH}


class Unauthorized(Error):
    """No token, or another."""

    code = 401
    reason = "Unauthorized"

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], Any]:
        """Return status, headers and body (bytes; its stubs say str); by the header git asks for a password."""
        status, headers, body = super().to_response(ident)
        return status, [*headers, ("WWW-Authenticate", 'Basic realm="lab"')], body


class Full(Error):
    """Other bodies take the room."""

    code = 503
    reason = "Service Unavailable"


class Room:
    """Bytes for the bodies that are here at once: on their way in, or being worked on."""

    def __init__(self, size: int) -> None:
        self._lock, self._left = Lock(), size

    def take(self, count: int) -> bool:
        """Take `count` bytes, where that many are left."""
        with self._lock:
            taken = count <= self._left
            self._left -= count if taken else 0
        return taken

    def give_back(self, count: int) -> None:
        """Let others have `count` bytes again."""
        with self._lock:
            self._left += count


class Request(HTTPRequestParser):
    """A request whose body is let in by the token, and while there is room; else it is answered before that body."""

    path: str
    query: str
    token: ClassVar[bytes]
    pushes: ClassVar[Room]
    fetches: ClassVar[Room]
    taken = 0

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head and look at what it announces."""
        super().parse_header(header_plus)
        if _pushes(self.path, self.query) and not self._allowed():
            self._refuse(Unauthorized("a push needs the lab's token: ./inv lab.push brings it"))
        else:
            self._let_in(self.content_length)

    def received(self, data: bytes) -> int:
        """Read on; of a body without a length only what has come is known."""
        consumed = super().received(data)
        if self.chunked and self.error is None:
            self._let_in(self.body_bytes_received - self.taken)
        return consumed

    def close(self) -> None:
        """Drop the body."""
        super().close()
        self._room.give_back(self.taken)
        self.taken = 0

    def _let_in(self, count: int) -> None:
        if not self._allowed() and self.taken + count > FETCH:
            self._refuse(RequestEntityTooLarge(f"without the lab's token a body has at most {FETCH} bytes"))
        elif self._room.take(count):
            self.taken += count
        else:
            self._refuse(Full("other pushes are being received: try again"))

    def _refuse(self, error: Error) -> None:
        self.error, self.completed, self.expect_continue = error, True, False

    def _allowed(self) -> bool:
        return hmac.compare_digest(_password(self.headers.get("AUTHORIZATION", "")), self.token)

    @property
    def _room(self) -> Room:
        return self.pushes if self._allowed() else self.fetches


class Channel(HTTPChannel):
    """A connection; what its client has left half sent goes with it."""

    def handle_close(self) -> None:
        """Close it."""
        super().handle_close()
        if self.request is not None:
            self.request.close()


def server(repository: Path, token: str, host: str, port: int) -> TcpWSGIServer:
    """Return the server, listening: `run` serves."""

    class Ours(Request):
        pushes, fetches = Room(LARGEST), Room(FETCHES)

    Ours.token = token.encode()

    class OurChannel(Channel):
        parser_class = Ours

    made = TcpWSGIServer(application(repository), host=host, port=port, **SETTINGS)
    made.channel_class = OurChannel
    return made


def application(repository: Path) -> App:
    """Return the WSGI application: /lab.git for git, /health for probes. Who may push, `Request` has looked at."""
    repo = Repo(str(repository)) if (repository / "HEAD").exists() else _new(repository)
    repositories: dict[str, BackendRepo] = {"/lab.git": repo}
    git: App = make_wsgi_chain(DictBackend(repositories))

    def answer(environ: Environment, start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/health":
            start("200 OK", [("Content-Type", "text/plain")])
            return [b"ok\n"]
        return git(environ, start)

    return answer


def _new(repository: Path) -> Repo:
    repository.mkdir(parents=True, exist_ok=True)
    return Repo.init_bare(str(repository), default_branch=b"main")


def _pushes(path: str, query: str) -> bool:
    return "git-receive-pack" in parse_qs(query).get("service", []) or path.endswith("/git-receive-pack")


def _password(authorization: str) -> bytes:
    kind, _, given = authorization.partition(" ")
    if kind.lower() != "basic":
        return b""
    try:
        return b64decode(given, validate=True).partition(b":")[2]
    except ValueError:
        return b""


def main() -> None:
    """Serve on port 8000 until SIGTERM."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    token = Path(os.environ["TOKEN_FILE"]).read_text().strip()
    if not token:
        sys.exit("git-server: TOKEN_FILE is empty")
    server(Path(os.environ["REPOSITORY"]), token, "0.0.0.0", 8000).run()


if __name__ == "__main__":
    main()
