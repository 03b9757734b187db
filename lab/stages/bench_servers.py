"""What a benchmark runs beside the host rung: databases, a queue and processes of its own, gone with the block."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from lab.core import proc
from lab.core.paths import Paths
from lab.core.secrets import Secrets
from lab.core.state import LabState
from lab.core.stop import undisturbed
from lab.core.wait import wait
from lab.stages.host_programs import service_command, service_environment, without_theirs
from lab.tools import localstack, ports, postgres, processes
from lab.tools.answers import expected
from lab.tools.api import Api
from lab.tools.embedded import Embedded

SERVER_CPU, CLIENT_CPU = 0, 1
_QUEUE = "bench-queue"
_DATABASES = {"order": "bench_orders", "notification": "bench_notifications"}
_PASSWORD = "of-no-use-elsewhere"  # noqa: S105 - of databases on 127.0.0.1 that are dropped after the measurement


@dataclass(frozen=True)
class Ground:
    """Where what is measured writes: settings by service, for databases and a queue that nobody else uses."""

    settings: dict[str, dict[str, str]]

    def of(self, service: str, **changes: str) -> dict[str, str]:
        """Return a service's settings, changed for a measurement."""
        return {**self.settings[service], **changes}


@contextmanager
def ground(paths: Paths, state: LabState) -> Iterator[Ground]:
    """Make the databases and the queue; remove them at the end, so that the lab's ledger knows nothing of it."""
    embedded, admin = Embedded(paths), Secrets(paths).get("postgres", "password")
    sqs = localstack.session().client("sqs", endpoint_url=state.aws)
    with expected("LocalStack", "./inv lab.logs localstack"):
        url = sqs.create_queue(QueueName=_QUEUE, Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    try:
        made = {}
        for service, name in _DATABASES.items():
            postgres.drop_database(embedded, state.postgres, admin, name)  # of a run that was killed
            postgres.ensure_database(embedded, state.postgres, admin, name, _PASSWORD)
            made[service] = {
                **service_environment(paths, state, service),
                "DATABASE_NAME": name,
                "DATABASE_USER": name,
                "DATABASE_PASSWORD": _PASSWORD,  # wins over the file of SECRETS_DIR
                "ORDER_QUEUE": _QUEUE,
                "ORDER_DLQ": _QUEUE,
            }
            words = service_command(service, "migrate", ours=made[service])
            proc.run(words, cwd=paths.checkout, env=made[service], timeout=60)
        yield Ground(made)
    finally:
        with undisturbed("removing the benchmark's databases first: this ends by itself within a minute"):
            for name in _DATABASES.values():
                postgres.drop_database(embedded, state.postgres, admin, name)
            with expected("LocalStack", "./inv lab.logs localstack"):
                sqs.delete_queue(QueueUrl=url)


class Client:
    """The load generator, on a CPU of its own."""

    def __init__(self, paths: Paths, user: str) -> None:
        self._paths, self._user = paths, user

    def run(self, port: int, *options: str) -> dict[str, float]:
        """Run it and return what it measured."""
        words = [sys.executable, "-m", "loadtests.bench.client", "127.0.0.1", str(port), self._user, *options]
        done = proc.run(_pinned(words, CLIENT_CPU), cwd=self._paths.checkout, timeout=300)
        result: dict[str, float] = json.loads(done.stdout)
        return result


@contextmanager
def server(paths: Paths, words: Sequence[str], env: dict[str, str], name: str, *, pinned: bool = True) -> Iterator[int]:
    """Run `words` with PORT set to a free one, by default on SERVER_CPU alone; return the port once it answers."""
    port = ports.free_ports(1)[0]
    command = without_theirs([sys.executable, "-m", *(word.replace("PORT", str(port)) for word in words)], ours=env)
    log: Path = paths.logs / f"bench-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    mark = {ports.MARK: paths.lab_id, "PORT": str(port)}
    words = _pinned(command, SERVER_CPU) if pinned else command
    pid = proc.start_daemon(words, cwd=paths.checkout, env={**env, **mark}, log=log)
    try:
        if "sink" not in name:
            api = Api(f"http://127.0.0.1:{port}")
            wait(name, api.ready, lambda seen: seen[0], explain=lambda seen: seen[1], timeout=30, fix=f"read {log}")
        yield port
    finally:
        processes.end([psutil.Process(pid)] if psutil.pid_exists(pid) else [], grace=15)


def _pinned(words: Sequence[str], cpu: int) -> list[str]:
    """Return `words` on one CPU, where the system can pin and has a second one for the other side."""
    if not hasattr(os, "sched_setaffinity") or (os.cpu_count() or 1) < 2:  # noqa: PLR2004 - server and client
        return list(words)
    code = f"import os, sys; os.sched_setaffinity(0, {{{cpu}}}); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", code, *words]
