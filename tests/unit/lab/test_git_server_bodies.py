"""What the git server lets in: a push by its token, before any of its body, and as much at once as its /tmp holds."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lab.core.wait import wait
from lab.git_server.server import FETCH, LARGEST
from tests.servers.git import TOKEN, git_server

_MIB = 1 << 20


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where a git server answers."""
    with git_server(tmp_path) as url:
        yield urlsplit(url).port or 0


@contextmanager
def asking(port: int, service: str, *headers: str, token: str = "", body: bytes = b"") -> Iterator[socket.socket]:
    """Begin a request to a service of the repository; its body is `body` and then nothing more."""
    given = [f"Authorization: Basic {b64encode(f'x:{token}'.encode()).decode()}"] if token else []
    lines = [f"POST /lab.git/{service} HTTP/1.1", "Host: lab", *given, *headers]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        yield client


def answer(client: socket.socket) -> str:
    return client.recv(4096).partition(b"\r\n")[0].decode()


def asked(port: int, service: str, *headers: str, token: str = "") -> str:
    with asking(port, service, *headers, token=token) as client:
        return answer(client)


@pytest.mark.parametrize("token", ["", "another"])
@pytest.mark.parametrize(
    "headers",
    [
        (f"Content-Length: {40 * _MIB}",),
        (f"Content-Length: {40 * _MIB}", "Expect: 100-continue"),
        ("Transfer-Encoding: chunked",),
        ("Transfer-Encoding: chunked", "Expect: 100-continue"),
        ("Content-Length: 1",),
    ],
    ids=["long", "long, asks first", "chunked", "chunked, asks first", "short"],
)
def test_a_push_without_the_token_is_refused_before_its_body(port: int, headers: tuple[str, ...], token: str) -> None:
    with asking(port, "git-receive-pack", *headers, token=token) as client:
        told = client.recv(4096).decode()
    assert told.startswith("HTTP/1.1 401 Unauthorized\r\n")
    assert 'Basic realm="lab"' in told


def test_what_needs_no_token_has_a_short_body(port: int) -> None:
    length = f"Content-Length: {FETCH + 1}"
    assert asked(port, "git-upload-pack", length) == "HTTP/1.1 413 Request Entity Too Large"
    grows = b"%x\r\n" % (FETCH + 1) + bytes(FETCH + 1)
    with asking(port, "git-upload-pack", "Transfer-Encoding: chunked", body=grows) as client:
        assert answer(client) == "HTTP/1.1 413 Request Entity Too Large"
    assert asked(port, "git-upload-pack", "Content-Length: 9", "Expect: 100-continue") == "HTTP/1.1 100 Continue"


def test_pushes_that_come_at_once_take_no_more_than_one_may(port: int) -> None:
    most = LARGEST - 100_000
    asks = (f"Content-Length: {most}", "Expect: 100-continue")
    full = "HTTP/1.1 503 Service Unavailable"
    with asking(port, "git-receive-pack", *asks, token=TOKEN) as first:
        assert answer(first) == "HTTP/1.1 100 Continue"
        assert asked(port, "git-receive-pack", *asks, token=TOKEN) == full
        grows = b"%x\r\n" % 200_000 + bytes(200_000)
        with asking(port, "git-receive-pack", "Transfer-Encoding: chunked", token=TOKEN, body=grows) as second:
            assert answer(second) == full
        short = ("Content-Length: 4", "Expect: 100-continue")
        assert asked(port, "git-receive-pack", *short, token=TOKEN) == "HTTP/1.1 100 Continue"
        assert asked(port, "git-upload-pack", *short) == "HTTP/1.1 100 Continue"
    look = lambda: asked(port, "git-receive-pack", *asks, token=TOKEN)  # noqa: E731 - named for the wait
    wait("room", look, lambda told: told == "HTTP/1.1 100 Continue", timeout=5)  # the first went away: so does its body
    wait("room again", look, lambda told: told == "HTTP/1.1 100 Continue", timeout=5)
