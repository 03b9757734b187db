"""The lab's git: snapshots of a working tree, pushed over HTTP with a token, read without one."""

import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.core import proc
from lab.core.errors import CommandError
from lab.git_server.server import LARGEST
from lab.tools.history import History
from lab.tools.snapshot import Snapshots
from tests.servers.git import TOKEN, git_server


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A running git server."""
    with git_server(tmp_path) as url:
        yield url


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A working tree with a file that is committed nowhere, one that git ignores, and a space in its path."""
    folder = tmp_path / "a working tree"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text("newTag: lab\n")
    (folder / ".gitignore").write_text("ignored\n")
    (folder / "ignored").write_text("secret")
    return folder


@pytest.fixture
def snapshots(tmp_path: Path, tree: Path) -> Snapshots:
    return Snapshots(tmp_path / "own.git", tree)


def cloned(url: str, folder: Path) -> dict[str, str]:
    proc.run(["git", "clone", "--quiet", url, folder], timeout=30)
    return {file.name: file.read_text() for file in folder.iterdir() if file.is_file()}


def test_what_is_pushed_is_what_argo_cd_reads(snapshots: Snapshots, url: str, tmp_path: Path, tree: Path) -> None:
    snapshots.take("Working tree", {"kustomization.yaml": "digest: sha256:1\n"})
    snapshots.push(url, TOKEN)
    assert cloned(url, tmp_path / "clone") == {"kustomization.yaml": "digest: sha256:1\n", ".gitignore": "ignored\n"}
    assert (tree / "kustomization.yaml").read_text() == "newTag: lab\n"


def test_a_second_push_adds_a_commit_and_no_change_adds_none(snapshots: Snapshots, url: str, tree: Path) -> None:
    first = snapshots.take("Working tree", {})
    assert snapshots.take("Working tree", {}) == first
    snapshots.push(url, TOKEN)
    (tree / "more.yaml").write_text("more: true\n")
    second = snapshots.take("Working tree", {})
    assert second != first
    snapshots.push(url, TOKEN)
    assert proc.run(["git", "ls-remote", url, "main"], timeout=30).stdout.split()[0] == second == snapshots.last()


def test_a_file_that_is_gone_is_gone_from_the_snapshot(
    snapshots: Snapshots, url: str, tmp_path: Path, tree: Path
) -> None:
    snapshots.take("Working tree", {})
    (tree / "kustomization.yaml").unlink()
    snapshots.take("Working tree", {})
    snapshots.push(url, TOKEN)
    assert set(cloned(url, tmp_path / "clone")) == {".gitignore"}


def test_a_link_out_of_the_tree_is_left_out_and_one_within_is_not(
    snapshots: Snapshots, url: str, tmp_path: Path, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "out").symlink_to(tmp_path)
    (tree / "within").symlink_to("kustomization.yaml")
    snapshots.take("Working tree", {})
    snapshots.push(url, TOKEN)
    assert set(cloned(url, tmp_path / "clone")) == {"kustomization.yaml", ".gitignore", "within"}
    assert f"left out: out links to {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize("token", ["", "another", "größer"])
def test_a_push_without_the_token_is_refused_and_the_token_is_not_shown(
    snapshots: Snapshots, url: str, token: str
) -> None:
    snapshots.take("Working tree", {})
    with pytest.raises(CommandError) as caught:
        snapshots.push(url, token)
    assert TOKEN not in str(caught.value)
    assert "500" not in str(caught.value)
    assert proc.run(["git", "ls-remote", url], timeout=30).stdout == ""


@pytest.mark.parametrize("password", [b"gr\xc3\xb6\xc3\x9fer", b"\xff", b""])
def test_a_password_of_any_bytes_is_only_a_wrong_one(url: str, password: bytes) -> None:
    given = {"Authorization": f"Basic {b64encode(b'x:' + password).decode()}"}
    answer = httpx.get(f"{url}/info/refs?service=git-receive-pack", headers=given, trust_env=False)
    assert answer.status_code == 401


@pytest.mark.parametrize("first", [True, False], ids=["first push", "later push"])
def test_a_tree_too_large_for_the_server_is_named_with_what_to_do(
    snapshots: Snapshots, url: str, tree: Path, tmp_path: Path, first: bool
) -> None:
    if not first:
        snapshots.take("Working tree", {})
        snapshots.push(url, TOKEN)
    large = tree / "recording.mp4"
    large.write_bytes(os.urandom(2 * LARGEST))
    snapshots.take("Working tree", {})
    with pytest.raises(CommandError) as caught:
        snapshots.push(url, TOKEN)
    assert f"takes at once ({LARGEST >> 20} MiB)" in caught.value.why
    assert "in .gitignore" in caught.value.fix
    large.unlink()
    (tree / "more.yaml").write_text("more: true\n")
    snapshots.take("Working tree", {})
    snapshots.push(url, TOKEN)
    assert set(cloned(url, tmp_path / "clone")) == {"kustomization.yaml", ".gitignore", "more.yaml"}


def test_a_snapshot_comes_after_what_somebody_else_committed(snapshots: Snapshots, url: str, tree: Path) -> None:
    snapshots.follow(url)  # an empty repository has nothing to follow
    first = snapshots.take("Working tree", {})
    snapshots.push(url, TOKEN)
    with History(url, TOKEN, author="a drill") as history:
        theirs = history.commit({"theirs": "yes\n"}, "Theirs")
    (tree / "more.yaml").write_text("more: true\n")
    snapshots.follow(url)
    last = snapshots.take("Working tree", {})
    snapshots.push(url, TOKEN)
    with History(url, author="nobody") as history:
        assert [one.id for one in history.commits()] == [last, theirs, first]


def test_a_push_over_commits_that_were_not_followed_is_refused(snapshots: Snapshots, url: str, tree: Path) -> None:
    snapshots.take("Working tree", {})
    snapshots.push(url, TOKEN)
    with History(url, TOKEN, author="a drill") as history:
        history.commit({"theirs": "yes\n"}, "Theirs")
    (tree / "more.yaml").write_text("more: true\n")
    snapshots.take("Working tree", {})
    with pytest.raises(CommandError):
        snapshots.push(url, TOKEN)


def test_the_users_own_git_settings_are_not_taken(
    snapshots: Snapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (tmp_path / ".gitconfig").write_text(f"[commit]\n  gpgsign = true\n[core]\n  hooksPath = {hooks}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(snapshots.take("Working tree", {})) == 40
