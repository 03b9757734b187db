"""`ship`: the pipeline of CI on the lab: test, scan, build, push, sync, prove; what breaks its SLOs is reverted."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console

from lab.checks.steady import unsteady
from lab.core.errors import CheckError, Interrupted, StepError, UsageError
from lab.core.graph import Step, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import SERVICES
from lab.core.stop import undisturbed
from lab.core.view import view_for
from lab.core.wait import still_wrong
from lab.flows import load, quality, verify
from lab.flows.load_report import LoadReport
from lab.flows.push import kind_rung, syncing
from lab.flows.ship_report import Shipped, write
from lab.stages.kind import KindRung
from lab.tools import trivy
from lab.tools.locust import Plan

LEVELS = ("unit", "contract")
_SETTLES = 20  # seconds that a rollout's last pods may take to end
_SHORTEST = 10  # seconds: fewer requests prove nothing
_USERS, _RATE = 4, 20.0
_BACK = "taking back what was pushed first: this ends by itself within a minute"


def ship(service: str | None, levels: Sequence[str], seconds: int, plain: bool) -> Shipped:
    """Ship the working tree, of all services or of `service`, and judge it under load for `seconds`.

    `levels` of tests run first; () runs none. Raises UsageError off the kind rung and for what can't be meant,
    CheckError for a lab that is not in its steady state, WaitTimeout while another load is judged, StepError while
    nothing is deployed yet. What fails from then on is rolled back: see the report. So is what nobody waits for:
    Interrupted, or KeyboardInterrupt, is raised after that.
    """
    _check(service, levels, seconds)
    paths = Paths()
    with lock(paths.state / "lock"), load.alone(paths):
        return _Shipment(paths, kind_rung(paths), service, plain).go(levels, seconds)


class _Shipment:
    """One of them; `made` grows as it goes."""

    def __init__(self, paths: Paths, rung: KindRung, service: str | None, plain: bool) -> None:
        self._paths, self._rung, self._service, self._plain = paths, rung, service, plain
        began = datetime.now(UTC).isoformat(timespec="seconds")
        self._made = Shipped(began=began, service=service or "all services")

    def go(self, levels: Sequence[str], seconds: int) -> Shipped:
        """Take the tree all the way, or back."""
        try:
            self._go(levels, seconds)
        except (Interrupted, KeyboardInterrupt):
            if not self._made.reverted and self._back():
                say(f"interrupted before it was proven: back to {self._made.before[:8]}")
                with undisturbed(_BACK):
                    self._rung.gitops.refresh()
            raise
        return write(self._paths, self._made)

    def _go(self, levels: Sequence[str], seconds: int) -> None:
        made = self._made
        self._run(self._making(levels))
        made.reasons, made.load = self._proven(made.commit, seconds, "")
        if not made.ok and self._back():
            Console(stderr=True).print(f"[red]✗[/] {'; '.join(made.reasons)}: back to {made.before[:8]}")
            made.after_reasons, made.after_load = self._proven(made.reverted, seconds, "back: ")

    def _making(self, levels: Sequence[str]) -> list[Step]:
        """Return the steps up to the commit that Argo CD reads."""
        services = (self._service,) if self._service else SERVICES
        tests = [Step(f"{level} tests", lambda level=level: quality.suite(level), ("steady",)) for level in levels]  # type: ignore[misc] # a default binds each
        return [
            Step("steady", self._steady),
            *tests,
            Step("scan", self._scan, ("steady",)),
            Step("build", lambda: self._rung.build(services), ("scan", *(test.name for test in tests))),
            Step("scan images", lambda: self._scan_images(services), ("build",)),
            Step("push", self._push, ("scan images",)),
        ]

    def _steady(self) -> None:
        state, cluster = self._rung.state, self._rung.ground.cluster
        if wrong := still_wrong("steady state", lambda: unsteady(state, cluster), timeout=_SETTLES):
            why, fix = "; ".join(wrong), "./inv lab.up mends what is not as the tree says; then ship"
            raise CheckError("the lab is not in its steady state: nothing is shipped", why=why, fix=fix)

    def _scan(self) -> None:
        if not trivy.there():
            say("not scanned: trivy is not on PATH")
            self._made.scanned = False
            return
        trivy.tree(self._paths.checkout)

    def _scan_images(self, services: Sequence[str]) -> None:
        for service in services if trivy.there() else ():
            trivy.image(f"kubeflow-ops/{service}-service:local", self._paths.checkout)

    def _push(self) -> None:
        gitops = self._rung.gitops
        with gitops.history("ship") as history:
            self._made.before = history.commits(1)[0].id
        self._made.commit = gitops.push(f"Ship {self._made.service}")
        if self._made.commit == self._made.before:
            say("nothing is new: what runs is judged")

    def _back(self) -> bool:
        """Revert what was pushed, if that is new, also when its push was interrupted; return whether there was any."""
        made = self._made
        if made.before:
            with undisturbed(_BACK), self._rung.gitops.history("ship") as history:
                pushed = made.commit or history.commits(1)[0].id
                made.reverted = "" if pushed == made.before else history.revert(pushed)
        return bool(made.reverted)

    def _proven(self, commit: str, seconds: int, prefix: str) -> tuple[list[str], LoadReport | None]:
        """Have `commit` synced, verified and under load; return why it is not as it must be, and the load's report."""
        try:
            self._run(syncing(self._rung, self._service, lambda: commit), prefix)
            verdict = verify.verify(self._plain)
            if not verdict.ok:
                return verdict.problems, None
            judged = load.judged(Plan("mixed", _USERS, _RATE, seconds), self._plain)
        except StepError as error:
            return [error.words], None
        return judged.reasons, judged

    def _run(self, steps: Sequence[Step], prefix: str = "") -> None:
        for timing in run_graph(steps, view_for(Console(stderr=True), plain=self._plain)):
            self._made.steps[f"{prefix}{timing.name}"] = round(timing.seconds, 1)


def _check(service: str | None, levels: Sequence[str], seconds: int) -> None:
    if service is not None and service not in SERVICES:
        raise UsageError(f"no service is called {service!r}", fix=f"one of: {', '.join(SERVICES)}")
    for level in levels:
        if level not in quality.LEVELS:
            raise UsageError(f"no level is called {level!r}", fix=f"one of: {', '.join(quality.LEVELS)}")
    if seconds < _SHORTEST:
        raise UsageError(f"--time {seconds} proves nothing", fix=f"at least --time {_SHORTEST}s")
