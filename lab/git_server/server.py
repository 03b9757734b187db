"""The lab's git server: smart HTTP on one repository, read by Argo CD, written by `lab.push` alone.

Settings: `REPOSITORY` (a folder, made when missing) and `TOKEN_FILE` (what a push must bring as its password).
"""

import hmac
import os
import signal
import sys
from base64 import b64decode
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import parse_qs

import waitress
from dulwich.repo import Repo
from dulwich.server import BackendRepo, DictBackend
from dulwich.web import make_wsgi_chain

type Environment = dict[str, Any]
type App = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]

# A body waits in /tmp, which has 64 MiB, before its token is looked at; one that is larger is answered with 413.
SETTINGS: dict[str, Any] = {"threads": 8, "max_request_body_size": 48 << 20}


def application(repository: Path, token: str) -> App:
    """Return the WSGI application: /lab.git for git, /health for probes."""
    repo = Repo(str(repository)) if (repository / "HEAD").exists() else _new(repository)
    repositories: dict[str, BackendRepo] = {"/lab.git": repo}
    git: App = make_wsgi_chain(DictBackend(repositories))

    def answer(environ: Environment, start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/health":
            start("200 OK", [("Content-Type", "text/plain")])
            return [b"ok\n"]
        if _pushes(environ) and not hmac.compare_digest(_password(environ), token.encode()):
            start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="lab"'), ("Content-Type", "text/plain")])
            return [b"a push needs the lab's token: ./inv lab.push brings it\n"]
        return git(environ, start)

    return answer


def _new(repository: Path) -> Repo:
    repository.mkdir(parents=True, exist_ok=True)
    return Repo.init_bare(str(repository), default_branch=b"main")


def _pushes(environ: Environment) -> bool:
    asked = parse_qs(environ.get("QUERY_STRING", "")).get("service", [])
    return "git-receive-pack" in asked or environ["PATH_INFO"].endswith("/git-receive-pack")


def _password(environ: Environment) -> bytes:
    kind, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "basic":
        return b""
    try:
        return b64decode(given, validate=True).partition(b":")[2]
    except ValueError:
        return b""


def main() -> None:
    """Serve on port 8000 until SIGTERM."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    token = Path(os.environ["TOKEN_FILE"]).read_text().strip()
    if not token:
        sys.exit("git-server: TOKEN_FILE is empty")
    waitress.serve(application(Path(os.environ["REPOSITORY"]), token), host="0.0.0.0", port=8000, **SETTINGS)


if __name__ == "__main__":
    main()
