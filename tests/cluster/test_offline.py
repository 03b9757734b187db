"""lab.up --offline: with every way out refused, the lab rises, and nobody even tried one."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.core import proc
from tests.cluster.conftest import UP
from tests.e2e.host_lab import copied_lab

_CUT = os.geteuid() == 0 and shutil.which("iptables") is not None
pytestmark = [
    pytest.mark.docker,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not _CUT, reason="only root with iptables can cut the network"),
]
_CHAIN = "KUBEFLOW-OPS-TEST"
_GROUP = "45678"  # the group whose packets are the lab's own
_HERE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
_JUMPS = (("OUTPUT", "-m", "owner", "--gid-owner", _GROUP), ("DOCKER-USER",))


@contextmanager
def egress_cut() -> Iterator[None]:
    """Refuse, and count, what leaves this machine: of the group's processes, and of every container."""
    _iptables("-N", _CHAIN)
    try:
        for network in _HERE:
            _iptables("-A", _CHAIN, "-d", network, "-j", "RETURN")
        _iptables("-A", _CHAIN, "-j", "LOG", "--log-prefix", f"{_CHAIN} ")
        _iptables("-A", _CHAIN, "-j", "REJECT")
        for jump in _JUMPS:
            _iptables("-I", *jump, "-j", _CHAIN)
        yield
    finally:
        for jump in _JUMPS:
            _iptables("-D", *jump, "-j", _CHAIN, check=False)
        _iptables("-F", _CHAIN)
        _iptables("-X", _CHAIN)


def _iptables(*words: str, check: bool = True) -> str:
    return proc.run(["iptables", "--wait", *words], timeout=30, check=check).stdout


def refused() -> int:
    """Return how many packets were refused."""
    lines = _iptables("-nvxL", _CHAIN).splitlines()
    return sum(int(line.split()[0]) for line in lines if " REJECT " in line)


def words() -> str:
    """Return what the kernel logged of them, for a failed test to show."""
    lines = proc.run(["dmesg"], timeout=30, check=False).stdout.splitlines()
    return "\n".join(line for line in lines[-200:] if _CHAIN in line)


@contextmanager
def in_the_group() -> Iterator[None]:
    """Start processes as members of the group."""
    before = os.getgid()
    os.setgid(int(_GROUP))
    try:
        yield
    finally:
        os.setgid(before)


def test_the_cut_is_a_cut() -> None:
    with egress_cut():
        words = ["import socket; socket.create_connection(('192.0.2.1', 80), timeout=3)"]
        argv = ["setpriv", f"--regid={_GROUP}", "--keep-groups", "python3", "-c", *words]
        assert proc.run(argv, timeout=30, check=False).code != 0
        assert refused() > 0


def test_up_offline_asks_nobody() -> None:
    with copied_lab() as fresh:
        fresh.run("lab.fetch", "--plain", timeout=900)
        since = str(time.time())
        with egress_cut(), in_the_group():
            fresh.run(*UP, "--offline", timeout=900)
            assert json.loads(fresh.run("lab.verify", "--json", "--plain").stdout)["ok"]
            assert refused() == 0, words()
        asked = ["docker", "events", "--since", since, "--until", str(time.time()), "--filter", "event=pull"]
        assert proc.run(asked, timeout=30).stdout == ""


def test_offline_without_a_fetch_says_what_is_missing() -> None:
    with copied_lab() as fresh:
        env = {"LAB_BUNDLE": "", "LAB_SUBSTITUTES": "0"}
        done = fresh.run(*UP, "--offline", check=False, timeout=300, env=env)
        assert done.code == 1
        assert "offline nothing is" in done.stderr
        assert "Traceback" not in done.stderr
