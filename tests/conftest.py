"""What every level shares: the real servers, chosen once and named in the header."""

import os
import signal
from collections.abc import Iterator

import pytest

from lab.tools import docker
from tests.servers.containers import containers
from tests.servers.embedded import embedded
from tests.servers.model import Servers

ENGINE = docker.engine()
KIND = os.environ.get("TEST_SERVERS") or ("embedded" if ENGINE.why else "containers")
# A shell starts what it puts into the background with Ctrl-C ignored, and processes inherit that: ours must not.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    return f"servers: {KIND}; docker: {ENGINE.why or ENGINE.version}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if ENGINE.why:
        for item in items:
            if item.get_closest_marker("docker"):
                item.add_marker(pytest.mark.skip(reason=f"no Docker Engine answers: {ENGINE.why}"))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    kinds = {"containers": containers, "embedded": embedded}
    if KIND not in kinds:
        pytest.exit(f"TEST_SERVERS={KIND!r}: one of {', '.join(kinds)}", returncode=2)
    with kinds[KIND]() as running:
        yield running
