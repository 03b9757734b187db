"""`python -m services.user [serve|migrate]`. A verb loads what it needs, when it runs: migrations start fast."""

from functools import partial
from pathlib import Path

from services.common.cli import main
from services.common.settings import Settings, load


def _serve() -> None:
    from services.common.serve import serve  # noqa: PLC0415
    from services.user.app import create_app  # noqa: PLC0415

    settings = load(Settings)
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main("user", Path(__file__).parent / "migrations", {"serve": _serve}, partial(load, Settings))
