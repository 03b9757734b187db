"""`load.limit`: how many requests/s this machine's load generator makes when nothing but itself is in its way."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from lab.checks import machine
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import SERVICES
from lab.stages.bench_servers import server
from lab.tools import locust
from lab.tools.locust import Plan

_USERS, _SECONDS = 50, 5


class Limit(BaseModel):
    """What `workers` processes together reached, in requests/s."""

    began: datetime
    machine: str
    workers: int
    reaches: float

    def __str__(self) -> str:
        processes = "1 process" if self.workers == 1 else f"{self.workers} processes"
        return f"this machine's generator reaches {self.reaches:.0f} requests/s with {processes}"


def measure(paths: Paths, workers: int, seconds: int = _SECONDS) -> Limit:
    """Load a server that answers at once for `seconds`, and keep what was reached.

    The server shares the machine, as the services do.
    """
    began = datetime.now(UTC).replace(microsecond=0)
    say(f"the load generator's own limit, for {seconds} s")
    with server(paths, ["loadtests.bench.instant", "PORT"], {}, "instant") as port:
        env = {f"LOAD_{name.upper()}_URL": f"http://127.0.0.1:{port}" for name in SERVICES}
        plan = Plan("order", _USERS, 0, seconds, workers=workers)
        seen = locust.run(plan, env=env, folder=paths.reports / "load-limit", cwd=paths.checkout)
    made = Limit(began=began, machine=machine.describe(), workers=workers, reaches=seen.total.requests / seconds)
    _file(paths, workers).write_text(made.model_dump_json(indent=2))
    return made


def known(paths: Paths, workers: int) -> Limit:
    """Return what was measured here before, else measure it now."""
    try:
        found = Limit.model_validate_json(_file(paths, workers).read_text())
    except (FileNotFoundError, ValidationError):
        return measure(paths, workers)
    return found if found.machine == machine.describe() else measure(paths, workers)


def _file(paths: Paths, workers: int) -> Path:
    return paths.reports / f"load-limit-{workers}.json"
