"""What the lab remembers of itself while it is up: .lab/run/lab.json, written once the rung is chosen."""

import shlex
from functools import cache
from os.path import samestat
from pathlib import Path

from pydantic import BaseModel, ValidationError

from lab.core.config import Profile, Runtime
from lab.core.errors import LabError, UsageError
from lab.core.files import replace
from lab.core.say import say

SERVICES = ("order", "user", "notification")
PLATFORM = ("prometheus", "alertmanager", "grafana", "pager")  # what of the platform answers on this machine


class LabState(BaseModel):
    """Where everything of the running lab is. Ports are on 127.0.0.1; 0: this rung, or this profile, has none.

    `checkout` is where it was raised, which `lab_id` is made of.
    `supervisor` is the host rung's alone; `registry`, `argocd`, `git`, the ports of the platform, `nodes` (a count),
    `profile` and `substitutes` (whether it was raised with what stands in for locked versions) are the kind rung's.
    """

    runtime: Runtime
    lab_id: str
    checkout: str = ""
    services: dict[str, int]
    localstack: int
    postgres: int = 0
    redis: int = 0
    supervisor: int = 0
    registry: int = 0
    argocd: int = 0
    git: int = 0
    prometheus: int = 0
    alertmanager: int = 0
    grafana: int = 0
    pager: int = 0
    nodes: int = 0
    profile: Profile = "full"
    substitutes: bool = False

    @property
    def servers(self) -> dict[str, int]:
        """The ports of all that is not one of the services, by name; 0 where the rung has none."""
        names = ("localstack", "postgres", "redis", "supervisor", "registry", "argocd", "git", *PLATFORM)
        return {name: getattr(self, name) for name in names}

    def url(self, service: str) -> str:
        """Return where `service` answers."""
        return f"http://127.0.0.1:{self.services[service]}"

    @property
    def name(self) -> str:
        """What the lab's containers, networks and cluster are called: no other checkout's are."""
        return f"kubeflow-ops-{self.lab_id}"

    @property
    def aws(self) -> str:
        """LocalStack's endpoint."""
        return f"http://127.0.0.1:{self.localstack}"


def save(run: Path, state: LabState) -> None:
    """Write the state whole or not at all."""
    replace(run / "lab.json", state.model_dump_json(indent=2))


def load(run: Path) -> LabState | None:
    """Return the state, None when no lab is up; say so when the checkout was moved since.

    Raises LabError for a file that is not ours, UsageError when the file is a copy of another checkout's.
    """
    file = run / "lab.json"
    if not file.is_file():
        return None
    try:
        state = LabState.model_validate_json(file.read_text())
    except ValidationError as error:
        raise LabError(f"{file} can't be read", why=str(error), fix="./inv lab.down, then ./inv lab.up") from error
    if state.checkout:
        _refuse_copy(run, Path(state.checkout))
    return state


def _refuse_copy(run: Path, raised_in: Path) -> None:
    """Raise UsageError when the checkout of `run` is not the one `raised_in`, and that one is there still."""
    here = run.parents[1]
    try:
        there = (raised_in / run.parent.name).stat()
    except (FileNotFoundError, NotADirectoryError):
        _say_moved(raised_in)
        return
    if not samestat(there, run.parent.stat()):
        own = ["rm", "-rf", str(run), str(run.with_name("data"))]
        raise UsageError(
            f"the lab belongs to {raised_in}",
            why=f"{here} is a copy of that checkout, made while its lab was up",
            fix=f"end it by ./inv lab.down there; for one of its own here: {shlex.join(own)}",
        )


@cache
def _say_moved(before: Path) -> None:
    """Say it once a command, however often that looks at the state."""
    say(f"this checkout was moved from {before}: its lab goes on under the name that it had there")


def require(run: Path) -> LabState:
    """Return the state. Raises UsageError when no lab is up."""
    state = load(run)
    if state is None:
        raise UsageError("no lab is up", fix="./inv lab.up")
    return state
