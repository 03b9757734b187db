"""Ports that a lab means to use, kept from labs that rise at the same moment."""

import socket
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from lab.tools import ports


class Claims:
    """Claims ports of 127.0.0.1 until its block ends: by then servers listen on them, as everybody can see.

    A claim on TCP port N is UDP port N: nothing of a lab uses UDP, the kernel gives it to one process alone and takes
    it back however that ends, and no file has to be agreed on by checkouts, users or temporary folders.
    """

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.release(tuple(self._held))

    def take(self, port: int) -> bool:
        """Claim `port`; return False when a lab that is rising has it. Whether somebody listens is not asked."""
        if port in self._held:
            return True
        claim = socket.socket(type=socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            return False
        self._held[port] = claim
        return True

    def take_all(self, wanted: Iterable[int]) -> bool:
        """Claim every port, or none and return False."""
        fresh = [port for port in wanted if port not in self._held]
        if all(self.take(port) for port in fresh):
            return True
        self.release(fresh)
        return False

    def take_free(self, count: int) -> list[int]:
        """Claim and return that many ports on which nobody listens, chosen by the system."""
        taken: list[int] = []
        while len(taken) < count:
            taken += [port for port in ports.free_ports(count - len(taken)) if self.take(port)]
        return taken

    def near(self, port: int) -> int:
        """Claim and return `port` when it is to be had, else another: for what people like to find where it was."""
        return port if ports.is_free(port) and self.take(port) else self.take_free(1)[0]

    def release(self, given_up: Iterable[int]) -> None:
        """Give claims back; ports that are not claimed are passed over."""
        for port in given_up:
            if (claim := self._held.pop(port, None)) is not None:
                claim.close()
