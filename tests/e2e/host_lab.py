"""A lab of its own on the host rung: a copy of this checkout in a temporary folder, driven as a user drives it."""

import json
import os
import re
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import psutil

from lab.core import proc
from lab.core.paths import CHECKOUT, Paths
from lab.core.proc import Completed
from lab.core.secrets import Secrets
from lab.core.state import LabState, load
from lab.core.wait import wait
from lab.tools import ports, processes
from lab.tools.embedded import Embedded
from lab.tools.supervisor import Supervisor

PROGRAMS = ("postgres", "valkey", "localstack", "order", "user", "notification")
UP = ("lab.up", "--runtime", "host", "--plain")
_TRACES = ("localstack", "pgsql", "pgserver", "valkey", "redis", "supervisor")  # what a hard-coded /tmp would show


class Lab:
    """The lab of `checkout`, a folder below one that is removed with it."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout.resolve()
        self.paths = Paths(self.checkout)
        self.temp = self.checkout.parent / "temp"  # TMPDIR of all that is run here: nothing may stay in it
        self.temp.mkdir(exist_ok=True)
        self._traces, self._started = set(_traces()), 0

    def run(
        self, *words: str, check: bool = True, timeout: float = 120, env: dict[str, str] | None = None
    ) -> Completed:
        """Run `./inv` with `words` and return how it ended."""
        return proc.run(
            ["./inv", *words], cwd=self.checkout, env=self._environment | (env or {}), check=check, timeout=timeout
        )

    def start(self, *words: str, env: dict[str, str] | None = None) -> tuple[int, Path]:
        """Start `./inv` with `words` in the background; return its pid and the file its output goes to."""
        self._started += 1
        log = self.checkout.parent / f"background-{self._started}.log"
        log.touch()
        whole = self._environment | (env or {})
        return proc.start_daemon(["./inv", *words], cwd=self.checkout, env=whole, log=log), log

    def up(self, *words: str) -> Completed:
        """Raise the lab on the host rung."""
        return self.run(*UP, *words)

    def down(self, *words: str) -> Completed:
        """End the lab; `--wipe` removes its data."""
        return self.run("lab.down", "--plain", *words)

    def state(self) -> LabState | None:
        """Return what the lab remembers of itself, None when it is not up."""
        return load(self.paths.run)

    def up_state(self) -> LabState:
        """Return the state of a lab that is up."""
        state = self.state()
        assert state is not None, f"no lab is up in {self.checkout}"
        return state

    def processes(self) -> list[psutil.Process]:
        """Return the living processes that bear the lab's mark."""
        return processes.of_lab(self.paths.lab_id)

    def supervisor(self) -> Supervisor:
        """Return the lab's supervisord."""
        return Supervisor(self.up_state().supervisor, Secrets(self.paths).get("supervisor", "password"))

    def pid(self, program: str) -> int:
        """Return a program's pid, 0 while it does not run; `supervisord` is one of them."""
        if program == "supervisord":
            return int((self.paths.run / "supervisord.pid").read_text())
        return self.supervisor().states()[program].pid

    def pids(self) -> dict[str, int]:
        """Return the pid of every program and of supervisord by name."""
        pids = {name: seen.pid for name, seen in self.supervisor().states().items()}
        return pids | {"supervisord": self.pid("supervisord")}

    def kill(self, program: str) -> int:
        """SIGKILL a program, as a crash would; return the pid that it had."""
        pid = wait(f"{program}'s pid", lambda: self.pid(program), lambda found: found > 0, delay=0.05, timeout=20)
        os.kill(pid, signal.SIGKILL)
        return pid

    def crash(self, pid: int) -> None:
        """SIGKILL what `start` started and wait for its end."""
        os.kill(pid, signal.SIGKILL)
        wait("end of a killed command", lambda: processes.lives(pid), lambda alive: not alive, delay=0.01, timeout=10)

    def kill_at(self, step: str, *words: str) -> str:
        """SIGKILL a command when `step` of it begins; return what it said until then."""
        pid, log = self.start(*words)
        wait(
            f"step {step}", log.read_text, lambda said: re.search(rf"s  {step} +…", said) is not None,
            error=lambda said: said if "✗" in said else None, explain=lambda _: "is yet to begin", delay=0.01,
            timeout=150,
        )  # fmt: skip
        self.crash(pid)
        return log.read_text()

    def ports(self) -> list[int]:
        """Return every port that the state tells of; none when no lab is up."""
        state = self.state()
        if state is None:
            return []
        return [port for port in (*state.services.values(), *state.servers.values()) if port]

    def left(self, used: list[int]) -> list[str]:
        """Return what is left of the lab, found without its own means: processes, `used` ports, folders, files."""
        left = [f"process {process.pid} of the mark" for process in self.processes()]
        left += [f"process {process.pid}: {' '.join(words)[:120]}" for process, words in self._of_checkout()]
        left += [f"port {port}" for port in used if listens(port) and not self._of_another(port)]
        left += [str(self.paths.run)] if self.paths.run.exists() else []
        left += [str(entry) for entry in self.temp.iterdir()]
        return left + sorted(set(_traces()) - self._traces)

    def _of_another(self, port: int) -> bool:
        """Return whether another lab took `port` meanwhile."""
        holder = ports.holder(port)
        return holder.lab not in {None, self.paths.lab_id} or "docker-proxy" in holder.program

    def _of_checkout(self) -> Iterator[tuple[psutil.Process, list[str]]]:
        """Yield every living process that works in the checkout or names it."""
        for process in psutil.process_iter():
            try:
                words, cwd = process.cmdline(), process.cwd()
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
            except psutil.Error:
                continue
            if Path(cwd).is_relative_to(self.checkout) or any(str(self.checkout) in word for word in words):
                yield process, words

    @property
    def _environment(self) -> dict[str, str]:
        return {"TMPDIR": str(self.temp), "COLUMNS": "200"}


