"""The small profile: what it has works, what it has not is said, and nothing of it stays."""

import json
from collections.abc import Iterator

import pytest

from lab.checks.applications import ROOT
from lab.core.profiles import APPLICATIONS
from lab.core.state import PLATFORM
from lab.tools import containers
from lab.tools.cluster import Cluster
from tests.cluster.conftest import UP, figure
from tests.e2e.host_lab import Lab, copied_lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]
CORE = (*UP, "--profile", "core")


@pytest.fixture(scope="module")
def core() -> Iterator[Lab]:
    """A lab of its own of that profile; it is ended whatever its tests saw."""
    with copied_lab() as lab:
        lab.run(*CORE, timeout=900)
        try:
            yield lab
        finally:
            lab.down("--wipe")


def namespaces(lab: Lab) -> set[str]:
    return {found["metadata"]["name"] for found in Cluster(lab.paths.kubeconfig).items("/api/v1/namespaces")}


def pods(lab: Lab) -> set[str]:
    return {pod["metadata"]["uid"] for pod in Cluster(lab.paths.kubeconfig).items("/api/v1/pods")}


def test_its_applications_are_synced_and_the_others_are_not_there(core: Lab) -> None:
    seen = json.loads(core.run("lab.status", "--json").stdout)
    there = {ROOT, *APPLICATIONS["core"]}
    assert seen["programs"] == {f"application {name}": "Synced, Healthy" for name in there}
    assert "lab.up --profile full" in seen["lacks"]
    assert {"shop", "data", "monitoring"} <= namespaces(core)
    assert {"kyverno", "external-secrets"}.isdisjoint(namespaces(core))
    state = core.up_state()
    assert [name for name in PLATFORM if state.servers[name]] == ["prometheus"]


def test_an_order_goes_through_and_prometheus_sees_every_target(core: Lab) -> None:
    verdict = json.loads(core.run("lab.verify", "--json", "--plain", timeout=180).stdout)
    assert (verdict["ok"], verdict["problems"]) == (True, [])
    assert verdict["ledger"]["accepted"] >= 2  # lab.up's order, and lab.verify's


@pytest.mark.parametrize(
    ("words", "lacked"),
    [
        (("alerts.list",), "Alertmanager"),
        (("alerts.inbox",), "pager"),
        (("lab.grafana-password",), "Grafana"),
        (("secrets.rotate", "order", "--plain"), "External Secrets"),
    ],
)
def test_what_it_lacks_is_said_with_the_way_to_it(core: Lab, words: tuple[str, ...], lacked: str) -> None:
    done = core.run(*words, check=False)
    assert done.code == 2
    assert f"this lab has no {lacked}\nwhy: its profile is core" in done.stderr
    assert "./inv lab.down, then ./inv lab.up --runtime kind --profile full" in done.stderr


def test_it_does_not_become_the_whole_one_and_is_no_other_after_a_second_up(core: Lab) -> None:
    before = pods(core)
    done = core.run(*UP, "--profile", "full", check=False)
    assert (done.code, "profile core" in done.stderr) == (2, True)
    core.run(*UP, timeout=300)
    assert core.up_state().profile == "core"
    assert pods(core) == before


def test_nothing_of_it_is_left(core: Lab) -> None:
    """The last of these tests: it ends the lab."""
    state, used = core.up_state(), core.ports()
    figure("containers of profile core, MiB", sum(containers.memory(state.lab_id, state.name).values()))
    assert "nothing is left" in core.down().stderr
    assert core.left(used) == []
    left = containers.of_lab(state.lab_id)
    assert (left["container"], left["network"]) == ([], [])
