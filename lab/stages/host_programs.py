"""What runs on the host rung: the programs, their settings, their passwords, their ports."""

import json
import sys
from collections.abc import Container, Iterable
from pathlib import Path

from lab.core.files import replace
from lab.core.paths import Paths
from lab.core.secrets import Secrets
from lab.core.state import SERVICES, LabState
from lab.tools import foreign, localstack, ports, postgres, valkey
from lab.tools.claims import Claims
from lab.tools.embedded import Embedded
from lab.tools.supervisor import Program

DATABASES = {"order": "orders", "user": "users", "notification": "notifications"}
SERVERS = ("postgres", "valkey", "localstack")
_NOT_THEIRS = ("DATABASE_PASSWORD", "REDIS_PASSWORD", *foreign.AWS_PROFILE)  # passwords would win over SECRETS_DIR


def server_ports(paths: Paths, claims: Claims) -> dict[str, int]:
    """Claim ports of the servers and the supervisor: those of last time when they are free, else new ones."""
    names = (*SERVERS, "supervisor")
    file = paths.data / "ports.json"
    known: dict[str, int] = json.loads(file.read_text()) if file.is_file() else {}
    kept = set(known) == set(names) and claims.take_all(known.values())  # claimed first: then nobody takes them
    if not kept or not all(ports.is_free(port) for port in known.values()):
        claims.release(known.values())
        known = dict(zip(names, claims.take_free(len(names)), strict=True))
        replace(file, json.dumps(known))
    return known


def programs(paths: Paths, state: LabState) -> list[Program]:
    """Return everything that the supervisor runs."""
    embedded, keep = Embedded(paths), Secrets(paths)
    valkey_file = paths.run / "valkey.conf"
    valkey.configure(valkey_file, paths.data / "valkey", state.redis, keep.get("valkey", "password"))
    root = paths.run / "localstack"
    return [
        Program("postgres", postgres.command(embedded, paths.data / "postgres", state.postgres), stop_signal="INT"),
        Program("valkey", valkey.command(embedded, valkey_file)),
        # It keeps nothing, so there is nothing to end in order, which takes it 5 s and more.
        Program(
            "localstack",
            without_theirs(localstack.command(embedded)),
            localstack.environment(root, state.localstack),
            "KILL",
        ),
        *(Program(name, service_command(name), service_environment(paths, state, name)) for name in SERVICES),
    ]


def service_command(service: str, *words: str, ours: Container[str] = ()) -> list[str]:
    """Return what runs a service, or with `words` one of its commands, such as migrate; `ours` as in without_theirs."""
    return without_theirs([sys.executable, "-m", f"services.{service}", *words], ours)


def without_theirs[W](command: Iterable[W], ours: Container[str] = ()) -> list[str | W]:
    """Return what runs `command` without another project's passwords and profiles; names in `ours` are set for it."""
    return foreign.without((name for name in _NOT_THEIRS if name not in ours), command)


def service_environment(paths: Paths, state: LabState, service: str) -> dict[str, str]:
    """Return a service's settings: the same names on every rung."""
    settings = {
        "ENVIRONMENT": "local",
        "HOST": "127.0.0.1",
        "PORT": str(state.services[service]),
        "LOG_LEVEL": "INFO",
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(state.postgres),
        "DATABASE_NAME": DATABASES[service],
        "DATABASE_USER": DATABASES[service],
        "SECRETS_DIR": str(paths.data / "secrets" / service),
        "FAULTS_ENABLED": "true",
    }
    queue = {**localstack.CREDENTIALS, "AWS_ENDPOINT_URL": state.aws, "AWS_REGION": localstack.REGION}
    if service == "order":
        neighbours = {
            "USER_SERVICE_URL": state.url("user"),
            "NOTIFICATION_SERVICE_URL": state.url("notification"),
        }
        return settings | queue | neighbours
    if service == "notification":
        return settings | queue | {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(state.redis)}
    return settings


def log_of(paths: Paths, program: str) -> Path:
    """Return where a program's output goes."""
    return paths.logs / f"{program}.log"
