"""The host rung as its user meets it: raised, looked at, refused, crashed at any point, ended without a trace."""

import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from lab.core.state import SERVICES
from lab.core.wait import wait
from lab.tools import ports, processes
from tests.e2e.host_lab import PROGRAMS, UP, Lab, assert_nothing_left, copied_lab, listens, ready, refused, status

TASKS = {
    "lab.up", "lab.down", "lab.status", "lab.verify", "lab.doctor", "lab.logs", "load.run", "bench.orders", "lint",
    "test",
}  # fmt: skip

_PLAIN_ENGINE = """#!/bin/sh
case "$1" in
  info) echo '{"ServerVersion": "29.0", "MemTotal": 8589934592, "DockerRootDir": "/nowhere"}' ;;
  compose|buildx) echo "unknown command: docker $1" >&2; exit 125 ;;
esac
"""


def call(lab: Lab, method: str, service: str, path: str, **what: Any) -> Any:
    """Return a service's JSON answer."""
    with httpx.Client(base_url=lab.up_state().url(service), trust_env=False, timeout=20) as client:
        answer = client.request(method, path, **what)
        answer.raise_for_status()
        return answer.json()


def place_order(lab: Lab) -> str:
    user = call(lab, "POST", "user", "/users", json={"name": "Ada", "email": f"ada-{os.urandom(8).hex()}@example.org"})
    body = {"user_id": user["id"], "items": [{"sku": "book", "quantity": 2, "unit_price": "12.50"}]}
    order = call(lab, "POST", "order", "/orders", json=body, headers={"Idempotency-Key": os.urandom(8).hex()})
    return str(order["id"])


