"""kind: which nodes are the lab's, on a docker that knows only what is asked of it here."""

from pathlib import Path

import pytest

from lab.core.config import load_config
from lab.core.errors import UsageError
from lab.flows.up_rung import default_nodes
from lab.tools.kind import Kind

_DOCKER = """#!/bin/sh
case "$*" in
  "ps --all --filter label=io.x-k8s.kind.cluster=lab --format {{.Names}} {{.Networks}}") printf "$NODES" ;;
  "rm --force --volumes "*) echo "$4" >> "$REMOVED" ;;
  *) echo "unknown: $*" >&2; exit 64 ;;
esac
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker on PATH; the file that tells what it removed."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(_DOCKER)
    docker.chmod(0o755)
    removed = tmp_path / "removed"
    removed.touch()
    monkeypatch.setenv("PATH", f"{docker.parent}:/usr/bin:/bin")
    monkeypatch.setenv("REMOVED", str(removed))
    return removed


@pytest.mark.parametrize(
    ("there", "ours", "foreign"),
    [
        ("", [], []),
        ("lab-worker lab\\nlab-control-plane lab\\n", ["lab-control-plane", "lab-worker"], []),
        ("lab-control-plane kind\\n", [], ["lab-control-plane"]),
        ("lab-control-plane \\n", ["lab-control-plane"], []),  # cut off while it was given its address
    ],
)
def test_nodes_on_other_networks_are_not_ours(
    monkeypatch: pytest.MonkeyPatch, engine: Path, tmp_path: Path, there: str, ours: list[str], foreign: list[str]
) -> None:
    monkeypatch.setenv("NODES", there)
    kind = Kind("lab", tmp_path / "kubeconfig")
    assert kind.foreign() == foreign
    assert kind.nodes() == ours


def test_delete_leaves_another_cluster_of_that_name_alone(
    monkeypatch: pytest.MonkeyPatch, engine: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("NODES", "lab-control-plane kind\\nlab-worker lab\\n")
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.touch()
    Kind("lab", kubeconfig).delete()
    assert engine.read_text().split() == ["lab-worker"]
    assert not kubeconfig.exists()


@pytest.mark.parametrize(
    ("theirs", "direct"), [(None, ".kubeflow-ops.local"), ("10.0.0.0/8", "10.0.0.0/8,.kubeflow-ops.local")]
)
def test_kind_makes_nodes_of_docker_that_ask_the_labs_registry_directly_whatever_the_shell_says(
    theirs: str | None, direct: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, file = tmp_path / "told", tmp_path / "kind"
    file.write_text(f'#!/bin/sh\necho "$KIND_EXPERIMENTAL_PROVIDER $NO_PROXY $no_proxy" > {told}\n')
    file.chmod(0o755)
    monkeypatch.setattr("lab.tools.kind.program", lambda _: file)
    monkeypatch.setenv("KIND_EXPERIMENTAL_PROVIDER", "podman")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    if theirs is not None:
        monkeypatch.setenv("no_proxy", theirs)
    Kind("lab", tmp_path / "kubeconfig").create(tmp_path / "config.yaml")
    assert told.read_text().split() == ["docker", direct, direct]


@pytest.mark.parametrize(("cpus", "nodes"), [(None, 2), (1, 2), (4, 2), (5, 3), (16, 3)])
def test_a_bigger_machine_gets_a_third_node(monkeypatch: pytest.MonkeyPatch, cpus: int | None, nodes: int) -> None:
    monkeypatch.setattr("lab.flows.up_rung.os.cpu_count", lambda: cpus)
    assert default_nodes() == nodes


@pytest.mark.parametrize("nodes", [0, 1, 7])
def test_a_count_of_nodes_that_spreads_nothing_or_too_wide_is_refused(nodes: int) -> None:
    with pytest.raises(UsageError) as caught:
        load_config(nodes=nodes)
    assert f"--nodes={nodes}" in caught.value.why
