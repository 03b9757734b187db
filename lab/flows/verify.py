"""`lab.verify`: every service ready, an order through, the ledger counted."""

from collections.abc import Callable, Sequence

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.table import Table

from lab.checks import applications, ledger, platform, smoke
from lab.checks.given_up import given_up
from lab.checks.ledger import Ledger
from lab.core.errors import LabError
from lab.core.graph import Step, run_graph
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState, require
from lab.core.view import view_for
from lab.core.wait import still_wrong, wait
from lab.stages import cloud
from lab.stages.kind import KindRung
from lab.tools import argocd
from lab.tools.api import Api
from lab.tools.cluster import Cluster


class Verdict(BaseModel):
    """What was checked; `problems` is empty when all is well."""

    ok: bool
    runtime: str
    problems: list[str]
    ledger: Ledger | None


def verify(plain: bool) -> Verdict:
    """Check the running lab. Raises UsageError when none is up."""
    state = require(Paths().run)
    problems: list[str] = []
    counted: list[Ledger] = []

    def readiness() -> None:
        problems.extend(still_wrong("services", lambda: _unready(state), timeout=10))

    def order() -> None:
        try:
            smoke.send_order(state)
        except LabError as error:
            problems.append(f"smoke order: {error.words}")

    def count() -> None:
        try:
            counted.append(settled(state))
        except LabError as error:
            problems.append(f"the ledger can't be counted: {error.words}")

    steps = [Step("ready", readiness), Step("smoke order", order, ("ready",)), Step("ledger", count, ("smoke order",))]
    steps += [Step(name, lambda look=look: problems.extend(look())) for name, look in _of_a_cluster(state).items()]  # type: ignore[misc] # a default binds each
    run_graph(steps, view_for(Console(stderr=True), plain=plain))
    found = counted[0] if counted else None
    if found is not None:
        problems += [f"order {order_id} is lost: not notified, not pending, not in the DLQ" for order_id in found.lost]
        problems += [f"order {order_id} was notified of twice" for order_id in found.duplicated]
        problems += [
            f"order {order_id} was notified of, and order-service does not know it: ./inv db.restore latest"
            for order_id in sorted(set(found.unknown) - given_up(Paths()))
        ]
    return Verdict(ok=not problems, runtime=state.runtime, problems=problems, ledger=found)


def _of_a_cluster(state: LabState) -> dict[str, Callable[[], list[str]]]:
    """Return what more there is to look at on the kind rung, by name."""
    if state.runtime != "kind":
        return {}
    found: dict[str, Callable[[], list[str]]] = {
        "applications": lambda: still_wrong("applications", _unlike_pushed, timeout=20),
        "drift": lambda: _drift(state),
        "targets": lambda: platform.unwatched(state),
    }
    return found | ({"heartbeat": lambda: platform.unheard(state)} if state.pager else {})


def _unready(state: LabState) -> list[str]:
    found = ((name, *Api(state.url(name)).ready()) for name in SERVICES)
    return [f"{name}-service is not ready: {why}" for name, ready, why in found if not ready]


def _unlike_pushed() -> list[str]:
    cluster = Cluster(Paths().kubeconfig)
    try:
        found = argocd.applications(cluster)
        wrong = [f"application {app.name} is {applications.state(cluster, app)}" for app in found if not app.done()]
    except LabError as error:
        return [f"the Applications can't be read: {error.words}"]
    return wrong if found else ["Argo CD has no Application"]


def _drift(state: LabState) -> list[str]:
    """Return what of the cloud is not as Terraform declares it."""
    paths = Paths()
    providers = KindRung(paths, state).ground.artifacts.providers
    try:
        drifted = cloud.drift(paths, state, providers)
    except LabError as error:
        return [f"Terraform's plan: {error.words}"]
    return [f"Terraform drift: {address}; ./inv lab.up mends it" for address in drifted]


def settled(state: LabState, timeout: float = 10, placed: Sequence[str] = ()) -> Ledger:
    """Count the ledger, `placed` as in `ledger.look`; what looks lost is looked at again for `timeout` seconds.

    An event between two places (received, not yet notified of, when the queue was emptied by a restart) is found
    again by the relay's reconciler, which looks every two seconds.
    """
    try:
        return wait(
            "ledger",
            lambda: ledger.look(state, placed),
            lambda seen: seen.ok,
            explain=lambda seen: f"{len(seen.lost)} not found yet, {len(seen.duplicated)} duplicated",
            delay=0.5,
            timeout=timeout,
        )
    except LabError:
        return ledger.look(state, placed)


def render(verdict: Verdict) -> RenderableType:
    """Return the verdict as a table."""
    table = Table(title=f"lab.verify on the {verdict.runtime} rung", title_justify="left", show_header=False)
    if verdict.ledger is not None:
        for name in ("accepted", "notified", "pending", "dlq", "redelivered"):
            table.add_row(name, str(getattr(verdict.ledger, name)))
        table.add_row("lost", str(len(verdict.ledger.lost)))
        table.add_row("duplicated", str(len(verdict.ledger.duplicated)))
        if verdict.ledger.unknown:
            table.add_row("notified, unknown", f"{len(verdict.ledger.unknown)} orders, whose rows are gone")
    for problem in verdict.problems:
        table.add_row("[red]problem[/]", problem)
    table.add_row("verdict", "[green]all is well[/]" if verdict.ok else "[red]not well[/]")
    return table
