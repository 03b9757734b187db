"""`lab.fetch` and `lab.bundle`: all that the kind rung takes from elsewhere, brought here, or written to one folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from lab.core.config import Config
from lab.core.errors import UsageError
from lab.core.graph import Step, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState, load
from lab.core.stop import undisturbed
from lab.core.versions import load_lock
from lab.core.view import view_for
from lab.stages.kind import KindRung, remove
from lab.tools import docker
from lab.tools.claims import Claims
from lab.tools.programs import program


def fetch(config: Config, plain: bool) -> None:
    """Bring everything into the lab's registry, the Engine and .lab; from then on `lab.up --offline` works.

    Raises UsageError without an Engine, or for a bundle that is not there.
    """
    if config.bundle is not None and not config.bundle.is_dir():
        raise UsageError(f"{config.bundle} is not a directory", fix="--bundle takes what lab.bundle wrote")
    console = Console(stderr=True)
    with _rung(config) as rung:
        run_graph(_steps(rung, config), view_for(console, plain=plain))
        substitutes = rung.ground.artifacts.substituted()
    console.print("[green]✓[/] everything is here: ./inv lab.up --offline", highlight=False)
    for name, substitute in substitutes.items():
        console.print(f"  [yellow]substitute[/] {substitute} stands for {name}", highlight=False)


def bundle(folder: Path, config: Config, plain: bool) -> None:
    """Write everything to `folder`, for `lab.fetch --bundle` on a machine without internet; all of it, or nothing.

    Raises UsageError without an Engine, or for a folder that has something in it or can't be made.
    """
    _refuse_unfit(folder)
    console = Console(stderr=True)
    with _rung(config) as rung:
        steps = _steps(rung, config)
        save = Step("save", lambda: _save(rung, folder), tuple(step.name for step in steps))
        run_graph([*steps, save], view_for(console, plain=plain))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e9
    console.print(f"[green]✓[/] {folder}: {size:.1f} GB; there: ./inv lab.fetch --bundle {folder}", highlight=False)


def _refuse_unfit(folder: Path) -> None:
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise UsageError(f"{there} is no folder", fix="name a new folder")
    if there == folder and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", fix="name a new folder")
    if folder.is_mount():
        raise UsageError(f"{folder} is a whole disk", fix=f"name a folder on it: {folder / 'bundle'}")


def _save(rung: KindRung, folder: Path) -> None:
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f"{folder.name}.part-", dir=folder.parent) as parts:
        whole = Path(parts) / "bundle"
        rung.ground.artifacts.save(whole)
        rung.images.save(whole / "own")
        tools = whole / "tools"
        tools.mkdir()
        for tool in load_lock().tool:
            shutil.copy2(program(tool.name), tools / tool.name)
        whole.rename(folder)


def _steps(rung: KindRung, config: Config) -> list[Step]:
    artifacts, ground = rung.ground.artifacts, rung.ground
    tools = [tool.name for tool in load_lock().tool]
    from_bundle = config.bundle / "tools" if config.bundle else None
    return [
        Step("tools", lambda: [program(name, from_bundle, offline=config.offline) for name in tools]),
        Step("network", ground.network),
        Step("registry", ground.registry, ("network",)),
        Step("engine images", artifacts.engine_images),
        Step("upstream images", artifacts.mirror, ("registry",)),
        Step("charts", artifacts.charts, ("registry", "tools")),
        Step("manifests", artifacts.manifests),
        Step("terraform", artifacts.terraform_providers, ("tools",)),
        Step("git-server image", rung.images.build_git_server, ("registry", "engine images")),
        Step("service images", rung.build, ("git-server image",)),
    ]


@contextmanager
def _rung(config: Config) -> Iterator[KindRung]:
    """Yield the lab's rung: the running one, or one with nothing but its registry, which goes afterwards."""
    if why := docker.engine().why:
        raise UsageError(f"no Docker Engine answers: {why}", fix="start Docker; the host rung needs nothing of this")
    paths = Paths()
    with lock(paths.state / "lock"), Claims() as claims:
        state = load(paths.run)
        if state is not None and state.runtime == "kind":
            yield KindRung(paths, state, config)
            return
        port = claims.near(5001)
        only = LabState(
            runtime="kind", lab_id=paths.lab_id, services=dict.fromkeys(SERVICES, 0), localstack=0, registry=port
        )
        try:
            yield KindRung(paths, only, config)
        finally:
            with undisturbed("removing the registry first: this ends by itself within a minute"):
                remove(paths, paths.lab_id, volumes=False)
