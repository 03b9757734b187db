"""`secrets.rotate`: a new password all the way into the pods, and what users noticed of it."""

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.table import Table

from lab.checks.prober import Prober
from lab.core.errors import UsageError
from lab.core.graph import in_turn, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.core.view import view_for
from lab.flows.push import kind_rung
from lab.stages.rotation import Rotation
from lab.stages.rotation_database import DatabaseRotation
from lab.stages.rotation_pager import PagerRotation
from lab.stages.rotation_redis import RedisRotation
from lab.tools.observed import lacking

NAMES = (*SERVICES, "redis", "pager")


class Rotated(BaseModel):
    """What a rotation did: `before` and `after` sign in, `moments` are seconds from its start to each step's end."""

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


def rotate(name: str, plain: bool) -> Rotated:
    """Rotate a secret while what uses it is asked without a pause: the database password of a service, redis or pager.

    Raises UsageError for an unknown name, or a lab without External Secrets.
    """
    if name not in NAMES:
        raise UsageError(f"no secret is called {name!r}", fix=f"one of: {', '.join(NAMES)}")
    paths = Paths()
    with lock(paths.state / "lock"):
        state = kind_rung(paths).state
        if state.profile != "full":
            raise lacking(state, "External Secrets")
        rotation = _rotation(name, paths, state)
        doing = rotation.moments()
        steps = in_turn(doing)
        with Prober(rotation.refused) as prober:
            timings = run_graph(steps, view_for(Console(stderr=True), plain=plain))
    return Rotated(
        secret=rotation.secret,
        before=rotation.before,
        after=rotation.after,
        moments={timing.name: round(timing.ended, 2) for timing in sorted(timings, key=lambda t: t.ended)},
        requests=prober.sent,
        failures=dict(prober.failures),
    )


def _rotation(name: str, paths: Paths, state: LabState) -> Rotation:
    if name == "redis":
        return RedisRotation(paths, state)
    if name == "pager":
        return PagerRotation(paths, state)
    return DatabaseRotation(paths, state, name)


def render(made: Rotated) -> RenderableType:
    """Return the rotation as a table."""
    who = made.after if made.before == made.after else f"{made.before} → {made.after}"
    table = Table(title=f"{made.secret}: {who}", title_justify="left", show_header=False)
    for name, seconds in made.moments.items():
        table.add_row(name, f"done after {seconds:.1f} s")
    table.add_row("requests", f"{made.requests} meanwhile, {sum(made.failures.values())} failed")
    for reason, count in made.failures.items():
        table.add_row("[red]failed[/]", f"{count} times: {reason}")
    return table
