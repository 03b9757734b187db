"""The compose rung: up, an order through, a killed service back, nothing left."""

import json

import pytest

from lab.core import proc
from lab.core.wait import wait
from lab.stages.compose import project
from lab.tools.api import Api
from lab.tools.docker import Compose
from tests.e2e.databases import backup, listed, place, restore
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


def test_compose_rises_survives_a_kill_and_leaves_nothing(fresh_lab: Lab) -> None:
    lab, before = fresh_lab, volumes()
    raised = lab.run("lab.up", "--runtime", "compose", "--plain", timeout=500)
    assert "the lab is up on the compose rung" in raised.stderr
    state = lab.up_state()
    compose = Compose(lab.checkout, project(lab.paths.lab_id), {})
    killed = next(c.name for c in compose.containers() if c.service == "order")
    proc.run(["docker", "kill", "--signal", "KILL", killed])
    proc.run(["docker", "start", killed])  # the Engine restarts what dies by itself, not what `docker kill` ended
    api = Api(state.url("order"))
    wait("order", api.ready, lambda seen: seen[0], explain=lambda seen: seen[1], timeout=60)
    verdict = json.loads(lab.run("lab.verify", "--json", "--plain").stdout)
    assert (verdict["ok"], verdict["ledger"]["lost"]) == (True, [])
    name = backup(lab)
    gone = place(lab)
    done = restore(lab, name)
    assert (done["gone"], done["ledger"]["lost"], listed(lab)[name]["in_s3"]) == (gone, [], True)
    seen = json.loads(lab.run("lab.status", "--json").stdout)
    assert (seen["runtime"], seen["services"]["user"]["ready"]) == ("compose", True)
    lab.down("--wipe")
    assert compose.leftovers(volumes=True) == []
    assert volumes() <= before  # also such as an image makes, which bear nobody's name


def volumes() -> set[str]:
    return set(proc.run(["docker", "volume", "ls", "--quiet"]).stdout.split())