@contextmanager
def copied_lab() -> Iterator[Lab]:
    """Copy this checkout's files, not yet up; whatever happens inside, its lab is ended and the copy removed.

    The environments are shared: what installs them is looked at by others.
    """
    Embedded(Paths()).install()
    with TemporaryDirectory(prefix="kubeflow-ops-e2e-") as folder:
        copy = Path(folder).resolve() / "a checkout"  # with a space, as some people's folders have
        listed = proc.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=CHECKOUT).stdout
        for name in filter(None, listed.split("\0")):
            if (CHECKOUT / name).is_file():  # one that was removed and not yet committed is listed too
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, copy / name)
        (copy / ".lab").mkdir()
        (copy / ".venv").symlink_to(CHECKOUT / ".venv")
        (copy / ".lab" / "embedded").symlink_to(CHECKOUT / ".lab" / "embedded")
        lab = Lab(copy)
        try:
            yield lab
        finally:
            _end(lab)


def _end(lab: Lab) -> None:
    if lab.state() is None and not lab.left([]):
        return  # as a test left it: the folder's removal is all that is due
    try:
        lab.down("--wipe")
    finally:  # also what bears no mark
        processes.end([process for process, _ in lab._of_checkout()])


def listens(port: int) -> bool:
    """Return whether somebody listens on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refused(ended: Completed) -> str:
    """Return what a wrong use was answered with: exit code 2 and words, not a trace."""
    assert ended.code == 2, ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    assert "next: " in ended.stderr
    return ended.stderr


def assert_nothing_left(lab: Lab, used: list[int]) -> None:
    """End the lab, keeping its data, and prove that it is gone. `used` are the ports it had."""
    lab.down()
    left = lab.left(used)
    assert left == [], left


def ready(lab: Lab) -> dict[str, bool]:
    return {name: seen["ready"] for name, seen in status(lab)["services"].items()}


def status(lab: Lab) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(lab.run("lab.status", "--json").stdout)
    return seen


def _traces() -> list[str]:
    """Return what lies in the system's temporary folder and may be of a lab's server."""
    entries = [str(entry) for entry in Path(gettempdir()).iterdir()]
    return [entry for entry in entries if any(word in Path(entry).name.lower() for word in _TRACES)]
