"""A new image in an overlay: one line changes, here or by a commit on a real git server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.core.errors import CommandError, UsageError
from lab.core.paths import CHECKOUT
from lab.core.state import SERVICES
from lab.flows.bump import TOKEN, bump
from lab.tools.history import History
from lab.tools.overlay import digest_of, with_digest
from tests.servers.git import TOKEN as GIVEN
from tests.servers.git import git_server, seed

ONE, OTHER = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
OVERLAY = """\
# What dev adds.
kind: Kustomization
images:
  - name: order-service
    newName: registry.example.org/kubeflow-ops/order
    newTag: none  # until the first build
  - name: helper
    newTag: "1.0"
"""


def path(service: str) -> str:
    return f"gitops/apps/{service}/overlays/dev/kustomization.yaml"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A git server that has an overlay of each service for dev."""
    monkeypatch.setenv(TOKEN, GIVEN)
    with git_server(tmp_path) as url:
        seed(url, tmp_path, {path(s): OVERLAY.replace("order", s) for s in SERVICES})
        yield url


def test_the_tag_becomes_the_digest_and_nothing_else_changes() -> None:
    wanted = OVERLAY.replace("newTag: none  # until the first build", f"digest: {ONE}")
    assert with_digest(OVERLAY, "order-service", ONE) == wanted


def test_a_digest_becomes_another_one() -> None:
    text = OVERLAY.replace("newTag: none  # until the first build", f"digest: {ONE}")
    assert with_digest(text, "order-service", OTHER) == text.replace(ONE, OTHER)


@pytest.mark.parametrize(
    ("image", "text"),
    [
        ("payment-service", OVERLAY),
        ("order-service", OVERLAY.replace("    newTag: none  # until the first build\n", "")),
        ("order-service", "images: []\n"),
    ],
)
def test_an_overlay_without_a_place_for_the_digest_is_refused(image: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"how to take {image}"):
        with_digest(text, image, ONE)


@pytest.mark.parametrize("digest", ["", "latest", "sha256:12", ONE.upper(), f"{ONE}0"])
def test_what_is_no_digest_is_refused(digest: str) -> None:
    with pytest.raises(UsageError, match="is no digest"):
        with_digest(OVERLAY, "order-service", digest)


@pytest.mark.parametrize(
    "file",
    sorted(CHECKOUT.glob("gitops/apps/*/overlays/*/kustomization.yaml")),
    ids=lambda file: f"{file.parents[2].name}-{file.parent.name}",
)
def test_every_overlay_of_the_tree_can_be_bumped(file: Path) -> None:
    image = f"{file.parents[2].name}-service"
    assert digest_of(with_digest(file.read_text(), image, ONE), image) == ONE


def test_the_checkouts_file_is_changed_where_no_repository_is_named(tmp_path: Path) -> None:
    file = tmp_path / path("order")
    file.parent.mkdir(parents=True)
    file.write_text(OVERLAY)
    bump("order", ONE, "dev", None, "main", tmp_path)
    assert digest_of(file.read_text(), "order-service") == ONE


def test_a_commit_on_the_branch_says_what_is_deployed_where(url: str) -> None:
    assert "for dev is " in bump("order", ONE, "dev", url, "main")
    with History(url, author="nobody") as history:
        assert history.commits(1)[0].subject == f"Deploy order-service {ONE[:19]} to dev"
        assert digest_of(history.read(path("order")), "order-service") == ONE
        assert digest_of(history.read(path("user")), "user-service") == ""


def test_the_same_digest_again_is_no_second_commit(url: str) -> None:
    bump("order", ONE, "dev", url, "main")
    assert "was there already" in bump("order", ONE, "dev", url, "main")
    with History(url, author="nobody") as history:
        assert len(history.commits()) == 2


def test_two_services_at_once_both_get_there(url: str) -> None:
    with History(url, GIVEN, author="a job that is slower") as slower:
        bump("order", ONE, "dev", url, "main")
        slower.commit({path("user"): with_digest(slower.read(path("user")), "user-service", OTHER)}, "user")
    with History(url, author="nobody") as history:
        assert digest_of(history.read(path("order")), "order-service") == ONE
        assert digest_of(history.read(path("user")), "user-service") == OTHER


def test_without_the_token_nothing_is_pushed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN)
    with pytest.raises(CommandError):
        bump("order", ONE, "dev", url, "main")


@pytest.mark.parametrize(
    ("service", "cluster", "words"), [("payment", "dev", "no service"), ("order", "moon", "--cluster 'moon'")]
)
def test_what_is_not_there_is_named_with_what_is(service: str, cluster: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        bump(service, ONE, cluster, None, "main")
    assert "one of: " in caught.value.fix
