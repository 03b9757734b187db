"""The README's commands, run in order in a copy of the checkout, as a new user would."""

import re

import pytest

from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.core.state import SERVICES
from tests.e2e.host_lab import Lab

BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
FIRST = dict(zip(SERVICES, ("8001", "8002", "8003"), strict=True))


@pytest.mark.timeout(900)
def test_every_command_of_the_readme_works_in_order(fresh_lab: Lab) -> None:
    blocks = BLOCK.findall((CHECKOUT / "README.md").read_text())
    assert len(blocks) == 4
    said = []
    for block in blocks:
        script = block
        if (state := fresh_lab.state()) is not None:  # another lab may hold the ports that the README names
            for name, port in FIRST.items():
                script = script.replace(f"127.0.0.1:{port}", f"127.0.0.1:{state.services[name]}")
        env = {"LAB_RUNTIME": "host", "LAB_PLAIN": "1", "COLUMNS": "200"}
        done = proc.run(["sh", "-euc", script], cwd=fresh_lab.checkout, env=env, timeout=600)
        said.append(done.stdout + done.stderr)
    assert "the lab is up on the host rung" in said[0]
    assert '"event_type":"order.created"' in said[1]
    assert "all is well" in said[2]
    assert "the SLOs held" in said[2]
    assert "nothing is left" in said[2]
    assert " passed" in said[3]
