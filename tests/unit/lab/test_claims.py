"""Claims on ports: held by one process at a time, given back however it ends."""

import sys
from pathlib import Path

from lab.core import proc
from lab.tools import ports
from lab.tools.claims import Claims

HOLDER = (
    "import sys\nfrom lab.tools.claims import Claims\nclaims = Claims()\n"
    "print(claims.take(int(sys.argv[1])), flush=True)\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
)


def test_a_port_is_claimed_by_one_alone_and_free_again_after_its_block() -> None:
    port = ports.free_ports(1)[0]
    with Claims() as first:
        assert first.take(port)
        assert first.take(port), "a claim that is ours holds"
        assert not Claims().take(port)
    with Claims() as second:
        assert second.take(port)


def test_a_block_is_claimed_whole_or_not_at_all() -> None:
    a, b, c = ports.free_ports(3)
    with Claims() as first, Claims() as second:
        assert first.take(c)
        assert not second.take_all([a, b, c])
        assert first.take_all([a, b, c])


def test_a_claim_keeps_nobody_from_listening() -> None:
    with Claims() as claims:
        assert all(ports.is_free(port) for port in claims.take_free(2))


def test_the_claim_of_a_process_that_was_killed_is_free() -> None:
    port = ports.free_ports(1)[0]
    ended = proc.run([sys.executable, "-c", HOLDER, str(port)], cwd=Path.cwd(), check=False)
    assert (ended.stdout, ended.code) == ("True\n", -9)
    with Claims() as claims:
        assert claims.take(port)
