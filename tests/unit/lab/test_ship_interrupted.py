"""What Ctrl-C leaves of a version that is being shipped: nothing that is not proven."""

import os
import signal
from collections.abc import Iterator

import pytest

from lab.core import stop
from lab.core.errors import Interrupted
from tests.unit.lab.shipping import GitOps, Ship, shipped, url

__all__ = ["shipped", "url"]


@pytest.fixture(autouse=True)
def _going_on() -> Iterator[None]:
    yield
    stop.clear()


def ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    stop.pause(10)


def test_what_was_interrupted_before_it_was_proven_is_reverted(
    shipped: Ship, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshed: list[str] = []
    monkeypatch.setattr(GitOps, "refresh", lambda self: refreshed.append(self.running()))
    with pytest.raises(Interrupted):
        shipped(during=ctrl_c)
    assert (GitOps(url).running(), refreshed) == ("1", ["1"])
    with GitOps(url).history("nobody") as history:
        assert [one.subject for one in history.commits(2)] == ['Revert "Ship all services"', "Ship all services"]


def test_a_push_that_arrived_though_it_was_interrupted_is_reverted(
    shipped: Ship, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = GitOps.push

    def cut_off(self: GitOps, message: str) -> str:
        push(self, message)
        ctrl_c()
        return "never"

    monkeypatch.setattr(GitOps, "push", cut_off)
    with pytest.raises(Interrupted):
        shipped()
    assert GitOps(url).running() == "1"


@pytest.mark.parametrize("new", ["1\n", "2\n"])
def test_an_interrupted_way_back_and_what_is_not_new_are_left(shipped: Ship, url: str, new: str) -> None:
    calm = iter([lambda: None] if new == "2\n" else [])

    def during() -> None:
        next(calm, ctrl_c)()

    with pytest.raises(Interrupted):
        shipped(broken={"2"}, new=new, during=during)
    stop.clear()
    assert GitOps(url).running() == "1"
