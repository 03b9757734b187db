"""From a registry into a bundle, and out of it on a machine that never saw the registry: by digest all the way."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.core import proc
from lab.core.config import Config
from lab.core.errors import LabError
from lab.core.paths import CHECKOUT, Paths
from lab.core.state import SERVICES, LabState
from lab.core.versions import Image, Lock
from lab.core.wait import wait
from lab.stages.kind_artifacts import Artifacts
from lab.stages.pinned_images import archive_name
from lab.tools import docker, images, ports
from lab.tools.registry import Registry

_WHY = docker.engine().why or docker.engine().lacks
pytestmark = [pytest.mark.docker, pytest.mark.skipif(bool(_WHY), reason=f"no Docker Engine with buildx: {_WHY}")]


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    """A registry that stands for the internet's."""
    port = ports.free_ports(1)[0]
    image = next(iter(images.stand_ins("docker.io/library/registry")), "registry:3")
    argv = ["docker", "run", "--rm", "--detach", "--publish", f"127.0.0.1:{port}:5000", image]
    container = proc.run(argv, timeout=300).stdout.strip()
    found = Registry(port)
    wait("registry", found.answers, lambda missing: not missing, timeout=30)
    yield found
    proc.run(["docker", "rm", "--force", "--volumes", container], timeout=60)


@pytest.fixture(scope="module")
def image(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """An image in that registry, under an index as upstream's are; the Engine has it not."""
    context = tmp_path_factory.mktemp("context")
    (context / "content").write_text(str(context))
    (context / "Dockerfile").write_text("FROM scratch\nCOPY content /content\n")
    name = f"{registry.address}/library/web"
    proc.run(["docker", "buildx", "build", "--load", "--tag", f"{name}:one", context], timeout=120)
    proc.run(["docker", "push", f"{name}:one"], timeout=60)
    one = httpx.get(f"http://{registry.address}/v2/library/web/manifests/one", headers={"Accept": _MANIFEST})
    entry = {"mediaType": _MANIFEST, "digest": one.headers["docker-content-digest"], "size": len(one.content)}
    index = json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": [entry | {"platform": _PLATFORM}]})
    put = httpx.put(
        f"http://{registry.address}/v2/library/web/manifests/1", content=index, headers={"Content-Type": _INDEX}
    )
    images.untag(f"{name}:one")
    found = Image(name=name, version="1", digest=put.headers["docker-content-digest"], use="engine")
    yield found
    forget(found)


_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
_MACHINE = proc.run(["docker", "version", "--format", "{{.Server.Arch}}"], check=False).stdout.strip()
_PLATFORM = {"os": "linux", "architecture": _MACHINE}


def artifacts(checkout: Path, image: Image, *, bundle: Path | None = None, offline: bool = False) -> Artifacts:
    shutil.copytree(CHECKOUT / "terraform", checkout / "terraform", dirs_exist_ok=True)
    state = LabState(runtime="kind", lab_id="0", services=dict.fromkeys(SERVICES, 0), localstack=0)
    lock = Lock(image=[image], chart=[], manifest=[], tool=[])
    return Artifacts(Paths(checkout), state, Config(bundle=bundle, offline=offline), lock)


def forget(image: Image) -> None:
    """Leave nothing of the image in the Engine."""
    while image_id := images.image_id(image.reference):
        proc.run(["docker", "rmi", "--force", image_id], timeout=30)


@pytest.fixture
def bundle(image: Image, tmp_path: Path) -> Path:
    """A bundle of it; the Engine has it not any more."""
    here = artifacts(tmp_path / "with internet", image)
    here.save(tmp_path / "bundle")
    forget(image)
    return tmp_path / "bundle"


def test_an_image_comes_out_of_a_bundle_as_what_lab_lock_pins(image: Image, bundle: Path, tmp_path: Path) -> None:
    there = artifacts(tmp_path / "without internet", image, bundle=bundle, offline=True)
    there.engine_images()
    assert images.image_id(image.reference)
    assert there.substituted() == {}
    artifacts(tmp_path / "without internet", image, offline=True).engine_images()  # the bundle is not needed twice
    forget(image)


def test_another_image_in_the_archive_is_refused(image: Image, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    proc.run(["docker", "buildx", "build", "--load", "--tag", image.reference, tmp_path], timeout=120)
    images.save(image.reference, bundle / "images" / archive_name(image.reference))
    forget(image)
    there = artifacts(tmp_path / "without internet", image, bundle=bundle, offline=True)
    with pytest.raises(LabError) as caught:
        there.engine_images()
    assert "is not what lab.lock pins" in caught.value.what
    assert not images.image_id(image.reference)


def test_a_missing_proof_is_named(image: Image, bundle: Path, tmp_path: Path) -> None:
    (bundle / "images" / f"{archive_name(image.reference)}.index.json").unlink()
    with pytest.raises(LabError) as caught:
        artifacts(tmp_path / "without internet", image, bundle=bundle, offline=True).engine_images()
    assert "index.json is not there" in caught.value.why
