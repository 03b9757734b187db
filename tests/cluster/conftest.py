"""A lab on the kind rung, up for the whole session: what a cluster does is proven on one."""

import json
from collections.abc import Iterator

import pytest

from lab.checks import machine
from lab.core.errors import UsageError
from lab.core.paths import Paths
from lab.tools import docker
from lab.tools.cluster import Cluster
from lab.tools.programs import program
from tests.e2e.host_lab import Lab, copied_lab

UP = ("lab.up", "--runtime", "kind", "--plain")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip this level, in one line that says why, where there is no Engine or a tool can't be had."""
    why = docker.engine().why
    try:
        for name in ("kind", "kubectl", "helm", "terraform"):
            program(name)
    except UsageError as error:
        why = why or str(error.what)
    if why:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=f"no cluster can be raised: {why}"))


@pytest.fixture(scope="session")
def checkout() -> Iterator[Lab]:
    """A checkout for the whole session."""
    with copied_lab() as lab:
        yield lab


@pytest.fixture
def lab(checkout: Lab) -> Lab:
    """Its lab, up: each test leaves it healthy, or ended."""
    if checkout.state() is None:
        checkout.run(*UP, timeout=900)
    return checkout


@pytest.fixture
def cluster(lab: Lab) -> Cluster:
    """The cluster's API."""
    return Cluster(lab.paths.kubeconfig)


def figure(what: str, value: float) -> None:
    """Note what was measured in .lab/reports/cluster-tests.json of this checkout; nothing is asserted of it."""
    file = Paths().reports / "cluster-tests.json"
    known = json.loads(file.read_text()) if file.is_file() else {"machine": machine.describe()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**known, what: [*known.get(what, []), round(value, 2)][-10:]}, indent=2))
