"""Drills by commit, on a real git server: taken back once, whoever was there before."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from lab.core.errors import CommandError
from lab.core.paths import CHECKOUT
from lab.drills.bad_deploy import BadDeploy
from lab.drills.commit import Committed
from lab.drills.crash_loop import CrashLoop
from lab.drills.image_pull import ImagePull
from lab.tools.history import History
from lab.tools.overlay import with_digest
from tests.servers.git import TOKEN, git_server, seed

KINDS = pytest.mark.parametrize("kind", [BadDeploy, CrashLoop, ImagePull])


class Repository:
    """Stands for the lab's gitops: its history, and which Applications were asked to look."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.refreshed: list[str] = []

    def history(self, author: str) -> History:
        return History(self._url, TOKEN, author=author)

    def refresh(self, names: tuple[str, ...]) -> None:
        self.refreshed += names

    def push(self, kind: type[Committed], text: str) -> None:
        """Put the tree's overlay over what is there, as lab.push does."""
        with self.history("lab.push") as history:
            history.commit({path(kind): text}, "Working tree")

    def overlay(self, kind: type[Committed]) -> str:
        with self.history("nobody") as history:
            return history.read(path(kind))

    def subjects(self) -> list[str]:
        with self.history("nobody") as history:
            return [commit.subject for commit in history.commits()]


def path(kind: type[Committed]) -> str:
    return f"gitops/apps/{kind.service}/overlays/local/kustomization.yaml"


def built(kind: type[Committed], digit: str) -> str:
    """Return the tree's overlay with an image's digest, as lab.push puts it in."""
    text = (CHECKOUT / path(kind)).read_text()
    return with_digest(text, f"{kind.service}-service", f"sha256:{digit * 64}")


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with git_server(tmp_path) as url:
        seed(url, tmp_path, {path(kind): built(kind, "1") for kind in (BadDeploy, CrashLoop, ImagePull)})
        yield Repository(url)


def drill(kind: type[Committed], repository: Repository) -> Committed:
    field: Any = SimpleNamespace(gitops=repository)
    return kind(field)


@KINDS
def test_a_fault_is_reverted_once(kind: type[Committed], repository: Repository) -> None:
    drill(kind, repository).fault()
    assert repository.overlay(kind) != built(kind, "1")
    for _ in range(2):
        drill(kind, repository).rollback()
    assert repository.overlay(kind) == built(kind, "1")
    assert repository.subjects() == [f'Revert "drill: {kind.name}"', f"drill: {kind.name}", "Seed"]
    assert repository.refreshed == [kind.service, kind.service]


@KINDS
@pytest.mark.parametrize("digit", ["1", "2"], ids=["as it was", "built anew"])
def test_a_tree_that_was_pushed_over_it_took_it_back(kind: type[Committed], digit: str, repository: Repository) -> None:
    drill(kind, repository).fault()
    repository.push(kind, built(kind, digit))
    drill(kind, repository).rollback()
    assert repository.overlay(kind) == built(kind, digit)
    assert repository.subjects() == ["Working tree", f"drill: {kind.name}", "Seed"]
    assert repository.refreshed == [kind.service, kind.service]


@pytest.mark.parametrize("kind", [BadDeploy, CrashLoop])
def test_a_fault_that_a_later_change_left_in_is_not_passed_over(kind: type[Committed], repository: Repository) -> None:
    drill(kind, repository).fault()
    overlay = yaml.safe_load(repository.overlay(kind))
    repository.push(kind, yaml.safe_dump({**overlay, "images": []}, sort_keys=False))
    with pytest.raises(CommandError, match="revert"):
        drill(kind, repository).rollback()
    repository.push(kind, built(kind, "1"))
    drill(kind, repository).rollback()
    assert repository.refreshed == [kind.service, kind.service]
