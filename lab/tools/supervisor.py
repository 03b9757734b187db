"""supervisord: keeps the host rung's programs running (docs/adr/0003)."""

import sys
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from lab.core import proc
from lab.core.errors import AnswerError
from lab.tools.timed_transport import TimedTransport

_ALREADY_STARTED, _NOT_RUNNING = 60, 70  # codes of supervisor.xmlrpc.Faults
_PATIENCE, _PATIENCE_WITH_STOP = 10, 30  # seconds for an answer; a stop's comes after stopwaitsecs at the latest
_TEMPLATE = """\
[supervisord]
logfile={{ logs }}/supervisord.log
logfile_maxbytes=1MB
pidfile={{ run }}/supervisord.pid
childlogdir={{ logs }}
nodaemon=true
silent=true
minfds=256

[inet_http_server]
port=127.0.0.1:{{ port }}
username=lab
password={{ password }}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
{% for p in programs %}
[program:{{ p.name }}]
command={{ p.command | map("quoted") | join(" ") }}
directory={{ directory }}
environment={% for key, value in p.environment.items() %}{{ key }}={{ value | quoted }},{% endfor %}

autostart=false
autorestart=true
startsecs=1
startretries=1000
stopsignal={{ p.stop_signal }}
stopwaitsecs=20
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile={{ logs }}/{{ p.name }}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
{% endfor %}"""


@dataclass(frozen=True)
class Program:
    """What supervisord runs; `stop_signal` is what ends it in order."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"


@dataclass(frozen=True)
class State:
    """A program as supervisord sees it: RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL; `pid` 0 when none."""

    name: str
    status: str
    pid: int
    words: str


def _quoted(word: object) -> str:
    text = str(word).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text}"'


def configure(
    file: Path, *, programs: Sequence[Program], port: int, password: str, directory: Path, logs: Path, run: Path
) -> None:
    """Write supervisord's configuration (mode 0600: it holds the password)."""
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - an ini file, not HTML
    environment.filters["quoted"] = _quoted
    text = environment.from_string(_TEMPLATE).render(
        programs=programs, port=port, password=password, directory=directory, logs=logs, run=run
    )
    file.touch(mode=0o600)
    file.write_text(text)


class Supervisor:
    """A running supervisord, over XML-RPC."""

    def __init__(self, port: int, password: str) -> None:
        self._url = f"http://lab:{password}@127.0.0.1:{port}/RPC2"

    def launch(self, file: Path, cwd: Path, env: dict[str, str], log: Path) -> None:
        """Start supervisord with `file`; it outlives us."""
        proc.start_daemon([sys.executable, "-m", "supervisor.supervisord", "-c", file], cwd=cwd, env=env, log=log)

    def look(self) -> str:
        """Return "" when supervisord answers, else why not."""
        try:
            self._call("getState")
        except AnswerError as error:
            return error.why
        return ""

    def states(self) -> dict[str, State]:
        """Return every program's state by name. Raises AnswerError when supervisord does not answer."""
        return {
            info["name"]: State(info["name"], info["statename"], info["pid"], info["spawnerr"] or info["description"])
            for info in self._call("getAllProcessInfo")
        }

    def start(self, name: str) -> None:
        """Start a program unless it runs; does not wait. One that failed is started now, not when it is its turn."""
        if self.states()[name].status == "BACKOFF":
            self.stop(name)
        self._call("startProcess", name, False)

    def stop(self, name: str) -> None:
        """Stop a program in order and wait for its end."""
        self._call("stopProcess", name, True, patience=_PATIENCE_WITH_STOP)

    def shutdown(self) -> None:
        """End supervisord and what it still runs."""
        self._call("shutdown")

    def _call(self, method: str, *args: object, patience: float | None = None) -> Any:
        transport = TimedTransport(patience or _PATIENCE)
        try:
            with xmlrpc.client.ServerProxy(self._url, transport) as proxy:  # closes its connection
                return getattr(proxy.supervisor, method)(*args)
        except (OSError, HTTPException, xmlrpc.client.ProtocolError) as error:
            words = error.errmsg if isinstance(error, xmlrpc.client.ProtocolError) else str(error)
            raise AnswerError("supervisord does not answer", why=words, fix="./inv lab.up mends it") from error
        except xmlrpc.client.Fault as fault:
            if fault.faultCode in {_ALREADY_STARTED, _NOT_RUNNING}:  # as it was asked to be
                return False
            raise AnswerError(
                f"supervisord refused {method} {' '.join(map(str, args))}".rstrip(),
                why=fault.faultString,
                fix="./inv lab.logs",
            ) from fault
