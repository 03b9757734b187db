"""Files that are written whole or not at all, whatever ends the process or fills the disk meanwhile."""

import os
import threading
from pathlib import Path


def replace(file: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Write `file`, whose folder is made if need be; until all is written, what was there stays. `mode` as umask lets.

    Raises OSError, and then leaves nothing of its own.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}-{threading.get_ident()}.part")  # nobody else writes to this one
    try:
        part.touch(mode)  # before anybody could read what is in it
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
