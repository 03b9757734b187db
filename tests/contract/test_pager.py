"""The pager as it runs: a process that loses nothing when it is killed, and what a cluster makes of it."""

import os
import signal
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from lab.checks.manifests.rules import rules
from lab.checks.manifests.selectors import selectors
from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.tools.fields import Body, bodies, body
from lab.tools.gitops import render_part
from lab.tools.ports import free_ports
from lab.tools.rendered import Rendered
from tests.servers.alerting import pager
from tests.unit.lab.served_pager import alert, notification

OVERLAY = "gitops/platform/pager/overlays/local"


@pytest.fixture(scope="module")
def objects(_kubectl: None) -> list[Rendered]:
    return render_part(OVERLAY, "monitoring", CHECKOUT)


def the(objects: list[Rendered], kind: str) -> Body:
    (found,) = (one.body for one in objects if one.kind == kind)
    return found


def test_what_was_delivered_survives_a_kill(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    url = f"http://127.0.0.1:{port}"
    with pager(tmp_path, port) as pid:
        httpx.post(f"{url}/webhook", json=notification(), trust_env=False).raise_for_status()
        os.kill(pid, signal.SIGKILL)
    with pager(tmp_path, port):
        (item,) = httpx.get(f"{url}/deliveries", trust_env=False).json()["items"]
        assert (item["alertname"], item["id"]) == ("HighErrorRate", 1)
        assert "<article" in httpx.get(url, trust_env=False).text
        again = httpx.post(f"{url}/webhook", json=notification(alert(status="resolved")), trust_env=False)
        assert again.json() == {"delivered": [2]}
        assert "Nothing fires" in httpx.get(url, trust_env=False).text


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("PORT", "http", "PORT='http' is no port"),
        ("DATA", "/proc/pager", "DATA=/proc/pager: No such file or directory"),
    ],
)
def test_a_wrong_setting_ends_it_with_a_word(setting: str, value: str, words: str) -> None:
    done = proc.run([sys.executable, "-m", "lab.pager"], cwd=CHECKOUT, env={setting: value}, check=False)
    assert done.code == 1
    assert done.stderr.startswith("pager: ")
    assert words in done.stderr


def test_its_image_has_the_versions_that_the_tests_run() -> None:
    locks = [tomllib.loads((folder / "uv.lock").read_text()) for folder in (CHECKOUT / "lab" / "pager", CHECKOUT)]
    its, ours = ({package["name"]: package.get("version") for package in lock["package"]} for lock in locks)
    assert {name: version for name, version in its.items() if ours.get(name) != version} == {
        "kubeflow-ops-pager": "0.1.0"
    }


def test_its_manifests_break_none_of_our_rules(objects: list[Rendered]) -> None:
    assert [str(problem) for problem in (*rules(objects), *selectors(objects))] == []


def test_it_is_locked_down(objects: list[Rendered]) -> None:
    spec = body(the(objects, "Deployment"), "spec", "template", "spec")
    (container,) = bodies(spec, "containers")
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    (token,) = (volume["secret"] for volume in bodies(spec, "volumes") if volume["name"] == "token")
    assert (token["secretName"], token["optional"]) == ("pager", True)


def test_it_is_found_by_its_name_its_node_port_and_prometheus(objects: list[Rendered]) -> None:
    service, monitor = the(objects, "Service"), the(objects, "ServiceMonitor")
    assert (service["metadata"]["name"], service["metadata"]["namespace"]) == ("pager", "monitoring")
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http", "nodePort": 30007}]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["spec"]["endpoints"][0]["port"] == "http"


def test_everything_is_labelled_and_its_image_is_what_lab_push_replaces(objects: list[Rendered]) -> None:
    for found in objects:
        assert {"app": "pager", "team": "platform", "env": "local"}.items() <= found.body["metadata"]["labels"].items()
    (container,) = bodies(the(objects, "Deployment"), "spec", "template", "spec", "containers")
    assert container["image"] == "registry.kubeflow-ops.local/pager:lab"
    assert "newTag: lab" in (CHECKOUT / OVERLAY / "kustomization.yaml").read_text()


def test_outside_of_the_lab_only_its_own_namespace_reaches_it_and_it_reaches_nothing() -> None:
    objects = render_part("gitops/platform/pager/base", "monitoring", CHECKOUT)
    spec = body(the(objects, "NetworkPolicy"), "spec")
    assert spec["podSelector"] == {"matchLabels": {"app": "pager"}}
    (rule,) = spec["ingress"]
    (peer,) = rule["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}
    assert (spec["policyTypes"], "egress" in spec) == (["Ingress", "Egress"], False)
