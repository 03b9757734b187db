"""What a task's end means to who typed it: words and an exit code, never a traceback for what a user can mend."""

import errno
import sys
from collections.abc import Callable

import pytest

from lab.core import proc
from lab.core.errors import CheckError, UsageError
from lab.core.paths import CHECKOUT
from lab.flows.command import job, named, number, piped, rung


def code(body: Callable[[], bool | None]) -> int:
    try:
        job(body)()
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


def raising(error: BaseException) -> Callable[[], None]:
    def body() -> None:
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (UsageError("port 1 is taken", fix="take another"), 2, "next: take another"),
        (CheckError("something is left"), 1, "something is left"),
        (OSError(errno.ENOSPC, "No space left on device", "/lab/reports"), 1, "docker system prune"),
        (OSError(errno.EACCES, "Permission denied", "/lab/reports"), 1, "/lab/reports: Permission denied"),
        (OSError(errno.EROFS, "Read-only file system", "/lab"), 1, "make it writable"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_an_error_is_words_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, expected: int, words: str
) -> None:
    assert code(raising(error)) == expected
    assert words in capsys.readouterr().err


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ConnectionRefusedError):
        job(raising(ConnectionRefusedError(errno.ECONNREFUSED, "refused")))()


@pytest.mark.parametrize(("passed", "expected"), [(True, 0), (None, 0), (False, 1)])
def test_a_verdict_is_the_exit_code(passed: bool | None, expected: int) -> None:
    assert code(lambda: passed) == expected


@pytest.mark.parametrize("words", ["--list", "--help lab.up", "gitops.diff core local", "lab.status --json"])
def test_whoever_reads_may_have_enough(words: str) -> None:
    """The reader is gone before the first line comes."""
    done = proc.run(["sh", "-c", f"{{ '{sys.executable}' tasks.py {words}; echo $? >&2; }} | exec true"], cwd=CHECKOUT)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.strip() in {"141", "1"}  # 1: rich's own way


def test_a_reader_who_has_enough_of_what_a_program_says_hears_nothing_of_it() -> None:
    code = (
        "from lab.core import proc; from lab.flows.command import job, piped\n"
        "piped(job(lambda: proc.run(['seq', '1', '200000'], on_line=print) and None))"
    )
    done = proc.run(["sh", "-c", f"{{ '{sys.executable}' -c \"{code}\"; echo $? >&2; }} | head -1"], cwd=CHECKOUT)
    assert (done.stdout, done.stderr) == ("1\n", "141\n")


def test_a_pipe_of_ours_that_breaks_keeps_its_traceback() -> None:
    with pytest.raises(BrokenPipeError):
        piped(raising(BrokenPipeError()))


def test_what_is_no_number_and_no_rung_is_named() -> None:
    with pytest.raises(UsageError, match="--nodes 'many' is not a number"):
        number("nodes", "many", int)
    with pytest.raises(UsageError, match="--runtime 'vm' is no rung"):
        rung("vm")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (["lab.logs"], ["lab.logs"]),
        (["lab.logs", "order", "-f"], ["lab.logs", "--service", "order", "-f"]),
        (["lab.logs", "-f"], ["lab.logs", "-f"]),
        (["lab.up", "kind"], ["lab.up", "kind"]),
        ([], []),
    ],
)
def test_a_word_after_its_task_may_be_left_out(typed: list[str], read: list[str]) -> None:
    assert named(typed, {"lab.logs": "service"}) == read
