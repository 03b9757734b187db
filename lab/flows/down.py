"""`lab.down`: ends the lab and proves that nothing is left."""

import shutil

from rich.console import Console

from lab.core.errors import CheckError, LabError, UsageError
from lab.core.graph import Step, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import LabState, load
from lab.core.view import view_for
from lab.stages import host, kind
from lab.stages.compose import project
from lab.stages.rung import rung_of
from lab.tools import docker, ports, processes


def down(wipe: bool, plain: bool) -> None:
    """Stop everything in order, sweep what is left, remove `.lab/run`, with `wipe` the data too.

    Safe to call whatever state the lab is in. Raises CheckError with the list of what could not be ended, UsageError in
    a copy of the lab's checkout.
    """
    paths, console = Paths(), Console(stderr=True)
    with lock(paths.state / "lock"):
        state = _readable(paths)
        lab_id = state.lab_id if state else paths.lab_id  # a checkout may have been moved since
        steps = [
            Step("stop", lambda: rung_of(paths, state).stop() if state else None),
            Step("sweep", lambda: _sweep(lab_id), ("stop",)),
            Step("containers", lambda: _remove_containers(paths, lab_id, state, wipe=wipe), ("stop",)),
            Step("files", lambda: _remove_files(paths, wipe=wipe), ("sweep", "containers")),
            Step("proof", lambda: _prove(paths, lab_id, state, wipe=wipe), ("files",)),
        ]
        run_graph(steps, view_for(console, plain=plain))
    kept = "" if wipe else f"; {_KEPT[state.runtime if state else 'host']} (--wipe removes it)"
    console.print(f"[green]✓[/] nothing is left: no process, port, container or temporary file{kept}", highlight=False)


_ENGINE_TIMEOUT = 30  # seconds
_KEPT = {
    "host": "data stays in .lab/data",
    "compose": "data stays in the project's volumes",
    "kind": "passwords stay in .lab/data, images in the registry's volume; what the cluster stored went with it",
}


def _readable(paths: Paths) -> LabState | None:
    """Return the state; without one, or with one that is broken, everything is found by the lab's mark."""
    try:
        return load(paths.run)
    except UsageError:
        raise  # it is another checkout's
    except LabError as error:
        say(f"{error.what}: going by the lab's mark alone")
        return None


def _sweep(lab_id: str) -> None:
    if found := processes.of_lab(lab_id):
        say(f"ending {len(found)} processes that were left")
        processes.end(found)


def _engine_answers(state: LabState | None) -> bool:
    """Return whether there is an Engine to clear; one that is slow may hold a lab, unless the lab was on the host."""
    engine = docker.engine(_ENGINE_TIMEOUT)
    if engine.slow and (state is None or state.runtime != "host"):
        raise CheckError(
            "what Docker holds of this lab is not known",
            why=engine.why,
            fix="./inv lab.down again, once `docker info` answers",
        )
    return not engine.why


def _remove_containers(paths: Paths, lab_id: str, state: LabState | None, *, wipe: bool) -> None:
    """Remove what compose and kind left, also without a state file; where there is no Engine there is nothing."""
    if not _engine_answers(state):
        return
    compose = docker.Compose(paths.checkout, project(lab_id), {})
    if compose.leftovers(volumes=wipe):
        compose.down(volumes=wipe)
    kind.remove(paths, lab_id, volumes=wipe)


def _remove_files(paths: Paths, *, wipe: bool) -> None:
    shutil.rmtree(paths.run, ignore_errors=True)
    if wipe:
        host.wipe(paths)


def _prove(paths: Paths, lab_id: str, state: LabState | None, *, wipe: bool) -> None:
    left = [f"process {p.pid} ({p.name()})" for p in processes.of_lab(lab_id)]
    if state is not None:
        numbers = [*state.services.values(), *state.servers.values()]
        left += [f"port {number}" for number in numbers if number and _is_ours(number, lab_id)]
    left += [str(folder) for folder in (paths.run, *([paths.data] if wipe else [])) if folder.exists()]
    if _engine_answers(state):
        left += docker.Compose(paths.checkout, project(lab_id), {}).leftovers(volumes=wipe)
        left += kind.leftovers(lab_id)
    if paths.kubeconfig.exists():
        left.append(str(paths.kubeconfig))
    if left:
        raise CheckError(
            "the lab left something behind",
            why=", ".join(left),
            fix=f"./inv lab.down{' --wipe' if wipe else ''} again, as who started it",
        )


def _is_ours(port: int, lab_id: str) -> bool:
    """Return whether somebody listens on `port` who is not of another lab, which may have taken it since."""
    return not ports.is_free(port) and ports.holder(port).lab in {None, lab_id}
