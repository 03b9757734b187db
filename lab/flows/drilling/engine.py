"""One run of a drill: steady state, load, fault, what must be seen, the way back, steady state again, the ledger."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime

from lab.checks import machine, steady
from lab.checks.stillness import Stillness
from lab.core.errors import WaitTimeout
from lab.core.graph import Step, in_turn
from lab.core.say import say
from lab.core.wait import wait
from lab.drills.base import Drill
from lab.drills.loads import begun
from lab.drills.record import Kind, Moment, OwnLoad, Run
from lab.flows.drilling import before, judge
from lab.flows.drilling.marker import Marker
from lab.flows.drilling.sampler import Sampler
from lab.flows.drilling.watcher import DRY_SECONDS, Watcher
from lab.flows.verify import settled
from lab.tools.locust import Background

_BEFORE, _AFTER = 10.0, 5.0  # seconds of load before the fault and after the recovery
_LOAD_AT_MOST = 1800  # seconds, should the engine not be there to end it


class Engine:
    """Its steps fill `run`; `close` it whatever happened: load and sampler end there."""

    def __init__(
        self,
        drill: Drill,
        *,
        dry: bool,
        substitutes: dict[str, str],
        marker: Marker,
        called: str = "",
        again: str = "",
        dry_seconds: float = DRY_SECONDS,
    ) -> None:
        self._drill, self._field, self._marker = drill, drill.field, marker
        self._origin, began = time.monotonic(), datetime.now(UTC)
        self._stack = ExitStack()
        self._load: Background | None = None
        self._sampler, self._stillness = Sampler(drill.field, self._now), Stillness()
        self.folder = drill.field.paths.reports / "drills" / f"{called or drill.name}-{began:%Y%m%dT%H%M%S}"
        service, left_out = f" --service {drill.target}" if drill.target else "", " --dry" if dry else ""
        again = again or f"./inv chaos.{drill.name}{service}{left_out}"
        self.run = Run(
            drill=drill.name, title=drill.title, target=drill.target, dry=dry, began=began,
            machine=machine.describe(), substitutes=substitutes,
            commands=[again, "./inv alerts.inbox", "./inv lab.verify"],
        )  # fmt: skip
        self._watcher = Watcher(drill, self.run, self._sampler, self._now, self._note, dry_seconds)

    def steps(self) -> list[Step]:
        """Return the run as steps, one after the other."""
        doing: list[tuple[str, Callable[[], None]]] = [
            ("steady state", self._steady),
            ("load", self._begin_load),
            ("fault", self._fault),
            ("detection", self._watch),
            ("way back", self._mend),
            ("recovery", self._recover),
            ("ledger", self._count),
        ]
        if self.run.dry:
            doing = [one for one in doing if one[0] not in {"fault", "way back"}]
        return in_turn(doing)

    def broken(self) -> bool:
        """Return whether the fault may be in the lab; another drill's is none of ours."""
        return self._marker.names(self._drill)

    def close(self) -> None:
        """End load and sampler."""
        self._stack.close()

    def _now(self) -> float:
        return time.monotonic() - self._origin

    def _note(self, kind: Kind, what: str) -> float:
        at = round(self._now(), 2)
        moment = Moment(at=at, kind=kind, what=what)
        self.run.moments.append(moment)
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "journal.jsonl").open("a") as journal:
            journal.write(json.dumps({"time": datetime.now(UTC).isoformat(), **moment.model_dump()}) + "\n")
        say(what)
        return at

    def _steady(self) -> None:
        before.until_steady(self._drill)
        self._note("phase", "steady state: all is well, an order went through")

    def _begin_load(self) -> None:
        load = self._drill.load
        begin = begun(self._field, load, folder=self.folder / "locust", at_most=_LOAD_AT_MOST)
        self._load = self._stack.enter_context(begin)
        self.run.load_at = self._since(self._load)
        self._stack.enter_context(self._sampler)
        self._stack.enter_context(self._stillness)
        self._note("phase", f"load: {load.scenario}, {load.users} users, {load.rate:g} requests/s")
        self._pass(_BEFORE)

    def _since(self, load: Background) -> float:
        return (load.began - self.run.began).total_seconds()

    def _pass(self, seconds: float) -> None:
        """Let the load go on for a while."""
        until = self._now() + seconds
        wait("load", self._now, lambda now: now >= until, explain=lambda _: "goes on", delay=0.5, timeout=seconds + 5)

    def _fault(self) -> None:
        before.until_unseen(self._drill)
        self._marker.set(self._drill)
        self.run.fault_at = self._note("fault", f"fault: {self._drill.title}")
        self._drill.fault()

    def _watch(self) -> None:
        """Look for effect, signs and alerts until all are seen or overdue; in a dry run for a while."""
        self.run.fault_at = self._now() if self.run.dry else self.run.fault_at
        watcher = self._watcher
        watcher.begin()
        timeout = watcher.longest() + 90
        wait("detection", watcher.missing, lambda missing: not missing, explain="; ".join, delay=1, timeout=timeout)

    def _mend(self) -> None:
        if self._drill.heals and self.run.effect_at is not None:
            self._note("phase", "nothing is rolled back: it must heal by itself")
            return
        self.roll_back()

    def roll_back(self) -> None:
        """Take the fault back."""
        self.run.rollback_at = self._note("rollback", "rollback")
        self._drill.rollback()
        self._marker.clear()

    def _recover(self) -> None:
        """Wait for the steady state, and until the pager was told that each alert has ended."""
        began = self._now()
        try:
            wait("recovery", self._unwell, lambda wrong: not wrong, explain="; ".join, delay=1,
                 timeout=self._drill.recovers + 1)  # fmt: skip
            self.run.recovered_at = self._note("recovery", f"steady state after {self._now() - began:.1f} s")
        except WaitTimeout as error:
            self._note("recovery", f"no steady state: {error.why}")
        if self.run.dry:
            return
        if self.broken():
            self._drill.rollback()
            self._marker.clear()
        clears = max((page.clears for page in self._drill.pages), default=0)
        try:
            wait("alerts", self._watcher.unresolved, lambda left: not left, explain="; ".join, delay=1,
                 timeout=max(clears - (self._now() - began), 1))  # fmt: skip
        except WaitTimeout as error:
            self._note("recovery", error.why)
        self._pass(_AFTER)

    def _unwell(self) -> list[str]:
        self._watcher.take_alerts()
        if wrong := before.unsteady(self._drill):
            return wrong
        why = steady.order_goes_through(self._field.state)
        return [why] if why else []

    def _count(self) -> None:
        assert self._load is not None  # noqa: S101 - a step of before made it
        own = self._drill.loads()
        self.run.measured = self._load.stop()
        self.run.own_loads = [OwnLoad(at=self._since(load), measured=load.stop()) for load in own]
        placed = [order for load in (self._load, *own) for order in load.placed()]
        self.run.ledger = settled(self._field.state, timeout=90, placed=placed)
        self.run.replicas, self.run.ended_at = self._sampler.replicas, round(self._now(), 2)
        self.run.stood_still = round(self._stillness.longest, 1)
        self.run.reasons = judge.judge(self._drill, self.run)
        self.run.ok = not self.run.reasons
        self._note("verdict", "passed" if self.run.ok else "; ".join(self.run.reasons))
