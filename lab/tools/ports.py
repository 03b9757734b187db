"""Ports of this machine: which are free, and who holds those that are not."""

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

MARK = "KUBEFLOW_OPS_LAB"  # in the environment of every process of a lab: the checkout's id


@dataclass(frozen=True)
class Holder:
    """The process that listens on a port; `pid` is None where the system does not tell. `lab` is its lab's id."""

    port: int
    pid: int | None
    program: str
    user: str
    lab: str | None = None

    def __str__(self) -> str:
        return f"{self.program} (pid {self.pid or 'unknown'}, user {self.user})"


def is_free(port: int) -> bool:
    """Return whether 127.0.0.1:`port` can be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return not _answers(port)


def _answers(port: int) -> bool:
    """Return whether somebody takes connections: BSD lets us bind beside one that listens on all addresses."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0 and probe.getsockname()[1] != port  # not with itself


def free_ports(count: int) -> list[int]:
    """Return that many ports which nobody listens on, chosen by the system."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def holder(port: int) -> Holder:
    """Return who listens on `port`, as far as this user may know."""
    for pid in _listeners(port):
        try:
            process = psutil.Process(pid)
            return Holder(
                port, pid, " ".join(process.cmdline()[:3]) or process.name(), process.username(), lab_of(process)
            )
        except psutil.Error:
            continue
    return Holder(port, None, "a process that this user may not see", "unknown")


def _listeners(port: int) -> list[int]:
    """Return the pids of who listens on `port`; where only root is told of all, each process is asked by itself."""
    try:
        return [c.pid for c in psutil.net_connections("tcp") if c.pid and _listens(c, port)]
    except psutil.AccessDenied:
        pass
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # of another user, or ended meanwhile
            found += [process.pid for c in process.net_connections("tcp") if _listens(c, port)]
    return found


def _listens(connection: Any, port: int) -> bool:
    return connection.status == psutil.CONN_LISTEN and bool(connection.laddr) and connection.laddr.port == port


def lab_of(process: psutil.Process) -> str | None:
    """Return the id of the lab that `process` belongs to, None for any other process."""
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None
