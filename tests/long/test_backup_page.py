"""The commands of docs/backup.md, run in order on a lab that is up."""

import re

from lab.core import proc
from lab.core.paths import CHECKOUT
from tests.e2e.databases import place
from tests.e2e.host_lab import Lab

BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def test_every_command_of_the_page_works_in_order(data_lab: Lab) -> None:
    place(data_lab)
    said = []
    for block in BLOCK.findall((CHECKOUT / "docs" / "backup.md").read_text()):
        env = {"LAB_PLAIN": "1", "COLUMNS": "200"}
        done = proc.run(["sh", "-euc", block], cwd=data_lab.checkout, env=env, timeout=120)
        said.append(done.stdout + done.stderr)
    kept, restored = said
    assert "disk, S3" in kept
    assert "RTO" in restored
    assert "all is well" in restored
