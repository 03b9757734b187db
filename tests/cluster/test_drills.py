"""Drills on a real cluster: with the fault they see it, without it they see nothing, and nothing of it stays."""

import json
import os
import signal
from typing import Any

import pytest
from rich.console import Console

from lab.core.graph import run_graph
from lab.core.view import PlainView
from lab.core.wait import wait
from lab.drills.base import Drill
from lab.drills.catalogue import DRILLS
from lab.drills.field import Field
from lab.drills.record import Run
from lab.flows.drilling.engine import Engine
from lab.flows.drilling.marker import Marker
from lab.tools import processes
from lab.tools.cluster import Cluster
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]
PLAIN = ("--plain", "--json")


def drilled(lab: Lab, *words: str, check: bool = True) -> dict[str, Any]:
    (made,) = json.loads(lab.run(*words, *PLAIN, timeout=900, check=check).stdout)
    return dict(made)


def test_a_killed_pod_is_seen_and_replaced(lab: Lab) -> None:
    made = drilled(lab, "chaos.kill-pod", "--service", "user")
    assert (made["ok"], made["reasons"], made["target"]) == (True, [], "user")
    assert made["ledger"]["lost"] == []
    assert (lab.checkout / made["html"]).is_file()


@pytest.mark.parametrize("kind", DRILLS, ids=lambda kind: kind.name)
def test_no_drill_sees_anything_where_nothing_is_broken(lab: Lab, kind: type[Drill]) -> None:
    made = drilled(lab, f"chaos.{kind.name}", "--dry", check=False)
    assert (made["ok"], made["reasons"]) == (True, [])


@pytest.mark.parametrize("kind", DRILLS, ids=lambda kind: kind.name)
def test_every_drill_fails_whose_fault_has_no_effect(lab: Lab, kind: type[Drill]) -> None:
    class Numb(kind):  # type: ignore[misc, valid-type] # any of them
        takes = 5

        def fault(self) -> None: ...

    field = Field(lab.paths, lab.up_state())
    engine = Engine(Numb(field), dry=False, substitutes={}, marker=Marker(lab.paths))
    try:
        run_graph(engine.steps(), PlainView(Console(stderr=True)))
    finally:
        engine.close()
    assert engine.run.reasons[0] == "the fault had no effect that could be proven within 5 s"


def test_ctrl_c_takes_the_fault_back(lab: Lab, cluster: Cluster) -> None:
    pid, log = lab.start("chaos.latency", "--plain")
    marker = lab.paths.run / "drill.json"
    wait("fault", marker.is_file, bool, delay=0.2, timeout=180)
    os.kill(pid, signal.SIGINT)
    wait("end", lambda: processes.lives(pid), lambda alive: not alive, delay=0.2, timeout=90)
    assert "rollback" in log.read_text()
    assert not marker.exists()
    assert all(found == {} for found in faults(lab, cluster))


def test_what_a_killed_drill_left_is_taken_back_by_the_next_command(lab: Lab, cluster: Cluster) -> None:
    pid, _ = lab.start("chaos.latency", "--plain")
    marker = lab.paths.run / "drill.json"
    wait("fault", lambda: any(faults(lab, cluster)), bool, delay=0.5, timeout=180)
    os.kill(pid, signal.SIGKILL)
    assert marker.is_file()
    lab.run("lab.up", "--plain", timeout=600)
    assert not marker.exists()
    assert all(found == {} for found in faults(lab, cluster))


def faults(lab: Lab, cluster: Cluster) -> list[dict[str, Any]]:
    """Return what each pod of order-service is told to get wrong, {} where that is nothing."""
    found = []
    for pod in Field(lab.paths, lab.up_state()).pods("order-service"):
        told = cluster.get(f"/api/v1/namespaces/shop/pods/{pod['metadata']['name']}:8000/proxy/faults") or {}
        found.append({name: value for name, value in told.items() if name != "status" and value})
    return found


def test_a_game_day_from_its_start_to_its_score(lab: Lab) -> None:
    started = lab.run("gameday.start", "--seed", "1", "--plain", timeout=420).stdout
    assert "game day 1" in started
    assert lab.run("gameday.answer", "kill-pod", check=False).code == 1
    assert "hint 1 of" in lab.run("gameday.hint").stdout
    assert lab.run("chaos.kill-pod", "--plain", check=False).code == 2
    made = json.loads(lab.run("gameday.report", "--give-up", *PLAIN, timeout=900).stdout)
    assert made["points"] == 0
    assert "Postmortem" in next(lab.paths.reports.glob("postmortem-gameday-*.md")).read_text()
    assert (
        Run.model_validate_json(next(lab.paths.reports.glob("drill-gameday-*T*.json")).read_text()).effect_at
        is not None
    )
