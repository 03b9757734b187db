"""`python -m services.user [serve|migrate]`."""

from functools import partial
from pathlib import Path

from services.common.cli import main
from services.common.serve import serve
from services.common.settings import Settings, load
from services.user.app import create_app


def _serve() -> None:
    settings = load(Settings)
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main("user", Path(__file__).parent / "migrations", {"serve": _serve}, partial(load, Settings))
