"""Terraform on one folder, through tflocal, which adds an emulator's endpoints to the AWS provider."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.core import proc
from lab.core.errors import CommandError
from lab.core.say import say
from lab.tools.programs import program

_TFLOCAL = Path(sys.executable).parent / "tflocal"
_CHANGES = 2  # exit code of a plan that would change something


class Terraform:
    """Terraform in `folder`, which it may write into. `env` carries variables, endpoints and credentials."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._folder = folder
        self._env = {**env, "TF_CMD": str(program("terraform")), "TF_IN_AUTOMATION": "1", "NO_COLOR": "1"}

    def init(self, *, backend: bool = True) -> None:
        """Install providers and modules, and connect to the state; without `backend` no emulator need be there."""
        words = ("init", "-input=false", "-no-color")
        if backend:
            self._run(*words, "-reconfigure")
        else:
            argv: list[str | Path] = [program("terraform"), *words, "-backend=false"]
            proc.run(argv, cwd=self._folder, env=self._env, timeout=600)

    def apply(self) -> dict[str, Any]:
        """Make the cloud as it is declared, saying each resource when it is done; return the outputs' values."""
        done = self._run("apply", "-input=false", "-auto-approve", "-json")
        told = [event["outputs"] for event in _events(done.stdout) if event["type"] == "outputs"]
        return {name: output["value"] for name, output in told[-1].items()}  # the first tells what is planned

    def drift(self) -> list[str]:
        """Return the addresses that an apply would change; nothing is locked or written."""
        done = self._run("plan", "-input=false", "-lock=false", "-detailed-exitcode", "-json", codes=(0, _CHANGES))
        found = [event["change"] for event in _events(done.stdout) if event["type"] == "planned_change"]
        return [f"{change['resource']['addr']} ({change['action']})" for change in found]

    def _run(self, *words: str, codes: tuple[int, ...] = (0,)) -> proc.Completed:
        done = proc.run(
            [sys.executable, _TFLOCAL, *words], cwd=self._folder, env=self._env, timeout=600, check=False, on_line=_told
        )
        if done.code not in codes:
            argv = ("terraform", *words)
            raise CommandError(
                argv, done.code, why=_diagnostics(done), detail="", fix="./inv lab.up goes on from there"
            )
        return done


def _told(line: str) -> None:
    """Say which resources were made, changed or removed."""
    for event in _events(line):
        if event["type"] == "apply_complete":
            say(f"{event['hook']['resource']['addr']}: {event['hook']['action']} done")


def _diagnostics(done: proc.Completed) -> str:
    """Return Terraform's own errors: from its JSON lines, or its last words."""
    errors = [event["diagnostic"] for event in _events(done.stdout) if event["type"] == "diagnostic"]
    told = [(e.get("address", ""), e["summary"], e.get("detail", "")) for e in errors if e["severity"] == "error"]
    return "; ".join(": ".join(filter(None, words)) for words in told) or (done.stderr or done.stdout).strip()[-1500:]


def _events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"@level"')]
