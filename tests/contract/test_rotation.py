"""secrets.rotate on a real Valkey and the real pager; kubectl alone is a stand-in that knows what is asked of it."""

import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.checks.prober import Prober
from lab.core import proc
from lab.core.errors import CheckError, UsageError
from lab.core.paths import CHECKOUT, Paths
from lab.core.state import SERVICES, LabState
from lab.core.wait import wait
from lab.flows import rotate
from lab.stages import cloud, kind_valkey
from lab.stages.mounted import Mount
from lab.stages.rotation import Rotation
from lab.stages.rotation_database import DatabaseRotation
from lab.stages.rotation_pager import PagerRotation
from lab.stages.rotation_redis import RedisRotation
from lab.tools import ports, processes, valkey
from lab.tools.embedded import Embedded
from lab.tools.ports import free_ports
from tests.servers.alerting import pager

OLD, NEW = "the-old-one", "the-new-one"
POD = "127.0.0.2"  # the address of the pod that uses Redis


def ask(port: int, password: str, command: str) -> str:
    """Return a server's answer to a command, after its answer to the password where that is refused."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(f"AUTH {password}\r\n{command}\r\nQUIT\r\n".encode())
        said = connection.makefile().read().splitlines()
    return "\n".join(said[1:-1]) if said[0] == "+OK" else said[0]


@dataclass
class Pods:
    """Pods that see the files of a Secret only when they are nudged: `applied` is what they will see."""

    folder: Path
    port: int
    applied: dict[str, str] = field(default_factory=dict)

    def apply(self, text: str) -> None:
        self.applied |= json.loads(text)["stringData"]

    def run(self, *words: str, stdin: str | None = None, **_: Any) -> proc.Completed:
        code, out = 0, ""
        if words[:2] == ("annotate", "pod"):
            for name, content in self.applied.items():
                (self.folder / "part").write_text(content)
                (self.folder / "part").rename(self.folder / name)  # at once, as the kubelet does
        elif words[0] == "exec" and words[-1] == kind_valkey._CLI:
            out = ask(self.port, (self.folder / "password").read_text(), str(stdin).strip()).removeprefix("+")
            out = out.removeprefix("-")
        elif words[0] == "exec" and words[-2] == "sh":
            code = int((self.folder / Path(words[-1]).name).read_text() != stdin)
        else:
            raise AssertionError(words)
        return proc.Completed(words, code, out, "", 0)

    def items(self, path: str, *, labelSelector: str) -> list[dict[str, Any]]:  # noqa: N803 - the API's word
        assert path.endswith("/pods"), labelSelector
        return [{"metadata": {"name": "a-pod"}, "status": {"podIP": POD}}]


class Kept(Rotation):
    """Secrets Manager and External Secrets, which bring a value to the pods' Secret."""

    pods: Pods
    held: dict[str, str]

    def stored(self) -> dict[str, str]:
        return dict(self.held)

    def store(self, changes: Mapping[str, str]) -> None:
        self.held |= changes

    def synced(self, wanted: Mapping[str, str]) -> None:
        assert {key: self.held[key] for key in wanted} == dict(wanted)
        self.pods.applied |= wanted


def rehearse(made: "Kept", pods: Any, held: Mapping[str, str]) -> None:
    made.pods, made.kubectl, made.cluster, made.held, made.new = pods, pods, pods, dict(held), NEW


class Redis(Kept, RedisRotation):
    def __init__(self, pods: Pods) -> None:
        rehearse(self, pods, {"password": OLD})
        self._old = OLD
        self._file = Mount("data", "redis-0", "valkey", kind_valkey.CONFIGURATION)


class Pager(Kept, PagerRotation):
    def __init__(self, pods: Pods, port: int) -> None:
        rehearse(self, pods, {"token": OLD, "accepted": OLD})
        self._old = self._sent = OLD
        services = dict.fromkeys(SERVICES, 1)
        self.state = LabState(runtime="kind", lab_id="x", services=services, localstack=1, pager=port)


class Database(Kept, DatabaseRotation):
    """The orders' rotation beside its server: users with passwords, and whom the pod connects as."""

    def __init__(self, held: Mapping[str, str], passwords: dict[str, str], pod: str) -> None:
        self.passwords, self.pod, self.applied = passwords, (pod, passwords[pod]), dict[str, str]()
        rehearse(self, self, held)
        self._admin: Any = self
        self._service, self._database = "order", "orders"
        self.before = self.held["username"]
        self.after = "orders_2" if self.before == "orders" else "orders"

    def sql(self, _: str, text: str) -> str:
        if "pg_stat_activity" in text:
            return f"{self.pod[0]}\n" if self.passwords[self.pod[0]] == self.pod[1] else ""
        (changed,) = re.findall(r"ALTER ROLE (\w+) PASSWORD '([\w-]+)'", text)
        self.passwords |= dict([changed])
        return ""

    def synced(self, wanted: Mapping[str, str]) -> None:
        assert wanted == {
            f"database_{to}": self.held[of] for of, to in (("username", "user"), ("password", "password"))
        }
        self.applied = dict(wanted)

    def run(self, *words: str, **_: Any) -> None:
        assert words[:3] == ("rollout", "restart", "deployment/order-service")
        self.pod = (self.applied["database_user"], self.applied["database_password"])

    def get(self, path: str) -> dict[str, Any]:
        """The rollout is over at once."""
        assert path.endswith("/namespaces/shop/deployments/order-service")
        status = dict.fromkeys(("observedGeneration", "replicas", "updatedReplicas", "availableReplicas"), 1)
        return {"metadata": {"generation": 1}, "spec": {"replicas": 1}, "status": status}


