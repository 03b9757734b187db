"""The services' databases on any rung: who administers them, and what the code wants of them."""

from lab.core.paths import Paths
from lab.core.secrets import Secrets
from lab.core.state import LabState
from lab.stages.compose import ComposeRung
from lab.tools.embedded import Embedded
from lab.tools.postgres_admin import Admin


def admin_of(paths: Paths, state: LabState) -> Admin:
    """Return the administrator of the running lab's PostgreSQL."""
    if state.runtime == "kind":
        return Admin.in_pod(paths.kubeconfig)
    if state.runtime == "compose":
        return Admin.in_container(ComposeRung(paths, state).compose)
    return Admin.embedded(Embedded(paths), state.postgres, Secrets(paths).get("postgres", "password"))


def migration(paths: Paths, service: str) -> int:
    """Return the number of the newest migration that this checkout has for a service."""
    files = (paths.checkout / "services" / service / "migrations").glob("*.sql")
    return max(int(file.name[:4]) for file in files)
