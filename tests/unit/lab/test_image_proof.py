"""An archive's image is believed only when index, manifest and id name each other down from lab.lock's digest."""

import hashlib
import json
from pathlib import Path

import pytest

from lab.core.versions import Image
from lab.tools import image_proof

ID = f"sha256:{'c' * 64}"


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


MANIFEST = json.dumps({"config": {"digest": ID}, "layers": []})
INDEX = json.dumps({"manifests": [{"digest": digest("arm64's")}, {"digest": digest(MANIFEST)}]})
IMAGE = Image(name="example.org/web", version="1", digest=digest(INDEX), use="cluster")


def flaw(folder: Path, index: str = INDEX, manifest: str = MANIFEST, image_id: str = ID, image: Image = IMAGE) -> str:
    (folder / "web.index.json").write_text(index)
    (folder / "web.manifest.json").write_text(manifest)
    return image_proof.flaw(image, folder, "web", image_id)


def test_a_whole_chain_is_believed(tmp_path: Path) -> None:
    assert flaw(tmp_path) == ""


def test_an_image_without_an_index_is_believed(tmp_path: Path) -> None:
    single = Image(name="example.org/web", version="1", digest=digest(MANIFEST), use="cluster")
    assert flaw(tmp_path, index=MANIFEST, image=single) == ""


@pytest.mark.parametrize(
    ("index", "manifest", "image_id", "named"),
    [
        (INDEX + " ", MANIFEST, ID, "lab.lock says"),
        (INDEX, MANIFEST + " ", ID, "which its index does not name"),
        (INDEX, MANIFEST, f"sha256:{'d' * 64}", "which its manifest does not name"),
        (INDEX, MANIFEST, "", "which its manifest does not name"),
    ],
)
def test_a_broken_link_is_named(tmp_path: Path, index: str, manifest: str, image_id: str, named: str) -> None:
    assert named in flaw(tmp_path, index, manifest, image_id)


def test_a_missing_proof_is_named(tmp_path: Path) -> None:
    assert "web.index.json is not there" in image_proof.flaw(IMAGE, tmp_path, "web", ID)
