"""Which ports a lab takes, so that labs that rise at the same moment take different ones."""

from lab.core.errors import UsageError
from lab.core.say import say
from lab.core.state import SERVICES, LabState
from lab.flows.doctor import FIRST_PORT
from lab.stages.compose import PROJECT_PREFIX
from lab.tools import docker, ports
from lab.tools.claims import Claims

_BLOCKS = range(FIRST_PORT, FIRST_PORT + 1000, 10)  # where a second checkout's lab looks for room


def first_of(claims: Claims, port: int | None) -> int:
    """Claim the services' ports from `port` on, or the first that are free; return the first. Raises UsageError."""
    return _room(claims) if port is None else _claimed(claims, port)


def claim_again(claims: Claims, state: LabState) -> None:
    """Claim the lab's ports. Raise UsageError for one that another takes, now that nothing of this lab is on it."""
    for port in filter(None, [*state.services.values(), *state.servers.values()]):
        if not claims.take(port) and ports.is_free(port):
            what = f"port {port} of this lab is being taken by another checkout's lab, which is rising now"
            raise UsageError(what, fix="let this one look for room: ./inv lab.down, then ./inv lab.up")


def _claimed(claims: Claims, first: int) -> int:
    if not claims.take_all(_block(first)):
        raise UsageError(
            f"ports {first}-{first + 2} are being taken by another checkout's lab, which is rising now",
            fix="take three other ports: ./inv lab.up --port 8101",
        )
    return first


def _room(claims: Claims) -> int:
    """Claim the first block of three ports that no other checkout's lab holds or claims; return its first."""
    for first in _BLOCKS:
        if not claims.take_all(_block(first)):
            say(f"ports {first}-{first + 2} are being taken by a lab that is rising: looking further")
            continue
        held = [ports.holder(port) for port in _block(first) if not ports.is_free(port)]
        labs = {holder.lab for holder in held if holder.lab}
        if held and not labs:  # a compose or kind lab's ports are the Engine's
            labs = docker.labs_on({holder.port for holder in held}, PROJECT_PREFIX)
        if not labs:
            return first
        claims.release(_block(first))
        say(f"ports {first}-{first + 2} belong to another checkout's lab ({labs.pop()}): looking further")
    raise UsageError("every block of ports is held by another lab", fix="./inv lab.up --port 20001")


def _block(first: int) -> list[int]:
    return [first + n for n in range(len(SERVICES))]
