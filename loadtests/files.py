"""Keeps a run's files at hand in a cluster after Locust has ended: `python -m loadtests.files` waits beside it.

`python -m loadtests.files FOLDER` prints them as one JSON object, from name to content: half of one is not JSON.
"""

import json
import signal
import sys
from pathlib import Path


def show(folder: Path) -> str:
    """Return the folder's files as JSON."""
    return json.dumps({file.name: file.read_text() for file in folder.iterdir() if file.is_file()})


def keep() -> None:
    """Wait for SIGTERM, which would not end the first process of a container by itself."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    sys.stdout.write(show(Path(sys.argv[1]))) if len(sys.argv) > 1 else keep()
