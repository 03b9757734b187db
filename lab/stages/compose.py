"""The compose rung: docker-compose.yml, raised step by step so that each wait says what it waits for."""

from lab.core.errors import LabError
from lab.core.graph import Step
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.core.wait import wait
from lab.tools.api import Api
from lab.tools.docker import Compose, Container

PROJECT_PREFIX = "kubeflow-ops-"
SERVERS = ("postgres", "redis", "localstack")


class ComposeRung:
    """Steps to the compose rung and back."""

    def __init__(self, paths: Paths, state: LabState) -> None:
        self._state = state
        self.compose = Compose(paths.checkout, project(state.lab_id), environment(state))

    def steps(self) -> list[Step]:
        """Return what raises the rung; every step is a no-op where its state holds."""
        return [
            Step("images", self.compose.build),
            Step("containers", self.compose.up, ("images",)),
            *(Step(name, lambda n=name: self._healthy(n), ("containers",)) for name in SERVICES),  # type: ignore[misc] # a default binds each
        ]

    def stop(self) -> None:
        """Stop and remove containers and networks; volumes stay."""
        self.compose.down(volumes=False)

    def _healthy(self, service: str) -> None:
        def look() -> str:
            wrong = _failed(self.compose.containers())
            if wrong is not None:
                tail = self.compose.logs(wrong.service, 15)
                raise LabError(
                    f"{wrong.service} ended with code {wrong.exit_code}",
                    detail=tail,
                    fix=f"./inv lab.logs {wrong.service}",
                )
            ready, reasons = Api(self._state.url(service)).ready()
            return "" if ready else reasons

        wait(service, look, lambda why: not why, delay=0.5, timeout=180, fix=f"./inv lab.logs {service}")


def project(lab_id: str) -> str:
    """Return the compose project of a lab: two checkouts never share one."""
    return f"{PROJECT_PREFIX}{lab_id}"


def environment(state: LabState) -> dict[str, str]:
    """Return what docker-compose.yml's variables are for this lab."""
    return {f"{name.upper()}_PORT": str(port) for name, port in state.services.items()} | {
        "LOCALSTACK_PORT": str(state.localstack)
    }


def _failed(containers: list[Container]) -> Container | None:
    """Return the first one-shot that ended badly; long-running ones are restarted by the Engine."""
    one_shots = [c for c in containers if c.service.startswith("migrate-") or c.service == "credentials"]
    return next((c for c in one_shots if c.state == "exited" and c.exit_code != 0), None)
