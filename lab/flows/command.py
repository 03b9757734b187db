"""How a task reads what its user typed and tells what became of it."""

import errno
import functools
import os
import re
import select
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.markup import escape

from lab.core.config import RUNTIMES, Runtime, load_config
from lab.core.errors import LabError, UsageError

out, err = Console(), Console(stderr=True)
_WRITABLE = "make it writable for you, or move the checkout"
_REFUSED = {
    errno.ENOSPC: "free some disk: ./inv lab.down --wipe, docker system prune; the same command goes on from there",
    errno.EDQUOT: "your disk quota is used up: ./inv lab.down --wipe",
    errno.EROFS: _WRITABLE,
    errno.EACCES: _WRITABLE,
    errno.EPERM: _WRITABLE,
}


def job[**P](body: Callable[P, bool | None]) -> Callable[P, None]:
    """Turn a user's mistake into words and an exit code: 1 failed, 2 wrong use, 130 interrupted."""

    @functools.wraps(body)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            passed = body(*args, **kwargs)
        except LabError as error:
            err.print(f"[bold red]✗[/] {escape(str(error))}", soft_wrap=True)
            sys.exit(error.exit_code)
        except OSError as error:
            number = _number_of(error)
            if number not in _REFUSED:
                raise
            told = f"{error.filename or 'a file'}: {error.strerror or os.strerror(number)}"
            err.print(f"[bold red]✗[/] {escape(told)}", soft_wrap=True)
            err.print(f"next: {_REFUSED[number]}")
            sys.exit(1)
        except KeyboardInterrupt:
            err.print("[bold red]✗[/] interrupted")
            sys.exit(130)
        sys.exit(1) if passed is False else None

    return run


def _number_of(error: OSError) -> int:
    """Return the error's number; copying a folder keeps what it met as words, and has none itself."""
    if isinstance(error, shutil.Error):
        met = re.search(r"\[Errno (\d+)\]", str(error))
        return int(met[1]) if met else 0
    return error.errno or 0


def piped(program: Callable[[], object]) -> None:
    """Run a program whose reader may have enough before its end (`| head`): then it ends, and says nothing."""
    try:
        try:
            program()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        if not _unread():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter's own flush fails
        sys.exit(128 + signal.SIGPIPE)


def _unread() -> bool:
    """Return whether nobody reads our output any more."""
    watch = select.poll()
    watch.register(sys.stdout.fileno(), select.POLLERR)
    return bool(watch.poll(0))


def number[N: (int, float)](name: str, text: str | None, kind: type[N]) -> N | None:
    """Return the number of option `name`, None when it was not given. Raises UsageError for anything else."""
    try:
        return None if text is None else kind(text)
    except ValueError as error:
        raise UsageError(f"--{name} {text!r} is not a number", fix=f"--{name} 10") from error


def within[N: (int, float)](name: str, given: N, least: N, most: N, meaning: str = "") -> N:
    """Return the number of option `name`. Raises UsageError when it is out of bounds; `meaning` explains the least."""
    if not least <= given <= most:
        raise UsageError(f"--{name} {given} is out of bounds", fix=f"between {least}{meaning} and {most}")
    return given


def rung(text: str | None) -> Runtime | None:
    """Return the rung that was asked for, by option or setting; None: whichever the machine holds."""
    for runtime in RUNTIMES:
        if text == runtime:
            return runtime
    if text is None:
        return load_config().runtime
    raise UsageError(f"--runtime {text!r} is no rung of the ladder", fix=f"one of: {', '.join(RUNTIMES)}")


def plainly(given: bool) -> bool:
    """Return whether live progress is unwanted, by option or setting."""
    return given or load_config().plain


def confirmed(name: str, answer: str | None, does: str, instead: str) -> None:
    """Return once the user, told what going on `does`, typed `name`, or gave it as `answer`.

    Raises UsageError for anything else, and where nobody can type; `instead` is what to say there.
    """
    if answer is None:
        if not sys.stdin.isatty():
            raise UsageError(f"{does}, and nobody can be asked", fix=instead)
        sys.stderr.write(f"{does}.\ntype {name} to go on: ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
    if answer.strip() != name:
        raise UsageError(f"{answer.strip()!r} is not {name!r}: nothing was changed", fix=f"type {name}, or {instead}")


def named(words: Sequence[str], optional: Mapping[str, str]) -> list[str]:
    """Put the option's name before a word that follows its task: invoke knows no argument that may be left out."""
    if len(words) < 2 or words[0] not in optional or words[1].startswith("-"):  # noqa: PLR2004 - a task and its word
        return list(words)
    return [words[0], f"--{optional[words[0]]}", *words[1:]]
