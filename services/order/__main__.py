"""`python -m services.order [serve|migrate]`. A verb loads what it needs, when it runs: migrations start fast."""

from functools import partial
from pathlib import Path

from services.common.cli import main
from services.common.settings import Settings, load


def _serve() -> None:
    from services.common.serve import serve  # noqa: PLC0415
    from services.order.app import create_app  # noqa: PLC0415
    from services.order.settings import OrderSettings  # noqa: PLC0415

    settings = load(OrderSettings)
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main("order", Path(__file__).parent / "migrations", {"serve": _serve}, partial(load, Settings))
