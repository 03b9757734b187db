"""The one way to wait: look, explain what is missing, end."""

from __future__ import annotations

import time
from collections.abc import Callable

from lab.core import stop
from lab.core.errors import WaitHopeless, WaitTimeout
from lab.core.say import say


def wait[S](  # what a caller may tune about a wait, by name
    what: str,
    observe: Callable[[], S],
    ready: Callable[[S], bool],
    *,
    error: Callable[[S], str | None] = lambda _state: None,
    explain: Callable[[S], str] = str,
    delay: float = 0.2,
    timeout: float = 60,
    successes: int = 1,
    fix: str = "",
) -> S:
    """Observe every `delay` seconds until `ready` held `successes` times in a row; return the last state.

    Says `what: explain(state)` whenever the explanation changes. Raises WaitHopeless at once when `error`
    returns a reason (the state can't get better), WaitTimeout after `timeout` seconds with the last
    explanation, Interrupted when the lab is stopped. An exception of `observe` is not swallowed: an observer
    returns what it can't reach as a state.
    """
    began, explained, streak = time.monotonic(), None, 0
    while True:
        stop.raise_if_stopped()
        state = observe()
        streak = streak + 1 if ready(state) else 0
        if streak >= successes:
            return state
        if reason := error(state):
            raise WaitHopeless(f"{what} will not become ready", why=reason, fix=fix)
        explanation = explain(state)
        if streak == 0 and explanation != explained:
            say(f"{what}: {explanation}")
            explained = explanation
        if time.monotonic() - began + delay > timeout:
            raise WaitTimeout(f"{what} was not ready after {timeout:g} s", why=explanation, fix=fix)
        stop.pause(delay)


def still_wrong(what: str, look: Callable[[], list[str]], timeout: float, delay: float = 1) -> list[str]:
    """Return what `look` finds wrong and what does not become right within `timeout` seconds: [] as soon as all is."""
    try:
        return wait(what, look, lambda found: not found, explain="; ".join, delay=delay, timeout=timeout)
    except WaitTimeout:
        return look()
