"""Karpenter on simulated nodes: what dev's NodePool brings, refuses and takes away, and that nothing of it is left."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from lab.core import proc
from lab.core.errors import UsageError
from lab.core.wait import wait
from lab.tools import go_programs, processes
from tests.e2e.host_lab import Lab, copied_lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A PATH that has both programs, wherever this checkout has them."""
    try:
        karpenter, kwok = go_programs.find(go_programs.KARPENTER, go_programs.KWOK)
    except UsageError as error:
        pytest.skip(f"no nodes can be simulated: {error.why}")
    folder: Path = tmp_path_factory.mktemp("programs")
    (folder / "karpenter-kwok").symlink_to(karpenter)
    (folder / "kwok").symlink_to(kwok)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def checkout() -> Iterator[Lab]:
    with copied_lab() as lab:
        yield lab


@pytest.fixture(scope="module")
def report(checkout: Lab, programs: dict[str, str]) -> dict[str, Any]:
    done = checkout.run("aws.rehearse-nodes", "--json", "--plain", env=programs, timeout=1500)
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def scene(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in report["scenes"] if one["name"] == name)


def test_pods_that_wait_get_nodes_and_who_asks_for_on_demand_gets_it(report: dict[str, Any]) -> None:
    few = scene(report, "a few pods")
    assert (few["running"], few["pending"]) == (5, 0)
    assert any(name.endswith(" on-demand") for name in few["nodes"])


def test_more_pods_get_more_nodes(report: dict[str, Any]) -> None:
    few, more = scene(report, "a few pods"), scene(report, "many more")
    assert (more["running"], more["pending"]) == (42, 0)
    assert more["cpus"] > few["cpus"]
    assert any(name.endswith(" spot") for name in more["nodes"])


def test_the_limit_holds_and_karpenter_says_so(report: dict[str, Any]) -> None:
    beyond = scene(report, "more than the limit")
    assert beyond["pending"]
    assert any("limit" in words for words in beyond["said"])
    assert beyond["cpus"] > report["limit"] * 0.8
    assert report["peak"] <= report["limit"]


def test_fewer_pods_leave_fewer_nodes_and_none_leave_none(report: dict[str, Any]) -> None:
    beyond, fewer = scene(report, "more than the limit"), scene(report, "far fewer")
    assert (fewer["running"], fewer["pending"]) == (14, 0)
    assert fewer["cpus"] <= beyond["cpus"] / 2
    assert scene(report, "nothing")["nodes"] == {}


def test_pods_of_a_spot_node_that_goes_run_elsewhere(report: dict[str, Any]) -> None:
    taken = scene(report, "a spot node goes")
    assert taken["moved"]
    assert (taken["running"], taken["pending"]) == (14, 0)


def test_only_what_the_pool_allows_is_brought_though_cheaper_is_on_offer(report: dict[str, Any]) -> None:
    assert {life["type"][0] for life in report["lives"]} <= {"c", "m", "r"}


def test_a_report_with_a_timeline_is_written(checkout: Lab, report: dict[str, Any]) -> None:
    text = (checkout.checkout / report["html"]).read_text()
    assert "Simulated nodes: no kubelet, no EC2" in text
    assert text.count("<title>kwok-") == len(report["lives"]) > 1


def test_nothing_is_left(checkout: Lab, report: dict[str, Any]) -> None:
    assert report
    assert left(checkout) == []


def test_nothing_is_left_of_one_that_was_interrupted(checkout: Lab, programs: dict[str, str]) -> None:
    pid, log = checkout.start("aws.rehearse-nodes", "--plain", env=programs)
    wait("pods", log.read_text, lambda text: "a few pods:" in text or not processes.lives(pid), timeout=300)
    psutil.Process(pid).send_signal(signal.SIGINT)
    wait("its end", lambda: processes.lives(pid), lambda alive: not alive, timeout=120)
    assert "interrupted" in log.read_text()
    assert left(checkout) == []


def left(lab: Lab) -> list[str]:
    """Return what the Engine and the machine still have of a rehearsal."""
    name = f"kubeflow-ops-{lab.paths.lab_id}-nodes"
    containers = proc.run(["docker", "ps", "--all", "--format", "{{.Names}}", "--filter", f"name={name}"]).stdout
    networks = proc.run(["docker", "network", "ls", "--format", "{{.Name}}", "--filter", f"name={name}"]).stdout
    running = [" ".join(process.cmdline()) for process in processes.of_lab(f"{lab.paths.lab_id}-nodes")]
    folder = lab.paths.rehearsals / "nodes"
    return [*containers.split(), *networks.split(), *running, *([str(folder)] if folder.exists() else [])]
