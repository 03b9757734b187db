"""`python -m services.order [serve|migrate]`."""

from functools import partial
from pathlib import Path

from services.common.cli import main
from services.common.serve import serve
from services.common.settings import Settings, load
from services.order.app import create_app
from services.order.settings import OrderSettings


def _serve() -> None:
    settings = load(OrderSettings)
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main("order", Path(__file__).parent / "migrations", {"serve": _serve}, partial(load, Settings))
