"""Who holds a port, also on systems that tell less than Linux or take more."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from lab.tools import ports


@pytest.fixture
def held() -> Iterator[int]:
    """A port on which this process listens on all addresses."""
    with socket.create_server(("", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_may_be_bound_beside_its_listener_is_held(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class OfBsd(socket.socket):
        """With SO_REUSEADDR, an address may be bound on a port of which another listens on all addresses."""

        def bind(self, address: Any) -> None:
            super().bind((address[0], 0))

    free = ports.free_ports(1)[0]
    monkeypatch.setattr(socket, "socket", OfBsd)
    assert not ports.is_free(held)
    assert ports.is_free(free)


def test_a_holder_is_found_where_only_root_is_told_of_all(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refused)
    monkeypatch.setattr(ports, "lab_of", lambda process: f"lab of {process.pid}")
    found = ports.holder(held)
    assert (found.pid, found.lab) == (os.getpid(), f"lab of {os.getpid()}")


def test_a_holder_that_nobody_tells_of_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refused)
    monkeypatch.setattr(psutil.Process, "net_connections", refused)
    assert ports.holder(1).pid is None
