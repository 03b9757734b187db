"""lab.up cut off at any step goes on where it ended: by Ctrl-C, by a kill, by an Engine that goes away."""

import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from lab.core.wait import wait
from lab.tools import processes
from tests.cluster.conftest import UP as WHOLE
from tests.e2e.host_lab import Lab, copied_lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1500)]
UP = (*WHOLE, "--profile", "core")  # it rises many times here
STEPS = (
    "tools",
    "network",
    "registry",
    "localstack",
    "cluster",
    "upstream images",
    "charts",
    "definitions",
    "git-server image",
    "service images",
    "terraform",
    "secrets",
    "git-server",
    "argocd",
    "push",
    "app of apps",
    "datastores",
    "order",
    "metrics-server",
    "smoke order",
)


@pytest.fixture(scope="module")
def fresh() -> Iterator[Lab]:
    """A lab of its own, not up: it rises bit by bit, over all tests of this module."""
    with copied_lab() as lab:
        yield lab


def cut_off(lab: Lab, step: str, how: signal.Signals) -> str:
    """Start lab.up, send `how` as soon as `step` has begun; return what it said."""
    pid, log = lab.start(*UP)
    begun = re.compile(rf"^ *[\d.]+s  {re.escape(step)} +…$", re.MULTILINE)

    def seen() -> bool:
        return begun.search(log.read_text()) is not None or not processes.lives(pid)

    wait(f"step {step}", seen, bool, delay=0.02, timeout=300)
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).send_signal(how)
    wait("end of lab.up", lambda: processes.lives(pid), lambda alive: not alive, delay=0.05, timeout=60)
    return log.read_text()


@pytest.mark.parametrize("step", STEPS)
def test_ctrl_c_at_a_step_says_so_and_leaves_what_can_be_gone_on_with(fresh: Lab, step: str) -> None:
    said = cut_off(fresh, step, signal.SIGINT)
    assert "✗ interrupted" in said
    assert "next: the same command goes on where this one ended" in said
    assert "Traceback" not in said


def test_what_was_cut_off_at_every_step_rises(fresh: Lab) -> None:
    fresh.run(*UP, timeout=900)
    fresh.run("lab.verify", "--plain")


def test_what_was_killed_while_the_cluster_was_made_rises(fresh: Lab) -> None:
    fresh.down()
    cut_off(fresh, "cluster", signal.SIGKILL)
    fresh.run(*UP, timeout=900)
    fresh.run("lab.verify", "--plain")


class Engine:
    """A way to the Docker Engine that can be cut."""

    def __init__(self, folder: Path) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self.address = folder / "docker.sock"
        self._listener.bind(str(self.address))
        self._listener.listen()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect("/var/run/docker.sock")
                self._open += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    @staticmethod
    def _copy(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """Let nobody through any more, and end who is."""
        self.address.unlink(missing_ok=True)
        for opened in (self._listener, *self._open):
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()


def test_an_engine_that_goes_away_half_way_is_named(fresh: Lab, tmp_path: Path) -> None:
    fresh.down()
    engine = Engine(tmp_path)
    pid, log = fresh.start(*UP, env={"DOCKER_HOST": f"unix://{engine.address}"})
    wait("the cluster", lambda: "cluster        …" in log.read_text(), bool, delay=0.05, timeout=120)
    engine.cut()
    wait("end of lab.up", lambda: processes.lives(pid), lambda alive: not alive, delay=0.05, timeout=120)
    said = log.read_text()
    assert "✗ step " in said
    assert str(engine.address) in said or "docker" in said.partition("✗ step")[2]
    assert "Traceback" not in said
    fresh.run(*UP, timeout=900)
    fresh.run("lab.verify", "--plain")


def test_down_leaves_nothing_of_it(fresh: Lab) -> None:
    used = fresh.ports()
    fresh.down("--wipe")
    assert fresh.left(used) == []
