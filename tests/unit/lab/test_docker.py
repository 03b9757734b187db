"""What is asked of the Docker Engine, and what becomes of no answer."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.core.wait import wait
from lab.tools import docker

_SLOW = """#!/bin/sh
case "$1" in
  info) echo '{"ServerVersion": "29.0", "MemTotal": 8589934592}' ;;
  ASKED) exec sleep 30 ;;
  *) echo 5.0 ;;
esac
"""


@pytest.mark.parametrize("asked", ["compose", "buildx"])
def test_a_plugin_that_does_not_answer_in_time_is_named(
    asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "docker"
    file.write_text(_SLOW.replace("ASKED", asked))
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    why = docker.engine(timeout=1).why
    assert why.startswith(f"docker {asked} version")
    assert "time limit of 1 s" in why


def test_a_docker_that_can_not_be_run_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert docker.engine().why == "`docker` is not there"
    file = tmp_path / "docker"
    file.write_bytes(b"\x7fELF of another machine")
    assert docker.engine().why == "`docker` is not there"
    file.chmod(0o755)
    assert docker.engine().why == "`docker` can't be run"


def test_a_line_of_a_log_is_there_for_who_reads_while_the_next_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "docker"
    file.write_text("#!/bin/sh\necho one line\nexec sleep 60\n")
    file.chmod(0o755)
    code = "from pathlib import Path; from lab.tools.docker import Compose\n"
    code += "Compose(Path(), 'lab', {}).show_logs(['order'], 5, follow=True)"
    env, said = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONUNBUFFERED": ""}, tmp_path / "said"
    started = proc.Started([sys.executable, "-c", code], cwd=CHECKOUT, env=env, log=said)
    try:
        wait("a line", said.read_text, lambda text: text == "one line\n", delay=0.05, timeout=60)
    finally:
        os.kill(started.pid, signal.SIGINT)  # it ends the program that it follows
        wait("its end", started.alive, lambda alive: not alive, delay=0.05, timeout=60)


_OF_ORDER = {"Service": "order", "Name": "lab-order-1", "State": "running", "Health": "healthy", "ExitCode": 0}
_OF_USER = {**_OF_ORDER, "Service": "user", "Name": "lab-user-1"}


@pytest.mark.parametrize(
    "told",
    ["\n".join(map(json.dumps, (_OF_ORDER, _OF_USER))), json.dumps([_OF_ORDER, _OF_USER])],
    ids=["a container a line", "one list, before 2.21"],
)
def test_containers_are_read_as_old_and_new_composes_tell_them(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "docker"
    file.write_text(f"#!/bin/sh\ncat <<'END'\n{told}\nEND\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = docker.Compose(tmp_path, "lab", {}).containers()
    assert [(c.service, c.health) for c in found] == [("order", "healthy"), ("user", "healthy")]


def test_compose_is_told_our_file_whatever_the_shell_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "docker"
    file.write_text('#!/bin/sh\necho "$*" >> asked\n')
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("COMPOSE_FILE", "/elsewhere/compose.yaml")
    compose = docker.Compose(tmp_path, "lab", {})
    compose.build()
    compose.up()
    compose.containers()
    compose.logs("order", 5)
    compose.show_logs(["order"], 5, follow=False)
    compose.down(volumes=True)
    asked = (tmp_path / "asked").read_text().splitlines()
    assert len(asked) == 6
    assert all(words.startswith("compose --file docker-compose.yml ") for words in asked), asked
