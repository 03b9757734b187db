"""An image into a real registry: by its digest, and a tag that is there stays what it was."""

import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from testcontainers.core.container import DockerContainer

from lab.core import proc
from lab.core.errors import CommandError, UsageError
from lab.core.versions import load_lock
from lab.core.wait import wait
from lab.flows import publish
from lab.tools import images, ports
from lab.tools.registry import Registry

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]
LOCAL = "kubeflow-ops/test-publish:local"


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    """A registry of its own: the locked one, or another version that the Engine has."""
    locked, port = load_lock().the_image("library/registry"), ports.free_ports(1)[0]
    known = images.repository_digests(locked.reference) is not None
    reference = locked.reference if known else next(iter(images.stand_ins(locked.name)), locked.reference)
    container = DockerContainer(reference)
    container.ports["5000/tcp"] = ("127.0.0.1", port)  # type: ignore[assignment] # docker takes an address too
    with container:
        made = Registry(port)
        wait("registry", made.answers, lambda why: not why, timeout=30)
        yield made


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small image in the place of a service's; the folder is for more of them."""
    monkeypatch.setattr(publish, "_local", lambda _service: LOCAL)
    made(tmp_path, "one")
    yield tmp_path
    with suppress(CommandError):
        proc.run(["docker", "image", "rm", LOCAL], timeout=30)


def made(folder: Path, words: str) -> None:
    """Have an image in the Engine that holds one file."""
    (folder / "file").write_text(words)
    with tarfile.open(folder / "image.tar", "w") as archive:
        archive.add(folder / "file", "file")
    proc.run(["docker", "import", folder / "image.tar", LOCAL], timeout=60)


def test_what_is_pushed_is_known_by_its_digest(registry: Registry, local: Path) -> None:
    digest = publish.push("order", f"{registry.address}/kubeflow-ops/order:first")
    assert digest == registry.digest("kubeflow-ops/order", "first")
    assert digest.startswith("sha256:")


def test_a_tag_that_is_there_stays_and_its_digest_is_told(registry: Registry, local: Path) -> None:
    target = f"{registry.address}/kubeflow-ops/order:again"
    first = publish.push("order", target)
    made(local, "another")
    assert publish.push("order", target) == first == registry.digest("kubeflow-ops/order", "again")
    assert publish.push("order", f"{target}-other") != first


def test_an_image_that_was_not_built_is_named(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_local", lambda _service: "kubeflow-ops/never-built:local")
    with pytest.raises(UsageError, match="the Engine has no image") as caught:
        publish.push("order", f"{registry.address}/kubeflow-ops/order:none")
    assert "./inv image.build order" in caught.value.fix


def test_a_registry_that_does_not_answer_is_no_missing_tag(local: Path) -> None:
    with pytest.raises(CommandError):
        publish.push("order", f"127.0.0.1:{ports.free_ports(1)[0]}/kubeflow-ops/order:first")


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(UsageError, match="no service is called 'payment'"):
        publish.push("payment", "127.0.0.1:1/kubeflow-ops/payment:first")
