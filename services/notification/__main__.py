"""`python -m services.notification [serve|migrate|redrive]`. A verb loads what it needs, when it runs."""

import asyncio
from functools import partial
from pathlib import Path

from services.common.cli import main
from services.common.settings import Settings, load


def _serve() -> None:
    from services.common.serve import serve  # noqa: PLC0415
    from services.notification.app import create_app  # noqa: PLC0415
    from services.notification.settings import NotificationSettings  # noqa: PLC0415

    settings = load(NotificationSettings)
    serve(create_app(settings), settings)


def _redrive() -> None:
    from services.notification.redrive import command  # noqa: PLC0415
    from services.notification.settings import NotificationSettings  # noqa: PLC0415

    asyncio.run(command(load(NotificationSettings)))


if __name__ == "__main__":
    verbs = {"serve": _serve, "redrive": _redrive}
    main("notification", Path(__file__).parent / "migrations", verbs, partial(load, Settings))
