"""The built images: what they lack, who they run as, and that they work with a read-only root."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from lab.core import proc
from lab.core.paths import CHECKOUT

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
SERVICES = ("order", "user", "notification")
BANNED = (
    "sh",
    "bash",
    "dash",
    "ash",
    "busybox",
    "pip",
    "pip3",
    "uv",
    "gcc",
    "cc",
    "ld",
    "make",
    "apt",
    "apt-get",
    "dpkg",
)
LOCKED_DOWN = ["--rm", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none"]


@pytest.fixture(scope="module", params=SERVICES)
def image(request: pytest.FixtureRequest) -> Iterator[str]:
    service = str(request.param)
    tag = f"kubeflow-ops/{service}-service:contract"
    words = ["docker", "buildx", "build", "--load", "-q", "-t", tag, "--build-arg", f"SERVICE={service}"]
    proc.run([*words, "-f", "services/Dockerfile", "."], cwd=CHECKOUT, timeout=800)
    yield tag
    proc.run(["docker", "image", "rm", "--no-prune", tag], timeout=60)


@pytest.fixture(scope="module")
def facts(image: str) -> dict[str, Any]:
    """What a process inside of the image sees of it."""
    code = """
import importlib.util, json, os
names = {n for _, _, found in os.walk('/') for n in found}
print(json.dumps({
    'names': sorted(names),
    'pip': importlib.util.find_spec('pip') is not None,
    'user': [os.getuid(), os.getgid()],
    'writable': [d for d in ('/', '/app', '/packages', '/etc', '/tmp') if os.access(d, os.W_OK)],
    'services': os.listdir('/app/services'),
}))
"""
    words = ["docker", "run", *LOCKED_DOWN, "--entrypoint", "/usr/bin/python3", image, "-c", code]
    found: dict[str, Any] = json.loads(proc.run(words, timeout=60).stdout)
    return found


def test_it_has_no_shell_no_package_manager_and_no_compiler(facts: dict[str, Any]) -> None:
    assert "python3" in facts["names"]  # the walk saw the file system
    assert set(facts["names"]).isdisjoint(BANNED)
    assert facts["pip"] is False


def test_it_runs_as_65532_and_can_write_nowhere(facts: dict[str, Any]) -> None:
    assert (facts["user"], facts["writable"]) == ([65532, 65532], [])


def test_it_holds_one_service(image: str, facts: dict[str, Any]) -> None:
    service = image.partition("/")[2].partition("-")[0]
    assert set(facts["services"]) - {"__init__.py", "__pycache__", "common"} == {service}


def test_its_entrypoint_is_the_service_and_a_missing_setting_is_named(image: str) -> None:
    done = proc.run(["docker", "run", *LOCKED_DOWN, image], check=False, timeout=60)
    assert done.code == 2
    assert "settings: DATABASE_HOST: Field required" in done.stderr


def test_its_size_is_reported(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    size = int(proc.run(["docker", "image", "inspect", "--format", "{{.Size}}", image]).stdout)
    with capsys.disabled():
        sys.stdout.write(f"\n{image}: {size / 1e6:.0f} MB\n")
    assert size < 400e6  # a forgotten build stage would be larger
