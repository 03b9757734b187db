"""`python -m services.notification [serve|migrate|redrive]`."""

import asyncio
from functools import partial
from pathlib import Path

from services.common.cli import main
from services.common.serve import serve
from services.common.settings import Settings, load
from services.notification.app import create_app
from services.notification.redrive import command
from services.notification.settings import NotificationSettings


def _serve() -> None:
    settings = load(NotificationSettings)
    serve(create_app(settings), settings)


def _redrive() -> None:
    asyncio.run(command(load(NotificationSettings)))


if __name__ == "__main__":
    verbs = {"serve": _serve, "redrive": _redrive}
    main("notification", Path(__file__).parent / "migrations", verbs, partial(load, Settings))
