"""Runs a service: one uvicorn worker (scaling is the HPA's), a clear word when the port is taken, drain on SIGTERM."""

import asyncio
import socket
import sys
import time
from types import FrameType

import uvicorn

from services.common.app import Service
from services.common.heads import HeadLimit
from services.common.settings import Settings

_KEEP_ALIVE = 75  # seconds; who is in front lets go first (an ALB after 60), or a request meets a connection that ends


class _DrainingServer(uvicorn.Server):
    """Stops being ready first, keeps serving for the shutdown delay, then lets what is under way end."""

    def __init__(self, config: uvicorn.Config, service: Service, delay: float, drain: float) -> None:
        super().__init__(config)
        self._service, self._delay, self._drain = service, delay, drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's own signature
        if self._service.health.draining:
            self.should_exit = self.force_exit = True  # asked twice: now, whatever the delay
            return
        self._service.health.draining = True
        asyncio.get_running_loop().call_later(self._delay, self._exit)

    def _exit(self) -> None:
        self._service.health.drained_by = time.monotonic() + self._drain
        self.should_exit = True


def serve(service: Service, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; exit code 0 after a drain, 1 when the port is taken or the start failed."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        sys.stderr.write(f"settings: PORT: can't listen on {settings.host}:{settings.port}: {error.strerror}\n")
        raise SystemExit(1) from None
    config = uvicorn.Config(
        service,
        loop="uvloop",
        http=HeadLimit,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=int(settings.drain_seconds),
        backlog=2048,
    )
    server = _DrainingServer(config, service, settings.shutdown_delay_seconds, settings.drain_seconds)
    asyncio.run(server.serve(sockets=[listener]), loop_factory=config.get_loop_factory())
    if not server.started:
        raise SystemExit(1)
