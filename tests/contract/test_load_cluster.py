"""The load generator in the cluster: what a cluster makes of its manifests, and that its image can run."""

import json
import tomllib
from collections.abc import Iterator

import pytest

from lab.checks.manifests.references import references
from lab.checks.manifests.rules import rules
from lab.checks.manifests.selectors import selectors
from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.flows import gitops
from lab.tools import gitops as tools
from lab.tools.fields import dig
from lab.tools.gitops import render_part
from lab.tools.rendered import Rendered

LOCKED_DOWN = ("--rm", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none")
SETTINGS = {"LOAD_RATE": "0", "LOAD_USERS": "1", "LOAD_SHAPE": "steady", "LOAD_SECONDS": "1"}
SETTINGS |= {f"LOAD_{service}_URL": "http://shop" for service in ("ORDER", "USER", "NOTIFICATION")}


@pytest.fixture(scope="module")
def objects(_kubectl: None) -> list[Rendered]:
    return render_part("gitops/platform/load", "load", CHECKOUT)


def test_its_manifests_break_none_of_our_rules(objects: list[Rendered]) -> None:
    assert [str(problem) for problem in (*rules(objects), *selectors(objects), *references(objects, {}))] == []


def test_all_of_it_goes_with_its_namespace(objects: list[Rendered]) -> None:
    (space,) = (found for found in objects if found.kind == "Namespace")
    assert dig(space.body, "metadata", "labels", "pod-security.kubernetes.io/enforce") == "restricted"
    assert {found.namespace for found in objects if found.kind != "Namespace"} == {space.name}


@pytest.mark.parametrize("cluster", ["local", "core", "dev", "prod"])
def test_no_cluster_has_it_of_itself(cluster: str, objects: list[Rendered]) -> None:
    assert objects  # else nothing was looked for
    assert [found.name for found in tools.render(cluster, CHECKOUT).objects if found.namespace == "load"] == []
    assert "load-generator" not in gitops.render(cluster)


def test_its_image_has_the_versions_that_load_from_this_machine_has() -> None:
    locks = [tomllib.loads((folder / "uv.lock").read_text()) for folder in (CHECKOUT / "loadtests", CHECKOUT)]
    its, ours = ({package["name"]: package.get("version") for package in lock["package"]} for lock in locks)
    assert {name: version for name, version in its.items() if ours.get(name) != version} == {
        "kubeflow-ops-load-generator": "0.1.0"
    }


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    tag = "kubeflow-ops/load-generator:contract"
    words = ["docker", "buildx", "build", "--load", "-q", "-t", tag, "-f", "loadtests/Dockerfile", "."]
    proc.run(words, cwd=CHECKOUT, timeout=800)
    yield tag
    proc.run(["docker", "image", "rm", "--no-prune", tag], timeout=60)


@pytest.mark.docker
@pytest.mark.timeout(900)
def test_its_image_loads_every_scenario_and_can_write_nowhere(image: str) -> None:
    settings = [word for name, value in SETTINGS.items() for word in ("--env", f"{name}={value}")]
    words = ["docker", "run", *LOCKED_DOWN, *settings, image, "-m", "locust", "-f", "loadtests/locustfile.py", "--list"]
    done = proc.run(words, timeout=60)
    assert {"Browse", "Order", "Mixed"} <= set((done.stdout + done.stderr).split())


@pytest.mark.docker
@pytest.mark.timeout(900)
def test_its_image_shows_a_folder_as_json_and_runs_as_nobody(image: str) -> None:
    shown = proc.run(["docker", "run", *LOCKED_DOWN, image, "-m", "loadtests.files", "/app/loadtests"], timeout=60)
    assert json.loads(shown.stdout)["files.py"] == (CHECKOUT / "loadtests" / "files.py").read_text()
    who = proc.run(
        ["docker", "run", *LOCKED_DOWN, image, "-c", "import os; print(os.getuid(), os.getgid())"], timeout=60
    )
    assert who.stdout == "65532 65532\n"
