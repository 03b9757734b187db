"""The loads of drills. Each is noted in .lab/run while it is under way: Locust outlives a `kill -9` of who began it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.core.files import replace
from lab.core.paths import Paths
from lab.core.say import say
from lab.drills.base import Load
from lab.drills.field import Field
from lab.tools import processes
from lab.tools.locust import Background, environment


@contextmanager
def begun(field: Field, load: Load, *, folder: Path, at_most: int) -> Iterator[Background]:
    """Ask it of the services while the block runs; `folder` and `at_most` are as in Background."""
    env = environment(field.state) | ({"LOAD_UNDER_WAY": str(load.under_way)} if load.under_way else {})
    with Background(
        load.scenario, users=load.users, rate=load.rate, env=env, folder=folder, cwd=field.paths.checkout,
        at_most=at_most,
    ) as made:  # fmt: skip
        _keep(field.paths, noted(field.paths) | {made.pid})
        yield made
    _keep(field.paths, noted(field.paths) - {made.pid})  # not before it has ended


def noted(paths: Paths) -> set[int]:
    """Return the processes of loads that are under way, or were when who began them was killed."""
    file = _file(paths)
    return {int(word) for word in file.read_text().split() if word.isdigit()} if file.is_file() else set()


def end_left(field: Field) -> None:
    """End the loads that are noted; another process that has the number of one by now goes on."""
    if pids := noted(field.paths):
        say("the load of a drill may go on: ending it")
        processes.end([one for one in processes.of_lab(field.state.lab_id) if one.pid in pids])
        _keep(field.paths, set())


def _keep(paths: Paths, pids: set[int]) -> None:
    if pids:
        replace(_file(paths), "\n".join(map(str, sorted(pids))))
    else:
        _file(paths).unlink(missing_ok=True)


def _file(paths: Paths) -> Path:
    return paths.run / "drill-loads"
