"""What the lab remembers of itself while it is up: .lab/run/lab.json, written once the rung is chosen."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from lab.core.config import Profile, Runtime
from lab.core.errors import LabError, UsageError
from lab.core.files import replace

SERVICES = ("order", "user", "notification")
PLATFORM = ("prometheus", "alertmanager", "grafana", "pager")  # what of the platform answers on this machine


class LabState(BaseModel):
    """Where everything of the running lab is. Ports are on 127.0.0.1; 0: this rung, or this profile, has none.

    `supervisor` is the host rung's alone; `registry`, `argocd`, `git`, the ports of the platform, `nodes` (a count),
    `profile` and `substitutes` (whether it was raised with what stands in for locked versions) are the kind rung's.
    """

    runtime: Runtime
    lab_id: str
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
    """Return the state, None when no lab is up. Raises LabError for a file that is not ours."""
    file = run / "lab.json"
    if not file.is_file():
        return None
    try:
        return LabState.model_validate_json(file.read_text())
    except ValidationError as error:
        raise LabError(f"{file} can't be read", why=str(error), fix="./inv lab.down, then ./inv lab.up") from error


def require(run: Path) -> LabState:
    """Return the state. Raises UsageError when no lab is up."""
    state = load(run)
    if state is None:
        raise UsageError("no lab is up", fix="./inv lab.up")
    return state
