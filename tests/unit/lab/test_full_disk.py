"""What commands read again is no half of a file after the disk was full: the next one goes on as if nothing was."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from lab.core.config import Config
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.drills.field import Field
from lab.drills.kill_pod import KillPod
from lab.flows.drilling.marker import Marker
from lab.stages import kind_base, kind_mirrors
from lab.stages.host_programs import server_ports
from lab.stages.kind_artifacts import Artifacts
from lab.stages.kind_base import Ground
from lab.tools import containers
from lab.tools.claims import Claims
from lab.tools.kind import Kind
from tests.full_disk import full_disk


def _ports(paths: Paths) -> dict[str, int]:
    with Claims() as claims:
        return server_ports(paths, claims)


def _refused(do: Callable[[], object]) -> None:
    with full_disk(), pytest.raises(OSError, match="too large"):
        do()


def test_ports_of_the_servers_are_taken_again(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    _refused(partial(_ports, paths))
    first = _ports(paths)
    assert _ports(paths) == first


def test_a_fault_that_could_not_be_told_of_is_not_there(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    state = LabState(runtime="kind", lab_id=paths.lab_id, services={}, localstack=0, prometheus=1)
    marker, drill = Marker(paths), KillPod(Field(paths, state))
    _refused(partial(marker.set, drill))
    assert not marker.is_set()
    marker.set(drill)
    assert marker.is_set()


def test_addresses_of_nodes_are_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where, config = {"node": "172.18.0.2"}, "kind: Cluster"
    started: list[dict[str, str]] = []
    for name, answer in (("exists", True), ("foreign", []), ("running", True), ("addresses", where)):
        monkeypatch.setattr(Kind, name, lambda _, answer=answer: answer)
    monkeypatch.setattr(Kind, "write_kubeconfig", lambda _: None)
    monkeypatch.setattr(Kind, "copy_in", lambda *_: None)
    monkeypatch.setattr(Kind, "start", lambda _, addresses: started.append(addresses))
    monkeypatch.setattr(Artifacts, "engine_image", lambda *_: "kindest/node")
    monkeypatch.setattr(kind_base, "configuration", lambda *_: config)
    monkeypatch.setattr(kind_base, "wait", lambda *_, **__: None)
    monkeypatch.setattr(containers, "ensure_network", lambda *_: None)
    paths = Paths(tmp_path)
    paths.run.mkdir(parents=True)
    (paths.run / "cluster.json").write_text(config)
    state = LabState(runtime="kind", lab_id=paths.lab_id, services={}, localstack=0)
    monkeypatch.setattr(kind_mirrors, "write", lambda *_, **__: tmp_path)
    ground = Ground(paths, state, Config())
    _refused(ground.nodes)
    ground.network()
    assert not started
    ground.nodes()
    ground.network()
    assert not started
