"""Processes that a benchmark runs beside the host rung: started on one CPU each, ended with the block."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from lab.core import proc
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.core.wait import wait
from lab.stages.host_programs import service_environment
from lab.tools import ports, processes
from lab.tools.api import Api

SERVER_CPU, CLIENT_CPU = 0, 1


class Client:
    """The load generator, on a CPU of its own."""

    def __init__(self, paths: Paths, user: str) -> None:
        self._paths, self._user = paths, user

    def run(self, port: int, *options: str) -> dict[str, float]:
        """Run it and return what it measured."""
        words = [sys.executable, "-m", "loadtests.bench.client", "127.0.0.1", str(port), self._user, *options]
        done = proc.run(_pinned(words, CLIENT_CPU), cwd=self._paths.checkout, timeout=300)
        result: dict[str, float] = json.loads(done.stdout)
        return result


@contextmanager
def server(paths: Paths, words: Sequence[str], env: dict[str, str], name: str) -> Iterator[int]:
    """Run `words` plus a free port, or with PORT set to it, on SERVER_CPU; return the port once it answers."""
    port = ports.free_ports(1)[0]
    command = [sys.executable, "-m", *(word.replace("PORT", str(port)) for word in words)]
    log: Path = paths.logs / f"bench-{name}.log"
    mark = {ports.MARK: paths.lab_id, "PORT": str(port)}
    pid = proc.start_daemon(_pinned(command, SERVER_CPU), cwd=paths.checkout, env={**env, **mark}, log=log)
    try:
        if "sink" not in name:
            api = Api(f"http://127.0.0.1:{port}")
            wait(name, api.ready, lambda seen: seen[0], explain=lambda seen: seen[1], timeout=30, fix=f"read {log}")
        yield port
    finally:
        processes.end([psutil.Process(pid)] if psutil.pid_exists(pid) else [], grace=15)


def order_environment(paths: Paths, state: LabState, **changes: str) -> dict[str, str]:
    """Return order-service's settings on this lab, changed for a measurement."""
    return {**service_environment(paths, state, "order"), **changes}


def minimal_environment(paths: Paths, state: LabState) -> dict[str, str]:
    """Return the minimal handler's settings: the same database."""
    password = (paths.data / "secrets" / "order" / "database_password").read_text()
    return {**service_environment(paths, state, "order"), "DATABASE_PASSWORD": password}


def _pinned(words: Sequence[str], cpu: int) -> list[str]:
    """Return `words` on one CPU, where the system can pin and has a second one for the other side."""
    if not hasattr(os, "sched_setaffinity") or (os.cpu_count() or 1) < 2:  # noqa: PLR2004 - server and client
        return list(words)
    code = f"import os, sys; os.sched_setaffinity(0, {{{cpu}}}); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", code, *words]
