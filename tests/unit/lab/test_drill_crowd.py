"""A load that is the fault itself is measured, and its client's orders are in the ledger, as the steady one's."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from lab.checks.ledger import Ledger
from lab.core.state import LabState
from lab.core.wait import wait
from lab.drills.surge import Surge
from lab.flows.drilling import engine
from lab.flows.drilling.engine import Engine
from lab.flows.drilling.marker import Marker
from lab.tools import locust, processes
from tests.unit.lab.drilling import field_at

_LOCUST = """
import json, signal, sys, time
from pathlib import Path
folder, order = Path(sys.argv[1]), sys.argv[2]
def end(*_):
    second, answers = int(time.time()) - 1, {"num_requests": 4, "num_failures": 1, "response_times": {}}
    rows = {"name": order, **answers, "num_reqs_per_sec": {second: 4}, "num_fail_per_sec": {second: 1}}
    (folder / "locust_stats_history.csv").write_text("Timestamp,Name\\n")
    (folder / "locust.json").write_text(json.dumps([rows]))
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
(folder / "placed.txt").write_text(f"{order}\\n")
time.sleep(60)
"""


@pytest.fixture
def promised(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Orders that the ledger was asked for. Locust leaves what it leaves when it is ended."""
    found: list[str] = []

    def command(plan: locust.Plan, env: Mapping[str, str], folder: Path) -> tuple[list[str], dict[str, str]]:
        folder.mkdir(parents=True)
        return [sys.executable, "-c", _LOCUST, str(folder), f"of-{plan.scenario}"], dict(env)

    def settled(_: LabState, *, timeout: float, placed: Sequence[str]) -> Ledger:
        assert timeout
        found.extend(placed)
        return Ledger(accepted=2, notified=2, pending=0, dlq=0, lost=[], duplicated=[])

    monkeypatch.setattr(locust, "command", command)
    monkeypatch.setattr(engine, "settled", settled)
    monkeypatch.setattr(engine, "_BEFORE", 1)
    return found


def test_the_crowd_is_measured_and_its_orders_are_asked_for(
    promised: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Surge, "effect", lambda _: "")
    made = Surge(field_at(tmp_path))
    run = Engine(made, dry=False, substitutes={}, marker=Marker(made.field.paths))
    doing = {step.name: step.run for step in run.steps()}
    doing["load"]()
    doing["fault"]()
    (crowd,) = made.loads()
    wait("orders", crowd.placed, bool, timeout=20)
    doing["way back"]()
    assert not processes.lives(crowd.pid)
    doing["ledger"]()
    assert promised == ["of-browse", "of-order"]
    (own,) = run.run.own_loads
    assert (own.measured.total.requests, own.measured.total.failures) == (4, 1)
    assert own.at - run.run.load_at > 0.9  # whole seconds, but for rounding
    run.close()


def test_a_machine_that_stood_still_meanwhile_makes_the_run_void(
    promised: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.checks.stillness.Stillness.pause", -131.0)  # as if each look came so much too late
    made = Surge(field_at(tmp_path))
    run = Engine(made, dry=True, substitutes={}, marker=Marker(made.field.paths))
    doing = {step.name: step.run for step in run.steps()}
    doing["load"]()
    doing["ledger"]()
    run.close()
    assert run.run.void
    assert run.run.reasons[0].startswith("this machine stood still for 13")


def test_without_its_fault_there_is_no_crowd(tmp_path: Path) -> None:
    made = Surge(field_at(tmp_path))
    made.rollback()
    assert list(made.loads()) == []
