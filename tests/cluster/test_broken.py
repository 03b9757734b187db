"""Broken on purpose: each fault is made as a user would make it, is named, and is mended by taking it back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.core.proc import Completed
from lab.tools.kubectl import Kubectl
from tests.cluster.conftest import UP
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]
OVERLAY = "gitops/apps/user/overlays/local/kustomization.yaml"


def push(lab: Lab) -> Completed:
    return lab.run("lab.push", "--service", "user", "--plain", check=False, timeout=300)


@contextmanager
def edited(lab: Lab, name: str, old: str, new: str) -> Iterator[None]:
    """Edit one file of the lab's checkout; afterwards take it back and push: it must be healthy again."""
    file = lab.checkout / name
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new, 1))
    try:
        yield
    finally:
        file.write_text(before)
        mended = push(lab)
    assert mended.code == 0, mended.stderr


def test_an_image_that_does_not_exist(lab: Lab) -> None:
    with edited(
        lab, OVERLAY, "registry.kubeflow-ops.local/user-service", "registry.kubeflow-ops.local/no-such-service"
    ):
        done = push(lab)
    assert done.code == 1
    assert "pod user-service-" in done.stderr
    assert "no-such-service" in done.stderr
    assert "not found" in done.stderr
    assert "event user-service-" in done.stderr
    assert "next: ./inv lab.logs user" in done.stderr


def test_a_crash_loop_shows_the_last_log_lines(lab: Lab) -> None:
    with edited(lab, "services/user/__main__.py", "\n\n", "\nraise RuntimeError('broken on purpose')\n\n"):
        done = push(lab)
    assert done.code == 1
    assert "RuntimeError: broken on purpose" in done.stderr


def test_a_quota_that_is_too_small(lab: Lab) -> None:
    kubectl = Kubectl(lab.paths.kubeconfig)
    kubectl.run("create", "quota", "small", "--hard=pods=6", "--namespace", "shop")
    try:
        with edited(lab, "services/user/app.py", '"""', '"""Changed. '):
            done = push(lab)
            kubectl.run("delete", "quota", "small", "--namespace", "shop")
    finally:
        kubectl.run("delete", "quota", "small", "--namespace", "shop", "--ignore-not-found")
    assert done.code == 1
    assert "exceeded quota: small" in done.stderr


def test_a_pod_that_fits_no_node(lab: Lab) -> None:
    base = "gitops/apps/base/microservice/deployment.yaml"
    with edited(
        lab,
        base,
        'requests: {cpu: 100m, memory: 96Mi}\n            limits: {cpu: "1"',
        'requests: {cpu: "90", memory: 96Mi}\n            limits: {cpu: "90"',
    ):
        done = push(lab)
    assert done.code == 1
    assert "finds no node" in done.stderr
    assert "Insufficient cpu" in done.stderr


def test_a_manifest_that_argo_cd_cant_sync(lab: Lab) -> None:
    with edited(lab, OVERLAY, "kind: Kustomization", "kind: Kustomization\nno_such_field: true"):
        done = push(lab)
    assert done.code == 1
    assert "Argo CD can't sync user" in done.stderr
    assert "no_such_field" in done.stderr
    assert "describe application user -n argocd" in done.stderr


def test_a_terraform_error_names_the_resource(lab: Lab) -> None:
    file = lab.checkout / "terraform" / "environments" / "local" / "main.tf"
    before = file.read_text()
    try:
        file.write_text(before.replace('"kubeflow-ops-backups"', '"Backups!"'))
        done = lab.run(*UP, check=False, timeout=300)
    finally:
        file.write_text(before)
    assert done.code == 1
    assert "step terraform failed" in done.stderr
    assert "name must be 3 to 63 lower-case letters" in done.stderr
    lab.run(*UP, timeout=300)


def test_an_engine_that_is_gone_is_named(lab: Lab) -> None:
    done = lab.run(*UP, check=False, env={"DOCKER_HOST": "unix:///nowhere.sock"})
    assert done.code != 0
    assert "nowhere.sock" in done.stderr
    assert "Traceback" not in done.stderr
    lab.run(*UP, timeout=300)
