"""The Docker Engine and compose, through the docker CLI."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from lab.core import proc
from lab.core.errors import CommandError, UsageError
from lab.core.say import say, tell

_COMPOSE = ("docker", "compose", "--file", "docker-compose.yml")  # COMPOSE_FILE may name another project's


@dataclass(frozen=True)
class Engine:
    """What `docker info` and its plugins tell; `why` says why there is none, "" when there is one.

    One that is `slow` gave no answer in time: there may well be one, whatever it holds.
    """

    why: str
    version: str = ""
    memory_bytes: int = 0
    compose: str = ""
    buildx: bool = False
    root: str = ""
    slow: bool = False

    @property
    def lacks(self) -> str:
        """The plugin that is missing: compose runs the compose rung, buildx builds our images; "" when none is."""
        if not self.compose:
            return "compose"
        return "" if self.buildx else "buildx"


@dataclass(frozen=True)
class Container:
    """A container of a compose project; `health` is "" where none is declared."""

    service: str
    name: str
    state: str
    health: str
    exit_code: int


def engine(timeout: float = 10) -> Engine:
    """Return the engine that answers, or why none does; each question has `timeout` seconds."""
    try:
        return _asked(timeout)
    except UsageError as error:
        return Engine(error.what)
    except CommandError as error:
        return Engine(f"{' '.join(error.argv)}: {error.why}", slow=error.code is None)


def _asked(timeout: float) -> Engine:
    info = proc.run(["docker", "info", "--format", "{{json .}}"], timeout=timeout, check=False)
    try:
        seen: dict[str, Any] = json.loads(info.stdout)
    except ValueError:
        seen = {}
    if info.code != 0 or not seen.get("ServerVersion"):
        words = "; ".join(seen.get("ServerErrors") or []) or info.stderr.strip() or "no Engine answers"
        return Engine(words.splitlines()[0])
    compose = proc.run(["docker", "compose", "version", "--short"], timeout=timeout, check=False)
    buildx = proc.run(["docker", "buildx", "version"], timeout=timeout, check=False)
    return Engine(
        why="",
        version=seen["ServerVersion"],
        memory_bytes=int(seen["MemTotal"]),
        compose=compose.stdout.strip() if compose.code == 0 else "",
        buildx=buildx.code == 0,
        root=seen.get("DockerRootDir", ""),
    )


def labs_on(ports: set[int], prefix: str) -> set[str]:
    """Return the compose projects and kind clusters, of those that begin with `prefix`, that publish one of `ports`."""
    if engine().why:
        return set()
    form = '{{.Label "com.docker.compose.project"}}{{.Label "io.x-k8s.kind.cluster"}} {{.Ports}}'
    listed = proc.run(["docker", "ps", "--format", form], timeout=30)
    found = (line.partition(" ") for line in listed.stdout.splitlines())
    return {lab for lab, _, published in found if lab.startswith(prefix) and _publishes(published, ports)}


def _publishes(published: str, ports: set[int]) -> bool:
    return any(f":{port}->" in published for port in ports)


def _listed[T](told: T | list[T]) -> list[T]:
    """Return what a line of compose tells: one container, or before 2.21 all of them."""
    return told if isinstance(told, list) else [told]


class Compose:
    """`docker compose` on one file and project; `env` fills the file's variables."""

    def __init__(self, folder: Path, project: str, env: dict[str, str]) -> None:
        self._folder, self._env = folder, {**env, "COMPOSE_PROJECT_NAME": project}
        self.project = project

    def build(self) -> None:
        """Build the services' images with BuildKit."""
        self._run("build", "--quiet", timeout=1800)

    def up(self) -> None:
        """Start every service without waiting for its health."""
        self._run("up", "--detach", "--no-build", timeout=900)

    def containers(self) -> list[Container]:
        """Return every container of the project, ended ones too."""
        lines = self._run("ps", "--all", "--format", "json", show=False).stdout.splitlines()
        return [
            Container(c["Service"], c["Name"], c["State"], c["Health"], int(c["ExitCode"]))
            for c in chain.from_iterable(_listed(json.loads(line)) for line in lines if line)
        ]

    def logs(self, service: str, lines: int) -> str:
        """Return the last lines of a service."""
        return self._run("logs", "--no-log-prefix", "--tail", str(lines), service, show=False).stdout

    def show_logs(self, services: Sequence[str], lines: int, *, follow: bool) -> None:
        """Write the services' logs to stdout; with `follow` until interrupted."""
        words = ["logs", "--tail", str(lines), *(["--follow"] if follow else []), *services]
        proc.run([*_COMPOSE, *words], cwd=self._folder, env=self._env, timeout=86_400, on_line=tell)

    def down(self, *, volumes: bool) -> None:
        """Remove containers and networks, volumes too when asked."""
        self._run("down", "--remove-orphans", *(["--volumes"] if volumes else []), timeout=120)

    def leftovers(self, *, volumes: bool) -> list[str]:
        """Return what the Engine still has of the project, volumes too when asked; compose itself is not needed."""
        looks = {"container": ("ps", "--all", "--format", "{{.Names}}")}
        for kind in ("network", "volume") if volumes else ("network",):
            looks[kind] = (kind, "ls", "--format", "{{.Name}}")
        found = []
        for kind, words in looks.items():
            label = f"label=com.docker.compose.project={self.project}"
            names = proc.run(["docker", *words, "--filter", label], timeout=30).stdout.split()
            found += [f"{kind} {name}" for name in names]
        return found

    def _run(self, *words: str, timeout: float = 120, show: bool = True) -> proc.Completed:
        def on_line(line: str) -> None:
            if show and line.strip():
                say(line.strip())

        argv = [*_COMPOSE, "--progress", "plain", *words]
        return proc.run(argv, cwd=self._folder, env=self._env, timeout=timeout, on_line=on_line)
