"""`secrets.rotate`: a new password all the way into the pods, and what users noticed of it."""

from collections.abc import Callable

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.table import Table

from lab.checks.prober import Prober
from lab.core.errors import UsageError
from lab.core.graph import Step, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.state import SERVICES
from lab.core.view import view_for
from lab.flows.push import kind_rung
from lab.stages.rotation import Rotation
from lab.tools.observed import lacking

_PATHS = {"order": "/orders?limit=1", "user": "/users?limit=1", "notification": "/notifications?limit=1"}


class Rotated(BaseModel):
    """What a rotation did: `moments` are seconds from its start to the end of each step."""

    secret: str
    before: str
    after: str
    moments: dict[str, float]
    requests: int
    failures: dict[str, int]

    @property
    def ok(self) -> bool:
        """Whether no request failed."""
        return not self.failures


def rotate(service: str, plain: bool) -> Rotated:
    """Rotate the database password of `service` while it is asked without a pause.

    Raises UsageError for an unknown service, or a lab without External Secrets.
    """
    if service not in SERVICES:
        raise UsageError(f"no secret is called {service!r}", fix=f"one of: {', '.join(SERVICES)}")
    paths = Paths()
    with lock(paths.state / "lock"):
        rung = kind_rung(paths)
        state = rung.state
        if state.profile != "full":
            raise lacking(state, "External Secrets")
        rotation = Rotation(paths, state, rung.gitops, service)
        doing: list[tuple[str, Callable[[], None]]] = [
            ("database role", rotation.role),
            ("Secrets Manager", rotation.store),
            ("External Secrets", rotation.synced),
            ("pods", rotation.pods),
            ("proof", rotation.used),
        ]
        steps = [Step(name, do, (doing[n - 1][0],) if n else ()) for n, (name, do) in enumerate(doing)]
        with Prober(f"{state.url(service)}{_PATHS[service]}") as prober:
            timings = run_graph(steps, view_for(Console(stderr=True), plain=plain))
    return Rotated(
        secret=f"kubeflow-ops/{service}/database",
        before=rotation.before,
        after=rotation.after,
        moments={timing.name: round(timing.ended, 2) for timing in sorted(timings, key=lambda t: t.ended)},
        requests=prober.sent,
        failures=dict(prober.failures),
    )


def render(made: Rotated) -> RenderableType:
    """Return the rotation as a table."""
    table = Table(title=f"{made.secret}: {made.before} → {made.after}", title_justify="left", show_header=False)
    for name, seconds in made.moments.items():
        table.add_row(name, f"done after {seconds:.1f} s")
    table.add_row("requests", f"{made.requests} meanwhile, {sum(made.failures.values())} failed")
    for reason, count in made.failures.items():
        table.add_row("[red]failed[/]", f"{count} times: {reason}")
    return table
