"""Serves the pager until SIGTERM: `python -m lab.pager`.

Settings: `DATA` (a folder that is kept), `TOKEN_FILE` (one token a line, of which a webhook must bring one; optional),
`PORT`, `HOST`.
"""

import os
import sys
from pathlib import Path

import uvicorn

from lab.pager.app import application
from lab.pager.inbox import Inbox


def main() -> None:
    """Serve; end with a word when a setting or the folder is wrong."""
    folder, port = Path(os.environ.get("DATA", "/data")), os.environ.get("PORT", "8000")
    if not port.isdecimal():
        sys.exit(f"pager: PORT={port!r} is no port")
    try:
        inbox = Inbox(folder)
    except OSError as error:
        sys.exit(f"pager: DATA={folder}: {error.strerror}: mount a folder that user {os.getuid()} may write to")
    app = application(inbox, Path(os.environ.get("TOKEN_FILE", "/secrets/accepted")))
    uvicorn.run(
        app,
        host=os.environ.get("HOST", "0.0.0.0"),
        port=int(port),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
