"""Ports that a lab is to have and somebody else holds: named, with who holds them."""

from collections.abc import Mapping

from lab.core.errors import UsageError
from lab.core.state import LabState
from lab.tools import ports


def refuse_services(state: LabState) -> None:
    """Raise UsageError naming who holds a service's port."""
    _refuse(_services(state), "end that program, or take three other ports: ./inv lab.up --port 8101")


def refuse_any(state: LabState) -> None:
    """Raise UsageError naming who holds a port of a lab that was up, and of which nothing runs now."""
    servers = {name: port for name, port in state.servers.items() if port}
    _refuse(_services(state) | servers, "end that program, or let the lab look for room: ./inv lab.down, ./inv lab.up")


def _services(state: LabState) -> dict[str, int]:
    return {f"{name}-service": port for name, port in state.services.items()}


def _refuse(wanted: Mapping[str, int], fix: str) -> None:
    for name, port in wanted.items():
        if not ports.is_free(port):
            raise UsageError(f"port {port} of {name} is taken", why=f"{ports.holder(port)} listens on it", fix=fix)
