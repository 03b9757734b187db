"""Terraform on one folder."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.core import proc
from lab.core.errors import CommandError
from lab.core.say import say
from lab.tools import foreign
from lab.tools.programs import program

_TFLOCAL = (sys.executable, Path(sys.executable).parent / "tflocal")
TFLOCAL: tuple[str | Path, ...] = tuple(foreign.without(foreign.AWS_PROFILE, _TFLOCAL))
_CHANGES = 2  # exit code of a plan that would change something
_LONGEST = 3600  # seconds of one command: a cluster and its nodes take 20 minutes
_LETTING = 300  # seconds that an interrupted Terraform has to finish what it began, and to write its state


class Terraform:
    """Terraform in `folder`, which it may write into. `env` carries variables, endpoints and credentials.

    `again` is what to type after a failure. `through` runs it: TFLOCAL adds an emulator's endpoints to the provider.
    """

    def __init__(
        self, folder: Path, env: Mapping[str, str], again: str, through: Sequence[str | Path] | None = None
    ) -> None:
        self._folder, self._again = folder, again
        self._env = {**env, "TF_CMD": str(program("terraform")), "TF_IN_AUTOMATION": "1", "NO_COLOR": "1"}
        self._command: list[str | Path] = [*through] if through else [program("terraform")]

    def init(self, *, backend: bool = True, settings: Mapping[str, str] | None = None) -> None:
        """Install providers and modules, and connect to the state; without `backend` no state need be there.

        `settings` are what the configuration leaves open of the backend.
        """
        words = ("init", "-input=false", "-no-color")
        told = [f"-backend-config={name}={value}" for name, value in (settings or {}).items()]
        if backend:
            self._run(*words, "-reconfigure", *told)
        else:
            argv: list[str | Path] = [program("terraform"), *words, "-backend=false"]
            proc.run(argv, cwd=self._folder, env=self._env, timeout=600)

    def apply(self) -> dict[str, Any]:
        """Make the cloud as it is declared, saying each resource when it is done; return the outputs' values."""
        done = self._run("apply", "-input=false", "-auto-approve", "-json")
        told = [event["outputs"] for event in _events(done.stdout) if event["type"] == "outputs"]
        return {name: output["value"] for name, output in told[-1].items()}  # the first tells what is planned

    def plan(self, file: Path, *, destroy: bool = False) -> dict[str, Any]:
        """Save to `file` what an apply would do (or a destroy), and return it as Terraform's JSON of a plan."""
        words = ("-destroy",) if destroy else ()
        self._run("plan", "-input=false", f"-out={file}", *words, "-json")
        file.chmod(0o600)  # it holds what the state holds
        return self.show(file)

    def apply_saved(self, file: Path) -> None:
        """Do what `file` says, and nothing else; Terraform refuses it when the state is another by now."""
        self._run("apply", "-input=false", "-json", str(file))

    def show(self, file: Path | None = None) -> dict[str, Any]:
        """Return a saved plan, or the state, as Terraform's JSON; it may hold secrets."""
        shown: dict[str, Any] = json.loads(self._run("show", "-json", *([str(file)] if file else [])).stdout)
        return shown

    def outputs(self) -> dict[str, Any]:
        """Return the values of the state's outputs."""
        told = json.loads(self._run("output", "-json").stdout)
        return {name: output["value"] for name, output in told.items()}

    def drift(self) -> list[str]:
        """Return the addresses that an apply would change; nothing is locked or written."""
        done = self._run("plan", "-input=false", "-lock=false", "-detailed-exitcode", "-json", codes=(0, _CHANGES))
        found = [event["change"] for event in _events(done.stdout) if event["type"] == "planned_change"]
        return [f"{change['resource']['addr']} ({change['action']})" for change in found]

    def _run(self, *words: str, codes: tuple[int, ...] = (0,)) -> proc.Completed:
        argv = [*self._command, *words]
        done = proc.run(
            argv, cwd=self._folder, env=self._env, timeout=_LONGEST, check=False, on_line=_told, gently=_LETTING
        )
        if done.code not in codes:
            raise CommandError(("terraform", *words), done.code, why=_diagnostics(done), detail="", fix=self._again)
        return done


def _told(line: str) -> None:
    """Say which resources were made, changed or removed."""
    for event in _events(line):
        if event["type"] == "apply_complete" and event["hook"]["action"] != "read":
            say(f"{event['hook']['resource']['addr']}: {event['hook']['action']} done")


def _diagnostics(done: proc.Completed) -> str:
    """Return Terraform's own errors: from its JSON lines, or its last words."""
    errors = [event["diagnostic"] for event in _events(done.stdout) if event["type"] == "diagnostic"]
    told = [(e.get("address", ""), e["summary"], e.get("detail", "")) for e in errors if e["severity"] == "error"]
    return "; ".join(": ".join(filter(None, words)) for words in told) or (done.stderr or done.stdout).strip()[-1500:]


def _events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"@level"')]
