"""How long nobody could look for alerts beside a drill is told, and fails a run in which none may fire."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.checks.alert_watch import AlertWatch, Followed
from lab.core.errors import AnswerError
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.drills.field import Field
from lab.drills.quiet import Quiet
from lab.drills.record import Run
from lab.flows.drilling.judge import judge
from lab.flows.drilling.sampler import Sampler
from lab.flows.drilling.watcher import Watcher
from tests.unit.lab.test_drill_judge import DRILL, dry, run

AWAY = AnswerError("Prometheus does not answer", why="refused")
SERVERS = ("localstack", "prometheus", "alertmanager", "grafana", "pager")


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Field:
    monkeypatch.setattr(Field, "available", lambda *_: 2)
    ports = dict.fromkeys(SERVERS, 1)
    state = {"runtime": "kind", "lab_id": "0", "services": dict.fromkeys(SERVICES, 1), **ports}
    return Field(Paths(tmp_path), LabState.model_validate(state))


def looked(sampler: Sampler, clock: Clock, monkeypatch: pytest.MonkeyPatch, seen: str) -> None:
    """Look once a second: `s` where the look succeeds, `-` where it fails, ` ` where it does not come."""

    left = iter(seen.replace(" ", ""))

    def look(_: AlertWatch) -> list[Followed]:
        if next(left) == "s":
            return []
        raise AWAY

    monkeypatch.setattr(AlertWatch, "look", look)
    for one in seen:
        if one != " ":
            sampler.look()
        clock.now += 1


@pytest.mark.parametrize(
    ("seen", "seconds", "now"),
    [
        ("sssss", 0, False),
        ("ss---ss", 0, False),  # a hiccup is none
        ("s" + 20 * "-" + "s", 21, False),
        ("s" + 20 * "-", 21, True),
        (40 * "-", 40, True),
        ("s" + 9 * "-" + "s" + 9 * "-" + "s", 20, False),
        ("s" + 20 * " ", 21, True),  # it hangs, or its thread has ended
    ],
)
def test_seconds_without_sight_are_summed(
    field: Field, clock: Clock, monkeypatch: pytest.MonkeyPatch, seen: str, seconds: float, now: bool
) -> None:
    sampler = Sampler(field, clock)
    looked(sampler, clock, monkeypatch, seen)
    assert (sampler.blind_seconds, bool(sampler.blind_now)) == (seconds, now)


def test_before_it_looks_it_is_not_blind(field: Field, clock: Clock) -> None:
    sampler = Sampler(field, clock)
    clock.now = 100
    assert (sampler.blind_seconds, sampler.blind_now) == (0, "")


def test_a_cluster_that_can_not_be_asked_for_pods_hides_no_alert(
    field: Field, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        raise AWAY

    monkeypatch.setattr(Field, "available", away)
    sampler = Sampler(field, clock)
    looked(sampler, clock, monkeypatch, 30 * "s")
    assert (sampler.blind_seconds, sampler.blind_now, sampler.replicas) == (0, "", [])


def test_a_run_is_told_and_fails_where_none_may_fire(
    field: Field, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = Sampler(field, clock)
    made = Run(drill="quiet", title="", dry=True, began=datetime.now(UTC), machine="", recovered_at=60)
    watcher = Watcher(Quiet(field), made, sampler, clock, lambda *_: clock.now)
    looked(sampler, clock, monkeypatch, "s" + 20 * "-")
    watcher.take_alerts()
    assert judge(Quiet(field), made) == [f"in the end nobody could look at alerts: {AWAY.words}"]
    looked(sampler, clock, monkeypatch, 20 * "-" + "s")
    watcher.take_alerts()
    assert judge(Quiet(field), made) == ["for 41 s nobody could look at alerts"]


@pytest.mark.parametrize(("blind", "fails"), [(30, False), (30.1, True)])
def test_so_does_one_with_a_fault_that_must_bring_none(blind: float, fails: bool) -> None:
    assert bool(judge(DRILL, run(blind_seconds=blind))) is fails
    assert bool(judge(DRILL, dry(blind_seconds=blind))) is fails
