"""`lab.status`: one screen of what is up, where, and what is not."""

from typing import Literal

from pydantic import BaseModel
from rich.console import RenderableType
from rich.table import Table

from lab.checks import applications, ledger, platform
from lab.checks.ledger import Ledger
from lab.core.errors import AnswerError, LabError
from lab.core.paths import Paths
from lab.core.secrets import Secrets
from lab.core.state import SERVICES, LabState, load
from lab.flows.cluster import urls
from lab.stages.compose import ComposeRung
from lab.stages.host_programs import SERVERS
from lab.stages.kind import KindRung
from lab.stages.rung import lacks
from lab.tools import argocd
from lab.tools.api import Api
from lab.tools.cluster import Cluster
from lab.tools.supervisor import Supervisor


class ServiceStatus(BaseModel):
    """A service: where it answers, whether it is ready, and what is not well."""

    url: str
    ready: bool
    reason: str


class Status(BaseModel):
    """The whole lab; `runtime` is "none" when no lab is up. `programs` are what keeps it running."""

    runtime: Literal["none", "host", "compose", "kind"]
    services: dict[str, ServiceStatus] = {}
    programs: dict[str, str] = {}
    aws_endpoint: str = ""
    secrets: str = ""
    urls: dict[str, str] = {}
    substitutes: dict[str, str] = {}
    lacks: str = ""
    firing: list[str] = []
    budgets: dict[str, float] = {}
    ledger: Ledger | None = None


def status() -> Status:
    """Look at the lab; nothing is changed."""
    paths = Paths()
    state = load(paths.run)
    if state is None:
        return Status(runtime="none")
    services = {}
    for name in SERVICES:
        ready, reason = Api(state.url(name)).ready()
        services[name] = ServiceStatus(url=state.url(name), ready=ready, reason=reason)
    try:
        counted = ledger.look(state)
    except AnswerError:
        counted = None  # a service is away, which its own row says
    return Status(
        runtime=state.runtime,
        services=services,
        programs=_programs(paths, state),
        aws_endpoint=state.aws,
        secrets=_SECRETS[state.runtime].format(data=paths.data),
        urls=urls(),
        substitutes=KindRung(paths, state).ground.artifacts.substituted() if state.runtime == "kind" else {},
        lacks=lacks(state),
        firing=platform.firing(state) if state.pager else [],
        budgets=platform.budgets(state) if state.pager else {},
        ledger=counted,
    )


_SECRETS = {
    "host": "{data}/secrets",
    "compose": "volume `secrets` of the compose project",
    "kind": "{data}/secrets, by Terraform in Secrets Manager, from there in the namespaces shop and data",
}


def _programs(paths: Paths, state: LabState) -> dict[str, str]:
    if state.runtime == "kind":
        return _applications(paths)
    if state.runtime == "compose":
        seen = ComposeRung(paths, state).compose.containers()
        return {container.service: container.health or container.state for container in seen}
    try:
        states = Supervisor(state.supervisor, Secrets(paths).get("supervisor", "password")).states()
    except AnswerError:
        return {"supervisor": "gone: nothing restarts what fails; ./inv lab.up mends it"}
    return {name: f"{states[name].status.lower()}, {states[name].words}" for name in (*SERVERS, *SERVICES)}


def _applications(paths: Paths) -> dict[str, str]:
    cluster = Cluster(paths.kubeconfig)
    try:
        return {f"application {app.name}": applications.state(cluster, app) for app in argocd.applications(cluster)}
    except LabError as error:
        return {"cluster": error.words}


def render(seen: Status) -> RenderableType:
    """Return the status as a table."""
    if seen.runtime == "none":
        return "no lab is up: ./inv lab.up"
    table = Table(title=f"the lab on the {seen.runtime} rung", title_justify="left", show_header=False)
    for name, service in seen.services.items():
        mark = "[green]ready[/]" if service.ready else "[red]not ready[/]"
        table.add_row(f"{name}-service", f"{service.url}  {mark}  {service.reason}")
    for name, words in seen.programs.items():
        table.add_row(name, words)
    table.add_row("secrets", seen.secrets)
    if seen.ledger is not None:
        sums = seen.ledger
        table.add_row(
            "ledger",
            f"{sums.accepted} accepted = {sums.notified} notified + {sums.pending} pending + {sums.dlq} in the DLQ; "
            f"{len(sums.lost)} lost, {len(sums.duplicated)} duplicated",
        )
    if seen.firing:
        table.add_row("[red]alerts[/]", f"{', '.join(seen.firing)}  (./inv alerts.list)")
    if seen.budgets:
        left = ", ".join(f"{name} {share:.0%}" for name, share in sorted(seen.budgets.items()))
        table.add_row("error budget left", left)
    for name, where in seen.urls.items():
        table.add_row(name, where) if name not in {f"{service}-service" for service in SERVICES} else None
    if seen.substitutes:
        table.add_row("[yellow]substitutes[/]", "\n".join(_stands_for(*pair) for pair in seen.substitutes.items()))
    table.add_row("not on this rung", seen.lacks)
    return table


def _stands_for(locked: str, substitute: str) -> str:
    return f"{locked} ← {substitute.removeprefix(locked.rpartition(':')[0] + ':')[:40]}"
