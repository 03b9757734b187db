"""Steps that depend on each other, run as parallel as they can; what each took, and the critical path."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from lab.core import stop
from lab.core.errors import Interrupted, LabError, StepError, UsageError
from lab.core.say import Listener, listening
from lab.core.view import View

_ENDING = "ending what is under way first"


@dataclass(frozen=True)
class Step:
    """One idempotent piece of work: `run` ensures a state, after all of `needs` did."""

    name: str
    run: Callable[[], object]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timing:
    """When a step ran, in seconds since its graph began."""

    name: str
    needs: tuple[str, ...]
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def in_turn(doing: Sequence[tuple[str, Callable[[], object]]]) -> list[Step]:
    """Return names and what they do as steps, each of which needs the one before it."""
    return [Step(name, do, (doing[n - 1][0],) if n else ()) for n, (name, do) in enumerate(doing)]


def critical_path(timings: Sequence[Timing]) -> list[Timing]:
    """Return the chain of steps that decided how long the graph took, first step first."""
    by_name = {timing.name: timing for timing in timings}
    path: list[Timing] = []
    last = max(timings, key=lambda timing: timing.ended, default=None)
    while last is not None:
        path.insert(0, last)
        last = max((by_name[name] for name in last.needs if name in by_name), key=lambda t: t.ended, default=None)
    return path


def run_graph(steps: Sequence[Step], view: View, *, workers: int = 32) -> list[Timing]:
    """Run every step once, each as soon as what it needs is done; return their timings in the order they ended.

    The first failure stops the others (their waits and processes end) and is raised as StepError from its cause,
    Ctrl-C as Interrupted. No step is at work any more when that is raised, however often Ctrl-C comes. Raises
    UsageError for a need that no step meets, or a cycle.
    """
    order = _order(steps)
    by_name, began, timings = {step.name: step for step in steps}, time.monotonic(), []
    running: dict[Future[Timing], Step] = {}
    failure: tuple[Step, BaseException] | None = None
    stop.clear()
    try:
        with ExitStack() as ending, view, ThreadPoolExecutor(max_workers=workers) as pool:
            try:
                while order.is_active() and failure is None:
                    for name in order.get_ready():
                        step = by_name[name]
                        running[pool.submit(copy_context().run, _run_step, step, view, began)] = step
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        step = running.pop(future)
                        if (error := future.exception()) is not None:
                            failure = failure or (step, error)
                        else:
                            timings.append(future.result())
                            order.done(step.name)
            except KeyboardInterrupt as interrupt:
                ending.enter_context(stop.shielded(_ENDING))
                stop.stop("interrupted")
                raise Interrupted("interrupted", fix="the same command goes on where this one ended") from interrupt
            finally:
                if failure is not None:
                    ending.enter_context(stop.shielded(_ENDING))
                    stop.stop(f"step {failure[0].name} failed")
    except Interrupted:
        stop.clear()  # every step has ended, and what cleans up may begin
        raise
    stop.clear()
    if failure is not None:
        step, error = failure
        if isinstance(error, LabError):
            raise StepError(
                f"step {step.name} failed: {error.what}", why=error.why, fix=error.fix, detail=error.detail
            ) from error
        raise error
    return timings


def _order(steps: Sequence[Step]) -> TopologicalSorter[str]:
    names = {step.name for step in steps}
    for step in steps:
        if missing := [need for need in step.needs if need not in names]:
            raise UsageError(f"step {step.name} needs {', '.join(missing)}, which no step is called")
    order = TopologicalSorter({step.name: step.needs for step in steps})
    try:
        order.prepare()
    except CycleError as error:
        raise UsageError(f"steps need each other: {' -> '.join(error.args[1])}") from error
    return order


def _run_step(step: Step, view: View, origin: float) -> Timing:
    began = time.monotonic()
    view.started(step.name)
    say = Listener(lambda text: view.said(step.name, text), lambda done, total: view.progressed(step.name, done, total))
    try:
        with listening(say):
            step.run()
    except BaseException:
        view.ended(step.name, time.monotonic() - began, ok=False)
        raise
    ended = time.monotonic()
    view.ended(step.name, ended - began, ok=True)
    return Timing(step.name, step.needs, began - origin, ended - origin)
