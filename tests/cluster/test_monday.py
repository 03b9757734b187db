"""The commands of docs/monday-morning.md, run in order as its reader would: shipped, refused, taken back."""

import re

import pytest

from lab.core import proc
from lab.core.paths import CHECKOUT
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(2400)]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
CHANGED = ("services/user/routes.py", "services/order/routes.py")


def test_every_command_of_the_walk_works_in_order(lab: Lab) -> None:
    blocks = BLOCK.findall((CHECKOUT / "docs" / "monday-morning.md").read_text())
    before, said = {name: (lab.checkout / name).read_text() for name in CHANGED}, []
    try:
        for block in blocks:
            done = proc.run(
                ["sh", "-euc", block], cwd=lab.checkout, env={"LAB_PLAIN": "1", "COLUMNS": "200"}, timeout=1200
            )
            said.append(done.stdout + done.stderr)
    finally:
        for name, text in before.items():
            (lab.checkout / name).write_text(text)
        lab.run("lab.push", "--plain", timeout=600)
    looked, shipped, answered, refused, mended, undone = said
    assert "Watchdog" in looked
    assert "all is well" in looked
    assert "user shipped at" in shipped
    assert "good morning" in answered
    assert "Ship user" in answered
    assert "P95 was" in refused
    assert "it was not shipped" in refused
    assert 'Revert "Ship order"' in refused
    assert "order at" in mended
    assert "reverted by" in undone
    assert "all is well" in undone
