"""The wait: ends when ready, fails at once when hopeless, says only changes, names the blocker."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.core import stop
from lab.core.errors import Interrupted, WaitHopeless, WaitTimeout
from lab.core.say import Listener, listening
from lab.core.wait import still_wrong, wait


@dataclass(frozen=True)
class Pod:
    ready: bool
    reason: str = ""


@pytest.fixture
def said() -> Iterator[list[str]]:
    lines: list[str] = []
    with listening(Listener(lines.append, lambda _done, _total: None)):
        yield lines


def _sequence(*pods: Pod) -> "Iterator[Pod]":
    yield from pods
    while True:
        yield pods[-1]


def test_the_ready_state_is_returned(said: list[str]) -> None:
    states = _sequence(Pod(False, "pulling"), Pod(True))
    assert wait("pod", lambda: next(states), lambda pod: pod.ready, delay=0.001) == Pod(True)


def test_only_changes_are_said_and_they_name_the_blocker(said: list[str]) -> None:
    states = _sequence(Pod(False, "pulling"), Pod(False, "pulling"), Pod(False, "starting"), Pod(True))
    wait("order", lambda: next(states), lambda pod: pod.ready, explain=lambda pod: pod.reason, delay=0.001)
    assert said == ["order: pulling", "order: starting"]


def test_a_state_that_cannot_get_better_fails_at_once(said: list[str]) -> None:
    looks = []

    def look() -> Pod:
        looks.append(1)
        return Pod(False, "ImagePullBackOff")

    with pytest.raises(WaitHopeless, match="ImagePullBackOff"):
        wait("pod", look, lambda pod: pod.ready, error=lambda pod: pod.reason, timeout=60)
    assert len(looks) == 1


def test_a_timeout_tells_the_last_explanation_and_the_next_command(said: list[str]) -> None:
    with pytest.raises(WaitTimeout) as caught:
        wait(
            "pod",
            lambda: Pod(False, "no node"),
            lambda p: p.ready,
            explain=lambda p: p.reason,
            delay=0.01,
            timeout=0.05,
            fix="lab.logs",
        )
    assert caught.value.why == "no node"
    assert caught.value.fix == "lab.logs"


def test_successes_must_come_in_a_row(said: list[str]) -> None:
    flapping = iter([True, False, True, True, False])
    left = [1]

    def look() -> bool:
        left[0] += 1
        return next(flapping)

    assert wait("flap", look, bool, successes=2, delay=0.001)
    assert left[0] == 5


def test_stop_ends_a_wait_without_waiting_for_its_delay(said: list[str]) -> None:
    def look() -> bool:
        stop.stop("enough")
        return False

    try:
        with pytest.raises(Interrupted, match="enough"):
            wait("never", look, bool, delay=3600, timeout=7200)
    finally:
        stop.clear()


def test_an_error_of_the_observer_is_not_swallowed(said: list[str]) -> None:
    def look() -> bool:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        wait("bug", look, bool)


def test_what_becomes_right_in_time_is_not_wrong_and_what_does_not_is_told_as_it_last_was() -> None:
    seen = iter([["pod is ending", "no order"], ["no order"], []])
    assert still_wrong("lab", lambda: next(seen), timeout=5, delay=0.001) == []
    looks = iter(range(1000))
    (last,) = still_wrong("lab", lambda: [f"look {next(looks)}"], timeout=0.02, delay=0.001)
    assert last == f"look {next(looks) - 1}" != "look 0"
