"""Load on the host rung: what its clients were promised is in the ledger, whatever dies meanwhile."""

import re
from pathlib import Path

import pytest

from lab.checks import ledger
from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.core.wait import wait
from lab.flows.verify import settled
from lab.tools.locust import Background, environment
from tests.e2e.host_lab import Lab


def test_an_order_that_a_client_was_promised_outlives_a_killed_service(lab: Lab, tmp_path: Path) -> None:
    state = lab.up_state()

    def more(count: int) -> None:
        goal = len(load.placed()) + count
        wait("orders", lambda: len(load.placed()), lambda n: n >= goal, delay=0.05, timeout=60)

    with Background(
        "order", users=3, rate=40, env=environment(state), folder=tmp_path, cwd=lab.checkout, at_most=120
    ) as load:
        more(20)
        lab.kill("order")
        more(20)
        seen = load.stop()
    assert seen.total.failures > 0
    assert settled(state, 60, load.placed()).lost == []
    assert ledger.look(state, [*load.placed(), "never accepted"]).lost == ["never accepted"]


@pytest.mark.timeout(400)
def test_every_command_of_the_page_about_load_works_in_order(lab: Lab) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", (CHECKOUT / "docs/load.md").read_text(), re.DOTALL)
    done = proc.run(["sh", "-euc", block], cwd=lab.checkout, env={"LAB_PLAIN": "1", "COLUMNS": "200"}, timeout=380)
    assert done.stdout.count("the SLOs held") == 3
    assert done.stdout.count("this machine's generator reaches") == 4
    assert "with 2 processes" in done.stdout
