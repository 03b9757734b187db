"""A pager, an Alertmanager and a Prometheus as processes, for tests of how an alert travels."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.core.wait import wait
from lab.tools import ports, processes
from lab.tools.answers import silent
from tests.charts import laid_over

VALUES = CHECKOUT / "gitops" / "platform" / "kube-prometheus-stack"


def values(cluster: str) -> dict[str, Any]:
    """Return the chart's values for a cluster, its own file laid over that of all."""
    return laid_over([VALUES / "values.yaml", VALUES / cluster / "values.yaml"])


@contextmanager
def running(argv: Sequence[str | Path], port: int, ready: str, folder: Path, env: Mapping[str, str]) -> Iterator[int]:
    """Run a program until `ready` on its port answers 200; yield its pid; end it."""
    mark, log = f"tests-{os.getpid()}-{port}", folder / f"{port}.log"
    pid = proc.start_daemon(argv, cwd=CHECKOUT, env={**env, ports.MARK: mark}, log=log)

    def look() -> str:
        if not processes.lives(pid):
            return f"ended: {log.read_text()}"
        return silent(f"http://127.0.0.1:{port}{ready}")

    try:
        hopeless = lambda why: why if why.startswith("ended") else None  # noqa: E731 - read once, below
        wait(str(argv[0]), look, lambda why: not why, error=hopeless, timeout=30)
        yield pid
    finally:
        processes.end(processes.of_lab(mark))


@contextmanager
def pager(folder: Path, port: int) -> Iterator[int]:
    """Run the pager on `folder`, whose file `token` it wants once it is there."""
    env = {"DATA": str(folder / "data"), "TOKEN_FILE": str(folder / "token"), "HOST": "127.0.0.1", "PORT": str(port)}
    with running([sys.executable, "-m", "lab.pager"], port, "/health/ready", folder, env) as pid:
        yield pid


@contextmanager
def alertmanager(folder: Path, port: int, config: Path) -> Iterator[int]:
    """Run Alertmanager by `config`, alone."""
    words = [f"--config.file={config}", f"--storage.path={folder / 'alertmanager'}", "--cluster.listen-address="]
    argv = ["alertmanager", *words, f"--web.listen-address=127.0.0.1:{port}"]
    with running(argv, port, "/-/ready", folder, {}) as pid:
        yield pid


@contextmanager
def prometheus(folder: Path, port: int, alertmanager_port: int, rules: Sequence[Mapping[str, object]]) -> Iterator[int]:
    """Run Prometheus with alerting rules, evaluated each second, on a label of its own as clusters have.

    It may not know of Alertmanager yet when the first alerts fire: it tells of them again each second, not each minute.
    """
    file, config = folder / "rules.yaml", folder / "prometheus.yaml"
    file.write_text(json.dumps({"groups": [{"name": "tests", "rules": list(rules)}]}))
    managers = [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]}]
    every = {"evaluation_interval": "1s", "external_labels": {"cluster": "tests"}}
    made = {"global": every, "rule_files": [str(file)], "alerting": {"alertmanagers": managers}}
    config.write_text(json.dumps(made))
    words = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'prometheus'}"]
    words += ["--rules.alert.resend-delay=1s"]
    argv = ["prometheus", *words, f"--web.listen-address=127.0.0.1:{port}"]
    with running(argv, port, "/-/ready", folder, {}) as pid:
        yield pid
