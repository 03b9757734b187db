"""lab.lock: every pin is whole, and a wrong one is named with its file."""

from pathlib import Path

import pytest

from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.core.versions import load_lock

LOCK = (CHECKOUT / "lab.lock").read_text()


def test_every_tool_is_pinned_for_every_platform() -> None:
    pinned = {tool.name: set(tool.sha256) for tool in load_lock().tool}
    assert set(pinned) == {"kind", "kubectl", "helm", "terraform"}
    assert all(where == {"linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"} for where in pinned.values())


def test_what_tests_alone_take_is_pinned_where_ci_runs() -> None:
    """Elsewhere PATH may have it; where it has not, its tests are skipped and say so."""
    assert all("linux-amd64" in tool.sha256 for tool in load_lock().check if tool.sha256)


def test_an_image_knows_its_host_and_reference() -> None:
    image = load_lock().the_image("argoproj/argocd")
    assert (image.host, image.reference) == ("quay.io", f"quay.io/argoproj/argocd:{image.version}")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('digest = "sha256:', 'digest = "sha1:', "image.0.digest"),
        ('version = "', 'release = "', "image.0.version"),
        ("[[image]]", "[[image", "lab.lock"),
        ('use = "engine"', 'use = "engine"\ncolour = "red"', "image.0.colour"),
    ],
)
def test_a_wrong_pin_is_named_with_the_way_out(tmp_path: Path, old: str, new: str, named: str) -> None:
    file = tmp_path / "lab.lock"
    file.write_text(LOCK.replace(old, new, 1))
    with pytest.raises(UsageError) as caught:
        load_lock(file)
    assert named in str(caught.value)
    assert "git checkout lab.lock" in caught.value.fix


def test_a_lock_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        load_lock(tmp_path / "lab.lock")
