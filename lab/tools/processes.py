"""The processes of a lab, found by their mark: whatever happened to its files, none is overlooked."""

from collections.abc import Sequence
from pathlib import Path

import psutil

from lab.tools.ports import lab_of


def of_lab(lab_id: str) -> list[psutil.Process]:
    """Return every living process of the lab but this one and those it runs in."""
    me = psutil.Process()
    mine = {me.pid, *(parent.pid for parent in me.parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in mine and lab_of(process) == lab_id and lives(process.pid)
    ]


def is_of(lab_id: str, pid: int) -> bool:
    """Return whether `pid` is a living process of the lab: another's may have its number by now."""
    try:
        return lab_of(psutil.Process(pid)) == lab_id and lives(pid)
    except psutil.NoSuchProcess:
        return False


def end(processes: Sequence[psutil.Process], grace: float = 5) -> list[psutil.Process]:
    """SIGTERM all, SIGKILL those that are left after `grace` seconds; return those that even that did not end."""
    for process in processes:
        _signal(process, kill=False)
    _, alive = psutil.wait_procs(processes, timeout=grace)
    for process in alive:
        _signal(process, kill=True)
    _, alive = psutil.wait_procs(alive, timeout=grace)
    return [process for process in alive if lives(process.pid)]


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return


def lives(pid: int) -> bool:
    """Return whether a process does more than wait to be reaped."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def lives_by(file: Path) -> bool:
    """Return whether the process lives whose id is in `file`, which it takes away itself, at any moment."""
    try:
        return lives(int(file.read_text()))
    except FileNotFoundError:
        return False
