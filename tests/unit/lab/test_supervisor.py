"""supervisord, a real one, and what may listen at its port instead of it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.core.errors import AnswerError
from lab.core.wait import wait
from lab.tools import ports, processes, supervisor
from lab.tools.supervisor import Program, Supervisor, configure

MARK = "tests-of-supervisor"
FAILS_UNTIL_MENDED = ["sh", "-c", "test -e mended && exec sleep 60; echo it is not mended; exit 1"]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisord with one program."""
    port, file = ports.free_ports(1)[0], tmp_path / "supervisord.conf"
    configure(
        file, programs=[Program("picky", FAILS_UNTIL_MENDED)], port=port, password="x", directory=tmp_path,
        logs=tmp_path, run=tmp_path,
    )  # fmt: skip
    found = Supervisor(port, "x")
    found.launch(file, tmp_path, {ports.MARK: MARK}, tmp_path / "out")
    try:
        wait("supervisord", found.look, lambda why: not why, delay=0.05, timeout=20)
        yield found
    finally:
        processes.end(processes.of_lab(MARK))


def test_what_failed_and_was_mended_is_started_at_once(running: Supervisor, tmp_path: Path) -> None:
    running.start("picky")
    # Three failures: by then it is 3 s until supervisord itself tries again.
    log = tmp_path / "picky.log"
    wait("failures", lambda: log.read_text().count("not mended"), lambda count: count == 3, timeout=30)
    wait("picky", lambda: running.states()["picky"].status, lambda status: status == "BACKOFF", timeout=10)
    (tmp_path / "mended").touch()
    running.start("picky")
    assert running.states()["picky"].status in {"STARTING", "RUNNING"}


def test_what_runs_is_not_started_again(running: Supervisor, tmp_path: Path) -> None:
    (tmp_path / "mended").touch()
    running.start("picky")
    pid = running.states()["picky"].pid
    running.start("picky")
    assert running.states()["picky"].pid == pid
    running.stop("picky")
    assert running.states()["picky"].status == "STOPPED"


@pytest.mark.timeout(20)
def test_what_takes_connections_and_says_nothing_is_no_supervisord(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_PATIENCE", 0.2, raising=False)
    monkeypatch.setattr(supervisor, "_PATIENCE_WITH_STOP", 0.2, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = Supervisor(silent.getsockname()[1], "x")
        assert found.look() == "timed out"
        with pytest.raises(AnswerError, match="supervisord does not answer"):
            found.stop("order")
