"""Ports of this machine: which are free, and who holds those that are not."""

import socket
from dataclasses import dataclass

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
    return True


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
    try:
        connections = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        listeners = [c for c in connections if c.laddr and c.laddr.port == port]
    except psutil.AccessDenied:  # macOS asks for root
        listeners = []
    for pid in [c.pid for c in listeners if c.pid]:
        try:
            process = psutil.Process(pid)
            return Holder(
                port, pid, " ".join(process.cmdline()[:3]) or process.name(), process.username(), lab_of(process)
            )
        except psutil.Error:
            continue
    return Holder(port, None, "a process that this user may not see", "unknown")


def lab_of(process: psutil.Process) -> str | None:
    """Return the id of the lab that `process` belongs to, None for any other process."""
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None
