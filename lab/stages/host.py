"""The host rung: servers out of PyPI packages and the services, as processes under one supervisor."""

import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from lab.core import proc
from lab.core.errors import AnswerError, WaitTimeout
from lab.core.graph import Step
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.secrets import Secrets
from lab.core.state import SERVICES, LabState
from lab.core.wait import wait
from lab.stages import held_ports
from lab.stages.host_programs import DATABASES, log_of, programs, service_command, service_environment
from lab.tools import localstack, ports, postgres, processes, valkey
from lab.tools.api import Api
from lab.tools.embedded import Embedded
from lab.tools.supervisor import Supervisor, configure

_STOP_ORDER = (("order", "user"), ("notification",), ("localstack", "valkey", "postgres"))


@dataclass(frozen=True)
class Seen:
    """A program: how its supervisor sees it, and what it lacks to be of use ("" when nothing)."""

    status: str
    lacks: str


class HostRung:
    """Steps to the host rung and back. `state` says which ports it takes."""

    def __init__(self, paths: Paths, state: LabState) -> None:
        self._paths, self._state = paths, state
        self._embedded, self._secrets = Embedded(paths), Secrets(paths)

    @property
    def _supervisor(self) -> Supervisor:
        return Supervisor(self._state.supervisor, self._secrets.get("supervisor", "password"))

    def steps(self) -> list[Step]:
        """Return what raises the rung; every step is a no-op where its state holds."""
        migrations = [Step(f"migrate-{name}", lambda n=name: self._migrate(n), ("databases",)) for name in SERVICES]  # type: ignore[misc] # a default binds each
        services = [Step(name, lambda n=name: self._service(n), (f"migrate-{name}",)) for name in SERVICES]  # type: ignore[misc] # as above
        return [
            Step("install", self._embedded.install),
            Step("supervisor", self._supervise, ("install",)),
            Step("postgres", self._postgres, ("supervisor",)),
            Step("valkey", self._valkey, ("supervisor",)),
            Step("localstack", self._localstack, ("supervisor",)),
            Step("databases", self._databases, ("postgres",)),
            *migrations,
            *services,
        ]

    def stop(self) -> None:
        """Stop everything in order, so that what is under way ends; what does not answer is left to the sweep."""
        if self._supervisor.look():
            return
        try:
            running = {name for name, seen in self._supervisor.states().items() if seen.pid}
            for group in _STOP_ORDER:
                for name in group:
                    if name in running:
                        say(f"stopping {name}")
                        self._supervisor.stop(name)
            self._supervisor.shutdown()
            wait("supervisord", self._supervisor_lives, lambda alive: not alive, explain=lambda _: "ending", timeout=10)
        except (AnswerError, WaitTimeout) as left:
            say(f"{left.what}: the sweep will end it")

    def _supervisor_lives(self) -> bool:
        return processes.lives_by(self._paths.run / "supervisord.pid")  # which supervisord removes as its last act

    def _supervise(self) -> None:
        if not self._supervisor.look():
            return
        if orphans := processes.of_lab(self._state.lab_id):
            say(f"ending {len(orphans)} processes that lost their supervisor")
            processes.end(orphans)
        held_ports.refuse_any(self._state)
        for folder in (self._paths.run / "tmp", self._paths.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self._secrets.make_all()
        postgres.initialise(
            self._embedded, self._paths.data / "postgres", self._secrets.folder / "postgres" / "password"
        )
        localstack.prepare(self._embedded, self._paths.run / "localstack")
        file = self._paths.run / "supervisord.conf"
        configure(
            file,
            programs=programs(self._paths, self._state),
            port=self._state.supervisor,
            password=self._secrets.get("supervisor", "password"),
            directory=self._paths.checkout,
            logs=self._paths.logs,
            run=self._paths.run,
        )
        log = self._paths.logs / "supervisord.out"
        mark = {ports.MARK: self._state.lab_id, "TMPDIR": str(self._paths.run / "tmp"), "PYTHONUNBUFFERED": "1"}
        self._supervisor.launch(file, self._paths.checkout, mark, log)
        wait("supervisord", self._supervisor.look, lambda why: not why, delay=0.05, timeout=20, fix=f"read {log}")

    def _postgres(self) -> None:
        self._run("postgres", lambda: postgres.look(self._embedded, self._state.postgres))

    def _valkey(self) -> None:
        self._run("valkey", lambda: valkey.look(self._state.redis, self._secrets.get("valkey", "password")))

    def _localstack(self) -> None:
        self._run("localstack", lambda: localstack.look(self._state.aws))

    def _databases(self) -> None:
        admin = self._secrets.get("postgres", "password")
        for service, name in DATABASES.items():
            password = self._secrets.get(service, "database_password")
            postgres.ensure_database(self._embedded, self._state.postgres, admin, name, password)

    def _migrate(self, service: str) -> None:
        env = service_environment(self._paths, self._state, service)
        words = service_command(service, "migrate")
        proc.run(words, cwd=self._paths.checkout, env=env, timeout=60, on_line=say)

    def _service(self, name: str) -> None:
        def lacks() -> str:
            ready, reasons = Api(self._state.url(name)).ready()
            return "" if ready else reasons

        self._run(name, lacks)

    def _run(self, name: str, lacks: Callable[[], str]) -> None:
        """Start a program and wait until it is of use; say what it lacks, fail at once when it can't start."""
        self._supervisor.start(name)

        def look() -> Seen:
            state = self._supervisor.states()[name]
            if state.status in {"RUNNING", "STARTING"}:
                return Seen(state.status, lacks())
            return Seen(state.status, state.words)

        def hopeless(seen: Seen) -> str | None:
            if seen.status not in {"FATAL", "BACKOFF", "EXITED"}:
                return None
            return f"{seen.status.lower()}: {seen.lacks}\n{self._tail(name)}"

        wait(
            name,
            look,
            lambda seen: seen.status in {"RUNNING", "STARTING"} and not seen.lacks,
            error=hopeless,
            explain=lambda seen: f"{seen.status.lower()}, {seen.lacks}",
            delay=0.1,
            timeout=90,
            fix=f"./inv lab.logs {name}",
        )

    def _tail(self, name: str, lines: int = 15) -> str:
        file = log_of(self._paths, name)
        return "".join(deque(file.open(errors="replace"), maxlen=lines)) if file.exists() else ""


def wipe(paths: Paths) -> None:
    """Remove the data of every server, and the passwords."""
    shutil.rmtree(paths.data, ignore_errors=True)
