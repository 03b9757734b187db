"""git as the lab runs it: under a name of its own, without the user's settings, hooks and prompts."""

import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from lab.core import proc
from lab.core.errors import CommandError, UsageError

_WANTED = (2, 32)  # the first that reads GIT_CONFIG_COUNT and GIT_CONFIG_GLOBAL
WANTED = "git {}.{}".format(*_WANTED)
_MAIL = "lab@kubeflow-ops.local"
_ALONE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",  # the user's hooks, signing and proxies are not for this
    "GIT_TERMINAL_PROMPT": "0",
}


def flaw() -> str:
    """Return what is wrong with the git on PATH, "" when nothing is; an old one would send no token, and not say so."""
    try:
        said = proc.run(["git", "--version"], timeout=20, check=False).stdout
    except (UsageError, CommandError) as error:
        return error.words
    version = re.search(r"(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < _WANTED:
        return f"{said.strip() or 'it tells no version'}: {WANTED} or later is wanted"
    return ""


def git(
    *words: str | Path,
    cwd: Path,
    author: str,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    check: bool = True,
    fix: str = "",
) -> str:
    """Run git in `cwd` and return what it said, stripped. Raises CommandError with git's words if told to `check`."""
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _of(author).items()}
    whole = {**who, **_ALONE, **(env or {})}
    return proc.run(["git", *words], cwd=cwd, env=whole, stdin=stdin, timeout=120, check=check, fix=fix).stdout.strip()


def allowed(url: str, token: str) -> dict[str, str]:
    """Return the environment in which git may write to `url`; the token is in no argument, file or message."""
    given = b64encode(f"x-access-token:{token}".encode()).decode()
    settings = {f"http.{url}.extraHeader": f"Authorization: Basic {given}"} if token else {}
    if urlsplit(url).hostname == "127.0.0.1":
        settings[f"http.{url}.proxy"] = ""
    env = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env


def _of(author: str) -> dict[str, str]:
    return {"NAME": author, "EMAIL": _MAIL}
