"""The commands of docs/cluster.md, run in order as its reader would; they end with the lab."""

import re

import pytest

from lab.core import proc
from lab.core.paths import CHECKOUT
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def test_every_command_of_the_tour_works_in_order(lab: Lab) -> None:
    blocks = BLOCK.findall((CHECKOUT / "docs" / "cluster.md").read_text())
    used, said = lab.ports(), []
    for block in blocks:
        done = proc.run(["sh", "-euc", block], cwd=lab.checkout, env={"LAB_PLAIN": "1"}, timeout=900)
        said.append(done.stdout + done.stderr)
    raised, looked, ordered, heard, refused, rotated, pushed, healed, verified, ended = said
    assert "the lab is up on the kind rung" in raised
    assert "Synced, Healthy" in looked
    assert "order-queue process" in ordered
    assert "Watchdog" in heard
    assert "docs/policies.md" in refused
    assert "0 failed" in rotated
    assert "user at " in pushed
    assert "successfully rolled out" in healed
    assert "all is well" in verified
    assert "nothing is left" in ended
    assert lab.left(used) == []
