"""The host rung's own servers, without its services: for machines without Docker."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.core import proc
from lab.core.paths import Paths
from lab.core.wait import wait
from lab.tools import localstack, ports, postgres, processes, valkey
from lab.tools.embedded import Embedded
from tests.servers.model import Servers

_PASSWORD = "for-tests-only"


@contextmanager
def embedded() -> Iterator[Servers]:
    """Start the three servers in a temporary folder, wait until they answer, end them."""
    programs = Embedded(Paths())
    programs.install()
    pg_port, valkey_port, aws_port = ports.free_ports(3)
    mark = f"tests-{os.getpid()}"
    with TemporaryDirectory(prefix="kubeflow-ops-tests-") as name:
        folder = Path(name)
        (folder / "password").write_text(_PASSWORD)
        (folder / "password").chmod(0o644)
        postgres.initialise(programs, folder / "postgres", folder / "password")
        valkey.configure(folder / "valkey.conf", folder / "valkey", valkey_port, _PASSWORD)
        localstack.prepare(programs, folder / "localstack")
        commands: list[tuple[str, list[str], dict[str, str]]] = [
            ("postgres", postgres.command(programs, folder / "postgres", pg_port), {}),
            ("valkey", valkey.command(programs, folder / "valkey.conf"), {}),
            ("localstack", localstack.command(programs), localstack.environment(folder / "localstack", aws_port)),
        ]
        try:
            for program, command, env in commands:
                proc.start_daemon(command, cwd=folder, env={**env, ports.MARK: mark}, log=folder / f"{program}.log")
            servers = Servers("embedded", pg_port, _PASSWORD, valkey_port, _PASSWORD, f"http://127.0.0.1:{aws_port}")
            wait("valkey", partial(valkey.look, valkey_port, _PASSWORD), lambda why: not why, timeout=60)
            wait("postgres", partial(postgres.look, programs, pg_port), lambda why: not why, timeout=60)
            wait("localstack", partial(localstack.look, servers.aws), lambda why: not why, timeout=90)
            yield servers
        finally:
            processes.end(processes.of_lab(mark))
