"""The command line that the services share: `python -m services.<name> [serve|migrate|…]`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg

from services.common.migrations import MigrationError, migrate
from services.common.settings import Settings

_TERMINATED = 128 + signal.SIGTERM


def main(name: str, folder: Path, verbs: dict[str, Callable[[], None]], settings: Callable[[], Settings]) -> None:
    """Run the verb that the command line names; `serve` by default. A user's mistake ends in words, not a traceback.

    A container's first process is deaf to a SIGTERM that it has no handler for; here each verb ends by it.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))

    def run_migrations() -> None:
        try:
            applied = asyncio.run(migrate(settings(), folder))
        except (MigrationError, OSError, TimeoutError, asyncpg.PostgresError) as error:
            sys.stderr.write(f"migrate: {type(error).__name__}: {error}\n")
            raise SystemExit(1) from None
        sys.stdout.write(f"{name}: {'applied ' + ', '.join(applied) if applied else 'up to date'}\n")

    all_verbs = {**verbs, "migrate": run_migrations}
    parser = argparse.ArgumentParser(prog=f"python -m services.{name}")
    parser.add_argument("verb", nargs="?", default="serve", choices=sorted(all_verbs))
    all_verbs[parser.parse_args().verb]()
