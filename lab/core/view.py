"""How a running graph looks: live lines on a terminal, plain ones elsewhere."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class View(Protocol):
    """Is told of each step's life, from several threads at once; open while the graph runs."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def started(self, step: str) -> None: ...
    def said(self, step: str, text: str) -> None: ...
    def progressed(self, step: str, done: float, total: float) -> None: ...
    def ended(self, step: str, seconds: float, *, ok: bool) -> None: ...


class PlainView:
    """One line for each event, with the seconds since the start: for CI, pipes and logs."""

    def __init__(self, console: Console) -> None:
        self._console, self._began, self._lock = console, time.monotonic(), threading.Lock()
        self._tenths: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        return self

    def __exit__(self, *_exit: object) -> None:
        return

    def _line(self, step: str, text: str) -> None:
        with self._lock:
            self._console.print(
                f"{time.monotonic() - self._began:6.1f}s  {step:<14} {text}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )

    def started(self, step: str) -> None:
        self._line(step, "…")

    def said(self, step: str, text: str) -> None:
        self._line(step, text)

    def progressed(self, step: str, done: float, total: float) -> None:
        tenth = int(10 * done / total)
        if self._tenths.get(step) != tenth:
            self._tenths[step] = tenth
            self._line(step, f"{10 * tenth} %")

    def ended(self, step: str, seconds: float, *, ok: bool) -> None:
        self._line(step, f"{'done' if ok else 'FAILED'} in {seconds:.1f} s")


class LiveView:
    """A line for each step that moves while it works."""

    def __init__(self, console: Console) -> None:
        columns = (
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.fields[mark]} {task.description:<14}"),
            TimeElapsedColumn(),
            BarColumn(bar_width=16),
            TextColumn("[dim]{task.fields[text]}"),
        )
        self._progress = Progress(*columns, console=console)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_exit: object) -> None:
        self._progress.stop()

    def started(self, step: str) -> None:
        self._tasks[step] = self._progress.add_task(step, total=None, mark="[cyan]·[/]", text="")

    def said(self, step: str, text: str) -> None:
        self._progress.update(self._tasks[step], text=text.replace("[", r"\["))

    def progressed(self, step: str, done: float, total: float) -> None:
        self._progress.update(self._tasks[step], completed=done, total=total)

    def ended(self, step: str, seconds: float, *, ok: bool) -> None:
        mark, text = ("[green]✓[/]", "") if ok else ("[red]✗[/]", f"failed after {seconds:.1f} s")
        self._progress.update(self._tasks[step], mark=mark, text=text, completed=1, total=1)


def view_for(console: Console, *, plain: bool) -> View:
    """Return the live view on a terminal that can move its cursor, the plain one elsewhere or when asked for."""
    live = console.is_interactive and console.file.isatty()  # FORCE_COLOR alone makes rich take a file for a terminal
    return LiveView(console) if live and not plain else PlainView(console)
