"""What `load.run` and `load.ui` are asked for: read, and refused where it can't be run."""

import os
import re
from urllib.parse import urlsplit

from lab.core.errors import UsageError
from lab.core.paths import Paths
from lab.core.state import SERVICES, require
from lab.flows.command import number, within
from lab.tools import locust
from lab.tools.locust import Plan
from loadtests.shapes import SHAPES

SCENARIOS = ("browse", "order", "mixed")
_MOST = {"users": 500, "time": 3600, "rate": 5000, "workers": 16}
_TIME = re.compile(r"^(\d+)(s|m|h)?$")


def seconds(text: str) -> int:
    """Return the seconds that "30s", "2m" or "45" mean. Raises UsageError for anything else."""
    match = _TIME.match(text)
    if match is None or int(match[1]) == 0:
        raise UsageError(f"--time {text!r} is no time", fix="such as --time 30s or --time 2m")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2] or "s"]


def plan(
    scenario: str = "mixed",
    users: str = "10",
    rate: str = "0",
    time: str | None = None,
    shape: str = "steady",
    workers: str = "1",
) -> Plan:
    """Return what the options say; a shape has its own time where none is given. Raises UsageError that names one."""
    for name, value, known in (("scenario", scenario, SCENARIOS), ("shape", shape, tuple(SHAPES))):
        if value not in known:
            raise UsageError(f"--{name} {value!r} is not known", fix=f"one of: {', '.join(known)}")
    made = Plan(
        scenario,
        number("users", users, int) or 0,
        number("rate", rate, float) or 0.0,
        SHAPES[shape].seconds if time is None else seconds(time),
        shape,
        number("workers", workers, int) or 0,
    )
    for name, count in (("users", made.users), ("time", made.seconds), ("workers", made.workers)):
        within(name, count, 1, _MOST[name])
    within("rate", made.rate, 0, _MOST["rate"], " (as fast as they are answered)")
    if made.workers > made.users:
        raise UsageError(f"--workers {workers} have nothing to do", why=f"{users} users are fewer", fix="more --users")
    return made


def targets(paths: Paths) -> dict[str, str]:
    """Return where the services answer: LOAD_<SERVICE>_URL where set, else the running lab's.

    Raises UsageError for what is not on this machine, and when no lab is up.
    """
    names = [f"LOAD_{service.upper()}_URL" for service in SERVICES]
    given = {name: os.environ[name] for name in names if name in os.environ}
    if len(given) < len(names):
        given = locust.environment(require(paths.run)) | given
    for name in names:
        if urlsplit(given[name]).hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise UsageError(f"{name}={given[name]} is not on this machine", fix="load goes to 127.0.0.1 alone")
    return given
