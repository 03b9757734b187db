"""The graph of steps: order, parallelism, failure, interruption, critical path."""

import io
import os
import signal
import threading

import pytest
from rich.console import Console

from lab.core import stop
from lab.core.errors import Interrupted, LabError, StepError, UsageError
from lab.core.graph import Step, Timing, critical_path, run_graph
from lab.core.say import progress, say
from lab.core.view import LiveView, PlainView, view_for


def _plain() -> PlainView:
    return PlainView(Console(file=io.StringIO()))


def test_a_step_runs_after_all_that_it_needs() -> None:
    ran: list[str] = []
    steps = [
        Step("c", lambda: ran.append("c"), ("a", "b")),
        Step("b", lambda: ran.append("b"), ("a",)),
        Step("a", lambda: ran.append("a")),
    ]
    assert [t.name for t in run_graph(steps, _plain())] == ran == ["a", "b", "c"]


def test_steps_that_do_not_need_each_other_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=5)  # breaks unless two steps are inside at once
    run_graph([Step("a", lambda: both.wait() and None), Step("b", lambda: both.wait() and None)], _plain())


def test_a_failure_stops_the_others_and_runs_nothing_that_needs_it() -> None:
    ran: list[str] = []

    def fail() -> None:
        raise LabError("disk full", why="0 bytes left", fix="free some")

    def long() -> None:
        stop.pause(60)
        ran.append("long")

    with pytest.raises(StepError) as caught:
        run_graph(
            [Step("bad", fail), Step("long", long), Step("after", lambda: ran.append("after"), ("bad",))], _plain()
        )
    assert "step bad failed: disk full" in str(caught.value)
    assert caught.value.fix == "free some"
    assert ran == []
    stop.raise_if_stopped()  # the flag is cleared: a rollback may work


def test_a_bug_in_a_step_keeps_its_type() -> None:
    def bug() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_graph([Step("bug", bug)], _plain())


def test_ctrl_c_ends_the_steps_and_is_told_as_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def long() -> None:
        try:
            stop.pause(60)
        finally:
            ended.set()

    def interrupted(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lab.core.graph.wait", interrupted)
    with pytest.raises(Interrupted):
        run_graph([Step("long", long)], _plain())
    assert ended.is_set()
    stop.raise_if_stopped()  # what cleans up after it may work


def test_a_second_ctrl_c_waits_for_the_steps_to_end_too() -> None:
    ended = threading.Event()

    def press() -> None:
        threading.Event().wait(0.1)  # until the step is waited for
        os.kill(os.getpid(), signal.SIGINT)

    def busy() -> None:
        press()
        with pytest.raises(Interrupted):
            stop.pause(60)
        press()
        threading.Event().wait(0.3)
        ended.set()

    with pytest.raises((Interrupted, KeyboardInterrupt)) as caught:
        run_graph([Step("busy", busy)], _plain())
    assert (caught.type, ended.is_set()) == (Interrupted, True)


def test_ctrl_c_after_a_failure_waits_for_the_steps_to_end_too() -> None:
    ended = threading.Event()

    def fail() -> None:
        raise LabError("disk full")

    def busy() -> None:
        with pytest.raises(Interrupted):
            stop.pause(60)
        threading.Event().wait(0.1)  # until it is waited for
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(0.3)
        ended.set()

    with pytest.raises((StepError, KeyboardInterrupt)) as caught:
        run_graph([Step("busy", busy), Step("bad", fail)], _plain())
    assert (caught.type, ended.is_set()) == (StepError, True)


def test_an_unknown_need_and_a_cycle_are_named() -> None:
    with pytest.raises(UsageError, match="needs postgres"):
        run_graph([Step("order", lambda: None, ("postgres",))], _plain())
    with pytest.raises(UsageError, match=r"a -> b -> a|b -> a -> b"):
        run_graph([Step("a", lambda: None, ("b",)), Step("b", lambda: None, ("a",))], _plain())


def test_the_critical_path_follows_the_need_that_ended_last() -> None:
    timings = [
        Timing("quick", (), 0, 1),
        Timing("slow", (), 0, 5),
        Timing("apps", ("quick", "slow"), 5, 7),
        Timing("aside", ("quick",), 1, 6),
    ]
    assert [timing.name for timing in critical_path(timings)] == ["slow", "apps"]
    assert critical_path([]) == []


def test_plain_lines_carry_the_step_and_its_words() -> None:
    text = io.StringIO()

    def work() -> None:
        say("pulling [image]")
        for done in range(101):
            progress(done, 100)

    run_graph([Step("images", work)], PlainView(Console(file=text, width=200)))
    lines = text.getvalue().splitlines()
    assert any("images" in line and "pulling [image]" in line for line in lines)
    assert sum("%" in line for line in lines) == 11  # tenths, not every percent
    assert "done in" in lines[-1]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("file", "environment", "plain", "kind"),
    [
        (_Terminal, {}, False, LiveView),
        (_Terminal, {}, True, PlainView),
        (_Terminal, {"TERM": "dumb"}, False, PlainView),  # where a live view says nothing before its end
        (io.StringIO, {}, False, PlainView),
        (io.StringIO, {"FORCE_COLOR": "1"}, False, PlainView),  # colours are wanted, codes that move a cursor are not
    ],
)
def test_the_view_is_plain_when_asked_for_and_where_no_cursor_moves(
    file: type[io.StringIO], environment: dict[str, str], *, plain: bool, kind: type
) -> None:
    console = Console(file=file(), _environ={"TERM": "xterm", **environment})
    assert isinstance(view_for(console, plain=plain), kind)