@contextmanager
def server(folder: Path, port: int) -> Iterator[None]:
    """Valkey by the configuration that its pod would read now."""
    mark, file = f"tests-{os.getpid()}-{port}", folder / "started.conf"
    text = (folder / "valkey.conf").read_text().replace("dir /data", f"dir {folder}")
    file.write_text(f"{text}bind 127.0.0.1\nport {port}\nset-proc-title no\n")
    command = valkey.command(Embedded(Paths()), file)
    proc.start_daemon(command, cwd=folder, env={ports.MARK: mark}, log=folder / "valkey.log")
    try:
        password = (folder / "password").read_text()
        wait("valkey", lambda: valkey.look(port, password), lambda why: not why, timeout=30)
        yield
    finally:
        processes.end(processes.of_lab(mark))


def test_redis_takes_both_passwords_while_the_services_change_over_also_after_a_restart(tmp_path: Path) -> None:
    Embedded(Paths()).install()
    (port,) = free_ports(1)
    pods = Pods(tmp_path, port)
    pods.apply(kind_valkey.valkey_secret(OLD))
    pods.run("annotate", "pod")

    rotation = Redis(pods)
    both = {OLD: "+PONG", NEW: "+PONG"}
    with server(tmp_path, port), Prober(lambda: valkey.look(port, OLD)) as prober:
        rotation._add()
        assert {word: ask(port, word, "PING") for word in both} == both
    assert (prober.sent > 0, dict(prober.failures)) == (True, {})
    with server(tmp_path, port):
        assert {word: ask(port, word, "PING") for word in both} == both
        with socket.create_connection(("127.0.0.1", port), timeout=5) as held:
            held.sendall(f"AUTH {OLD}\r\n".encode())
            assert held.recv(100) == b"+OK\r\n"
            rotation._remove()
            assert held.recv(100) == b"", "a connection of the old password was left open"
        assert ask(port, OLD, "PING").startswith("-WRONGPASS")
        assert rotation._unconnected() == {POD}
        with socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(POD, 0)):
            rotation._used()
    with server(tmp_path, port):
        assert (ask(port, OLD, "PING")[:10], ask(port, NEW, "PING")) == ("-WRONGPASS", "+PONG")
    before = (tmp_path / "valkey.conf").read_text()
    pods.apply(kind_valkey.valkey_secret(NEW))  # as lab.up does it
    assert pods.applied["valkey.conf"] == before


def test_a_password_that_valkey_still_takes_is_no_proof(tmp_path: Path) -> None:
    Embedded(Paths()).install()
    (port,) = free_ports(1)
    pods = Pods(tmp_path, port)
    pods.apply(kind_valkey.valkey_secret(OLD, NEW))
    pods.run("annotate", "pod")
    with (
        server(tmp_path, port),
        socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(POD, 0)),
        pytest.raises(CheckError, match="still takes the old password"),
    ):
        Redis(pods)._used()


def test_the_pager_takes_whatever_alertmanager_has_at_each_moment(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    pods = Pods(tmp_path, 0, {"token": OLD, "accepted": OLD})
    pods.run("annotate", "pod")
    (tmp_path / "pager").mkdir()
    (tmp_path / "pager" / "token").symlink_to(tmp_path / "accepted")
    with pager(tmp_path / "pager", port):
        rotation = Pager(pods, port)
        asked = {word: rotation._code(word) for word in (OLD, NEW)}
        with Prober(rotation.refused) as prober:
            for _, do in rotation.moments():
                do()
        assert asked == {OLD: 204, NEW: 401}
        assert {word: rotation._code(word) for word in (OLD, NEW)} == {OLD: 401, NEW: 204}
    assert (prober.sent > 0, dict(prober.failures)) == (True, {})
    assert rotation.held == {"token": NEW, "accepted": NEW}
    assert (tmp_path / "token").read_text() == NEW


@pytest.mark.parametrize("pod", ["orders", "orders_2"])
def test_a_rotation_after_one_that_was_cut_off_refuses_no_pod(pod: str) -> None:
    passwords = {"orders": "first", "orders_2": "second"}
    rotation = Database({"username": "orders_2", "password": "second"}, passwords, pod)
    for name, do in rotation.moments():
        do()
        user, password = rotation.pod
        assert passwords[user] == password, f"after {name!r} the pod is refused"
    assert rotation.pod == ("orders", NEW)
    assert passwords == {"orders": NEW, "orders_2": "second"}


def test_each_value_that_external_secrets_asks_for_is_in_secrets_manager(tmp_path: Path) -> None:
    there = cloud.wanted(Paths(tmp_path))
    for file in ("base/services.yaml", "base/grafana.yaml", "overlays/local/pager.yaml"):
        text = (CHECKOUT / "gitops" / "platform" / "secrets" / file).read_text()
        for made in yaml.safe_load_all(text):
            refs = [item["remoteRef"] for item in made["spec"]["data"]]
            assert [ref for ref in refs if ref["property"] not in there[ref["key"]]] == [], made["metadata"]["name"]


def test_an_unknown_secret_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no secret is called 'grafana'") as caught:
        rotate.rotate("grafana", plain=True)
    assert caught.value.fix == "one of: order, user, notification, redis, pager"
