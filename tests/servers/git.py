"""The lab's git server, in this process: what it serves is what Argo CD would read."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lab.git_server.server import server
from lab.tools.ports import free_ports
from lab.tools.snapshot import Snapshots

TOKEN = "the-labs-token"


@contextmanager
def git_server(folder: Path) -> Iterator[str]:
    """Serve a new repository in `folder`; yield its URL."""
    port = free_ports(1)[0]
    serving = server(folder / "served.git", TOKEN, "127.0.0.1", port)
    thread = threading.Thread(target=serving.run)
    thread.start()
    yield f"http://127.0.0.1:{port}/lab.git"
    trigger: Any = getattr(serving, "trigger")  # noqa: B009 - of one address there is one server, which has it
    with suppress(OSError):  # its loop may have closed all, the trigger too, before it is woken for that
        trigger.pull_trigger(serving.close)  # by its own loop: it looks at what another thread would close under it
    thread.join(timeout=5)


def seed(url: str, folder: Path, files: Mapping[str, str]) -> str:
    """Push a first commit with `files` (path: text) from a tree below `folder`; return the commit."""
    tree = folder / "seed"
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    snapshots = Snapshots(folder / "seed.git", tree)
    commit = snapshots.take("Seed", {})
    snapshots.push(url, TOKEN)
    return commit
