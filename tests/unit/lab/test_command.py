"""What a task's end means to who typed it: words and an exit code, never a traceback for what a user can mend."""

import errno
import io
import shutil
import sys
from collections.abc import Callable

import pytest

from lab.core import proc
from lab.core.errors import CheckError, UsageError
from lab.core.paths import CHECKOUT
from lab.flows.command import confirmed, job, named, number, piped, rung, within


def ended(body: Callable[[], bool | None]) -> int:
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
        (shutil.Error([("a", "b", "[Errno 28] No space left on device: 'a' -> 'b'")]), 1, "No space left on device"),
        (shutil.Error([("a", "b", "[Errno 13] Permission denied: 'b'")]), 1, "make it writable"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_an_error_is_words_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, expected: int, words: str
) -> None:
    assert ended(raising(error)) == expected
    assert words in capsys.readouterr().err


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ConnectionRefusedError):
        job(raising(ConnectionRefusedError(errno.ECONNREFUSED, "refused")))()
    with pytest.raises(shutil.Error):
        job(raising(shutil.Error("Destination path 'b' already exists")))()


@pytest.mark.parametrize(("passed", "expected"), [(True, 0), (None, 0), (False, 1)])
def test_a_verdict_is_the_exit_code(passed: bool | None, expected: int) -> None:
    assert ended(lambda: passed) == expected


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


def test_a_number_out_of_bounds_is_named_with_its_bounds() -> None:
    assert (within("users", 1, 1, 5), within("rate", 5.0, 0, 5)) == (1, 5.0)
    for given in (0, 6, 1_234_567):
        with pytest.raises(UsageError, match=f"--users {given} is out of bounds") as caught:
            within("users", given, 1, 5)
        assert caught.value.fix == "between 1 and 5"


@pytest.mark.parametrize(("typed", "code"), [("dev\n", 0), ("prod\n", 2), ("\n", 2), ("", 2)])
def test_only_the_very_name_goes_on_and_the_end_of_input_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, code: int
) -> None:
    stdin = io.StringIO(typed)
    stdin.isatty = lambda: True  # type: ignore[method-assign] # a terminal, at which Ctrl-D may be pressed
    monkeypatch.setattr("sys.stdin", stdin)
    assert ended(lambda: confirmed("dev", None, "this deletes dev", "--confirm dev")) == code
    told = capsys.readouterr().err
    assert told.startswith("this deletes dev.\ntype dev to go on: ")
    assert ("nothing was changed" in told) == bool(code)


def test_where_nobody_can_type_it_is_said_what_would_be_done_and_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("dev\n"))
    with pytest.raises(UsageError, match="this deletes dev, and nobody can be asked") as caught:
        confirmed("dev", None, "this deletes dev", "--confirm dev")
    assert caught.value.fix == "--confirm dev"


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