@contextmanager
def listening() -> Iterator[int]:
    """Listen on a port that a lab may be asked to take."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", next(p for p in ports.free_ports(20) if p < 65533)))
        server.listen()
        yield server.getsockname()[1]


# --- a lab that is up


def test_up_of_a_healthy_lab_changes_nothing_and_proves_it(lab: Lab) -> None:
    before, state, orders = lab.pids(), lab.state(), status(lab)["ledger"]["accepted"]
    said = lab.up().stderr
    assert "a smoke order was notified" in said
    assert lab.pids() == before
    assert lab.state() == state
    assert status(lab)["ledger"]["accepted"] == orders + 1


def test_status_gives_urls_and_readiness(lab: Lab) -> None:
    state = lab.up_state()
    seen = wait(  # a consumer that came before its queue says so until its next look
        "status", lambda: status(lab), lambda seen: not any(each["reason"] for each in seen["services"].values()),
        explain=lambda seen: str(seen["services"]), timeout=20,
    )  # fmt: skip
    assert seen["runtime"] == "host"
    assert seen["services"] == {name: {"url": state.url(name), "ready": True, "reason": ""} for name in SERVICES}
    assert set(seen["programs"]) == set(PROGRAMS)
    assert all(words.startswith("running") for words in seen["programs"].values()), seen["programs"]


def test_verify_finds_nothing_lost(lab: Lab) -> None:
    verdict = json.loads(lab.run("lab.verify", "--json", "--plain").stdout)
    assert verdict["ok"] is True
    assert verdict["problems"] == verdict["ledger"]["lost"] == verdict["ledger"]["duplicated"] == []
    sums = verdict["ledger"]
    assert sums["accepted"] == sums["notified"] + sums["pending"] + sums["dlq"] > 0


@pytest.mark.parametrize("words", [("--port", "20001"), ("--runtime", "compose")], ids=" ".join)
def test_up_refuses_to_move_a_lab_that_is_up(lab: Lab, words: tuple[str, ...]) -> None:
    before = lab.pids()
    said = refused(lab.run("lab.up", "--plain", *words, check=False))
    assert "is up already" in said
    assert str(lab.up_state().services["order"]) in said
    assert lab.pids() == before


def test_logs_of_an_unknown_name_names_the_known(lab: Lab) -> None:
    said = refused(lab.run("lab.logs", "nonsense", check=False))
    assert "nonsense" in said
    assert all(name in said for name in PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_logs_show_what_each_program_said(lab: Lab, program: str) -> None:
    shown = lab.run("lab.logs", program, "--lines", "3").stdout.splitlines()
    assert 1 <= len(shown) <= 3


def test_only_this_machine_is_listened_to(lab: Lab) -> None:
    addresses = {
        connection.laddr.ip
        for process in lab.processes()
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_a_second_checkout_finds_room_beside_the_first(lab: Lab, fresh_lab: Lab) -> None:
    fresh_lab.up()
    assert set(lab.ports()).isdisjoint(fresh_lab.ports())
    order = place_order(fresh_lab)
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        call(lab, "GET", "order", f"/orders/{order}")
    for each in (lab, fresh_lab):
        assert json.loads(each.run("lab.verify", "--json").stdout)["ok"] is True
    before = lab.pids()
    assert_nothing_left(fresh_lab, fresh_lab.ports())
    assert lab.pids() == before
    assert all(ready(lab).values())


def test_a_lab_whose_processes_died_does_not_come_up_on_anothers(fresh_lab: Lab) -> None:
    fresh_lab.up()
    first = fresh_lab.up_state().services["order"]
    processes.end(fresh_lab.processes())  # as when the machine is restarted
    with copied_lab() as other:
        other.up("--port", str(first))
        said = fresh_lab.run(*UP, check=False)
        assert said.code == 1
        assert f"port {first} of order-service is taken" in said.stderr
        assert f"pid {other.pid('order')}" in said.stderr
        fresh_lab.down()
        fresh_lab.up()
        assert set(fresh_lab.ports()).isdisjoint(other.ports())
        assert all(ready(other).values())


# --- a lab that rises


def test_two_labs_raised_at_the_same_moment_take_different_ports(fresh_lab: Lab) -> None:
    with copied_lab() as other, ThreadPoolExecutor() as pool:
        for each in [pool.submit(lab.up) for lab in (fresh_lab, other)]:
            assert each.result().code == 0
        assert set(fresh_lab.ports()).isdisjoint(other.ports())
        for lab in (fresh_lab, other):
            assert all(ready(lab).values())


def test_two_ups_at_once_give_one_lab(fresh_lab: Lab) -> None:
    with ThreadPoolExecutor() as pool:
        ended = [each.result() for each in [pool.submit(fresh_lab.up) for _ in range(2)]]
    assert [each.code for each in ended] == [0, 0]
    assert sum("another command is at work: pid" in each.stderr for each in ended) == 1
    commands = [" ".join(process.cmdline()) for process in fresh_lab.processes()]
    data = str(fresh_lab.paths.data / "postgres")
    for part in ("supervisor.supervisord", "services.order", "services.user", "services.notification", data):
        assert sum(part in command for command in commands) == 1, part
    assert all(ready(fresh_lab).values())


def test_a_busy_port_is_named_with_its_holder_and_the_way_out(fresh_lab: Lab) -> None:
    with listening() as port:
        said = refused(fresh_lab.run(*UP, "--port", str(port), check=False))
    assert f"port {port} of order-service is taken" in said
    assert f"pid {os.getpid()}" in said
    assert " ".join(psutil.Process().cmdline()[:1]) in said
    assert "./inv lab.up --port" in said
    assert fresh_lab.left([]) == []


@pytest.mark.parametrize(
    "words",
    [
        ("--runtime", "moon"),
        ("--port", "http"),
        ("--port", "0"),
        ("--port", "-1"),
        ("--port", "80.5"),
        ("--port", "65534"),
        ("--port", "70000"),
    ],
    ids=" ".join,
)
def test_nonsense_is_refused_with_the_way_out(idle_lab: Lab, words: tuple[str, ...]) -> None:
    ended = idle_lab.run(*("lab.up", "--plain") if words[0] == "--runtime" else UP, *words, check=False)
    if idle_lab.state() is not None:
        idle_lab.down()
    assert words[1] in refused(ended)
    assert idle_lab.left([]) == []


def test_doctor_refuses_the_ports_that_up_refuses(idle_lab: Lab) -> None:
    for port in ("0", "65534"):
        assert f"--port={port}" in refused(idle_lab.run("lab.doctor", "--port", port, check=False))


def test_an_up_whose_smoke_order_is_refused_says_by_whom_and_why(lab: Lab) -> None:
    call(lab, "PUT", "order", "/faults", json={"error_ratio": 1})
    try:
        ended = lab.run(*UP, check=False)
    finally:
        call(lab, "DELETE", "order", "/faults")
    assert ended.code == 1
    assert "Traceback" not in ended.stderr
    assert "step smoke order failed: order-service refused POST /orders" in ended.stderr
    assert "why: 503 Service Unavailable: a drill made this request fail" in ended.stderr
    assert "next: ./inv lab.logs order" in ended.stderr


# --- a lab that ends


def test_down_leaves_nothing_but_data_and_wipe_not_even_that(fresh_lab: Lab) -> None:
    fresh_lab.up()
    order, used = place_order(fresh_lab), fresh_lab.ports()
    assert all(listens(port) for port in used)
    assert_nothing_left(fresh_lab, used)
    fresh_lab.up()
    assert call(fresh_lab, "GET", "order", f"/orders/{order}")["id"] == order
    used = fresh_lab.ports()
    fresh_lab.down("--wipe")
    assert fresh_lab.left(used) == []
    assert not fresh_lab.paths.data.exists()


def test_down_of_no_lab_is_no_mistake(idle_lab: Lab) -> None:
    assert "nothing is left" in idle_lab.down().stderr


# --- the commands


def test_down_is_content_with_an_engine_without_compose(idle_lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "docker"
    file.write_text(_PLAIN_ENGINE)
    file.chmod(0o755)
    done = idle_lab.run("lab.down", "--wipe", "--plain", env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert "nothing is left" in done.stderr


def test_help_tells_what_a_task_does_and_takes(idle_lab: Lab) -> None:
    listed = idle_lab.run("--list", "--list-format", "flat").stdout
    assert set(re.findall(r"^  (\w\S+)  ", listed, re.MULTILINE)) >= TASKS
    said = idle_lab.run("--help", "lab.down").stdout
    assert "--wipe" in said.split("\nOptions:\n")[1]


def test_list_asks_neither_uv_nor_the_network_when_the_environment_is_current(idle_lab: Lab, tmp_path: Path) -> None:
    for program in ("sh", "cat", "cksum", "dirname"):
        found = shutil.which(program)
        assert found is not None
        (tmp_path / program).symlink_to(found)
    proxy = "http://127.0.0.1:9"
    env = {"PATH": str(tmp_path), "UV": "", "HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "UV_OFFLINE": "1"}
    ended = idle_lab.run("--list", env=env)
    assert all(name in ended.stdout for name in ("up", "down", "verify"))
    assert ended.stderr == ""
