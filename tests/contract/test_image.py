"""The built images: what they lack, who they run as, and that they work with a read-only root."""

import sys
from collections.abc import Iterator

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


def python(image: str, code: str, *, check: bool = True) -> proc.Completed:
    words = ["docker", "run", *LOCKED_DOWN, "--entrypoint", "/usr/bin/python3", image, "-c", code]
    return proc.run(words, check=check, timeout=60)


def test_it_has_no_shell_no_package_manager_and_no_compiler(image: str) -> None:
    code = "import os; print(*[n for _, _, names in os.walk('/') for n in names])"
    names = set(python(image, code).stdout.split())
    assert "python3" in names  # the walk saw the file system
    assert names.isdisjoint(BANNED)


def test_pip_cannot_even_be_imported(image: str) -> None:
    assert "No module named" in python(image, "import pip", check=False).stderr


def test_it_runs_as_65532_and_can_write_nowhere(image: str) -> None:
    folders = ("/", "/app", "/packages", "/etc", "/tmp")  # noqa: S108 - looked at, not used
    code = f"import os; print(os.getuid(), os.getgid(), any(os.access(d, os.W_OK) for d in {folders}))"
    assert python(image, code).stdout.split() == ["65532", "65532", "False"]


def test_its_entrypoint_is_the_service_and_a_missing_setting_is_named(image: str) -> None:
    done = proc.run(["docker", "run", *LOCKED_DOWN, image], check=False, timeout=60)
    assert done.code == 2
    assert "settings: DATABASE_HOST: Field required" in done.stderr


def test_it_holds_one_service_and_no_test(image: str) -> None:
    code = "import os; print(*sorted(os.listdir('/app/services')))"
    found = set(python(image, code).stdout.split())
    assert found - {"__init__.py", "__pycache__", "common"} == {image.partition("/")[2].partition("-")[0]}


def test_its_size_is_reported(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    size = int(proc.run(["docker", "image", "inspect", "--format", "{{.Size}}", image]).stdout)
    with capsys.disabled():
        sys.stdout.write(f"\n{image}: {size / 1e6:.0f} MB\n")
    assert size < 400e6  # a forgotten build stage would be larger
