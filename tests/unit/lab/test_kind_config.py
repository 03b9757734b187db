"""kind's configuration: ports of the lab's profile on 127.0.0.1, and what the control plane is told."""

import json
from pathlib import Path

import yaml

from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.stages.kind_config import NODE_PORTS, configuration


def made(tmp_path: Path, **more: int) -> dict[str, list[dict[str, list[dict[str, object]]]]]:
    services = {name: 8001 + n for n, name in enumerate(SERVICES)}
    state = LabState(runtime="kind", lab_id="0", services=services, localstack=0, argocd=1, git=2, nodes=2)
    found: dict[str, list[dict[str, list[dict[str, object]]]]] = yaml.safe_load(
        configuration(Paths(tmp_path), state.model_copy(update=more), "node")
    )
    return found


def test_everything_is_published_on_127_0_0_1_and_nothing_that_the_profile_lacks(tmp_path: Path) -> None:
    first, second = made(tmp_path, prometheus=9090)["nodes"]
    ports = {port["containerPort"]: port["hostPort"] for port in first["extraPortMappings"]}
    assert ports[NODE_PORTS["prometheus"]] == 9090
    assert NODE_PORTS["grafana"] not in ports
    assert {port["listenAddress"] for port in first["extraPortMappings"]} == {"127.0.0.1"}
    assert "extraPortMappings" not in second


def test_kubeadm_finds_its_patches_where_the_node_mounts_them(tmp_path: Path) -> None:
    first, _ = made(tmp_path)["nodes"]
    (mount,) = first["extraMounts"]
    (patch,) = (json.loads(str(text)) for text in first["kubeadmConfigPatches"])
    assert patch["patches"]["directory"] == mount["containerPath"]
    there = {file.name.partition("0+")[0] for file in Path(str(mount["hostPath"])).iterdir()}
    assert there == {"kube-apiserver", "kube-controller-manager"}


def test_the_same_lab_has_the_same_configuration(tmp_path: Path) -> None:
    """A difference would have the cluster made anew."""
    assert made(tmp_path) == made(tmp_path)
