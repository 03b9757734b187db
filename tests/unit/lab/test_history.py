"""Commits on a real git server: added, reverted, and put on top of what others pushed meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.core.errors import CommandError, UsageError
from lab.flows.history import the_commit
from lab.tools.history import Commit, History
from tests.servers.git import TOKEN, git_server, seed


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A git server whose branch main has one commit: order.yaml and user.yaml, both at 1."""
    with git_server(tmp_path) as url:
        seed(url, tmp_path, {"order.yaml": "at: 1\n", "user.yaml": "at: 1\n"})
        yield url


def ours(url: str) -> History:
    return History(url, TOKEN, author="lab.ship")


def read(url: str) -> dict[str, str]:
    with History(url, author="nobody") as history:
        return {name: history.read(name) for name in ("order.yaml", "user.yaml")}


def test_a_commit_changes_what_it_names_and_nothing_else(url: str) -> None:
    with ours(url) as history:
        made = history.commit({"order.yaml": "at: 2\n"}, "order at 2")
        assert history.commits(1) == [Commit(made, "order at 2")]
    assert read(url) == {"order.yaml": "at: 2\n", "user.yaml": "at: 1\n"}


def test_a_commit_that_changes_nothing_is_not_made(url: str) -> None:
    with ours(url) as history:
        last = history.commits(1)[0].id
        assert history.commit({"order.yaml": "at: 1\n"}, "again") == last
        assert history.commits() == [Commit(last, "Seed")]


def test_a_revert_is_a_new_commit_with_the_tree_of_before(url: str) -> None:
    with ours(url) as history:
        bad = history.commit({"order.yaml": "at: 2\n"}, "order at 2")
    with ours(url) as history:
        undone = history.revert(bad)
        assert [one.subject for one in history.commits(3)] == ['Revert "order at 2"', "order at 2", "Seed"]
        assert history.commits(1)[0].id == undone
    assert read(url) == {"order.yaml": "at: 1\n", "user.yaml": "at: 1\n"}


def test_a_revert_keeps_what_came_after(url: str) -> None:
    with ours(url) as history:
        bad = history.commit({"order.yaml": "at: 2\n"}, "order at 2")
        history.commit({"user.yaml": "at: 2\n"}, "user at 2")
        history.revert(bad)
    assert read(url) == {"order.yaml": "at: 1\n", "user.yaml": "at: 2\n"}


def test_the_first_commit_can_not_be_reverted(url: str) -> None:
    with ours(url) as history, pytest.raises(UsageError, match="is the first commit"):
        history.revert(history.commits()[-1].id)


def test_a_lost_race_is_won_on_top_of_the_others_commit(url: str) -> None:
    with ours(url) as one, ours(url) as other:
        one.commit({"order.yaml": "at: 2\n"}, "order at 2")
        other.commit({"user.yaml": "at: 2\n"}, "user at 2")
        assert [commit.subject for commit in other.commits()] == ["user at 2", "order at 2", "Seed"]
    assert read(url) == {"order.yaml": "at: 2\n", "user.yaml": "at: 2\n"}


def test_who_lost_the_race_for_the_same_line_is_told_and_overwrites_nothing(url: str) -> None:
    with ours(url) as one, ours(url) as other:
        one.commit({"order.yaml": "at: 2\n"}, "order at 2")
        with pytest.raises(CommandError, match="rebase"):
            other.commit({"order.yaml": "at: 3\n"}, "order at 3")
    assert read(url)["order.yaml"] == "at: 2\n"


def test_a_refused_push_is_no_lost_race_and_shows_no_token(url: str) -> None:
    with History(url, "another-token", author="lab.ship") as history, pytest.raises(CommandError) as caught:
        history.commit({"order.yaml": "at: 2\n"}, "order at 2")
    assert "push" in str(caught.value)
    assert "another-token" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(url: str) -> None:
    with ours(url) as history, pytest.raises(UsageError, match=r"missing\.yaml is not on branch main"):
        history.read("missing.yaml")


def test_a_repository_that_is_not_there_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(CommandError), History(f"file://{tmp_path}/none", author="lab.ship"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_commit_is_found_by_how_it_begins_and_the_last_one_without_a_name(url: str) -> None:
    with ours(url) as history:
        first, made = history.commits()[0].id, history.commit({"order.yaml": "at: 2\n"}, "order at 2")
        assert (the_commit(history, None), the_commit(history, first[:8])) == (made, first)
        for name in ("", "zz"):
            with pytest.raises(UsageError, match="commits begin with"):
                the_commit(history, name)
