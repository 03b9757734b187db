"""A load generator in the cluster for one run: a namespace with Locust's master and workers, and what they measured."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from lab.checks import workloads
from lab.core.errors import LabError
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.stop import undisturbed
from lab.core.wait import wait
from lab.stages.kind import KindRung
from lab.stages.kind_images import LOAD_GENERATOR, TAG
from lab.stages.kind_mirrors import REGISTRY_HOST
from lab.tools import locust, locust_figures
from lab.tools.kubectl import Kubectl, render
from lab.tools.locust import Measured, Plan

NAMESPACE = "load"
_OUT = Path("/out")  # where the master writes
_PATH = f"/api/v1/namespaces/{NAMESPACE}"
_WORKERS_COME = 90  # seconds that the master waits for its workers
_FIX = f"./inv lab.kubectl 'get events -n {NAMESPACE}'"


class LoadGenerator:
    """Of the lab's cluster; one at a time."""

    def __init__(self, paths: Paths, rung: KindRung) -> None:
        self._paths, self._rung = paths, rung
        self._cluster, self._kubectl = rung.ground.cluster, Kubectl(paths.kubeconfig)
        self._first = set[str]()  # workers that the run began with

    @contextmanager
    def gone_after(self) -> Iterator[None]:
        """Load inside; whatever ends it, the namespace goes. What an earlier run left of it goes first."""
        self.remove()
        try:
            yield
        finally:
            with undisturbed("removing the load generator first: this ends by itself within a minute"):
                try:
                    self.remove()
                except LabError as error:
                    say(f"namespace {NAMESPACE} is left, the next run removes it: {error.words}")

    def image(self) -> None:
        """Have the image in the lab's registry."""
        self._rung.images.build_load_generator()

    def begin(self, plan: Plan) -> None:
        """Make master and workers, and wait until they run. Raises LabError with what keeps them from it."""
        digest = self._rung.images.digest(LOAD_GENERATOR)
        if digest is None:
            raise LabError("the registry lacks the load generator", fix="the same command builds and pushes it")
        text = render(self._paths.checkout / "gitops" / "platform" / "load")
        self._kubectl.apply(manifests(text, f"{REGISTRY_HOST}/{LOAD_GENERATOR}@{digest}", plan))
        wait(
            "load generator",
            lambda: self._look(plan.workers + 1),
            lambda missing: missing == ("", False),
            error=lambda missing: missing[0] if missing[1] else None,
            explain=lambda missing: missing[0],
            delay=0.5,
            timeout=180,
            fix=_FIX,
        )
        self._first = self._workers()

    def run(self, plan: Plan, folder: Path, on_line: Callable[[str], None]) -> Measured:
        """Follow the master to the plan's end and bring what it left to `folder`; `on_line` gets what Locust says.

        Raises LabError, with Locust's last words, when it failed.
        """
        locust.clear(folder)
        words = ("logs", "--namespace", NAMESPACE, "master", "--container", "locust", "--follow")
        timeout = plan.seconds + _WORKERS_COME + locust.SLACK
        self._kubectl.run(*words, timeout=timeout, check=False, on_line=on_line)
        code = wait(
            "end of the load",
            self._code,
            lambda code: code is not None,
            explain=lambda _: "it said its last line",
            delay=1,
            timeout=timeout,
            fix=_FIX,
        )
        if code != 0:
            said = self._cluster.log(NAMESPACE, "master", "locust", previous=False)
            raise LabError("Locust failed in the cluster", why=f"it ended with code {code}", detail=said, fix=_FIX)
        beside = ("exec", "--namespace", NAMESPACE, "master", "--container", "files", "--", "/usr/bin/python3")
        unpack(self._kubectl.run(*beside, "-m", "loadtests.files", str(_OUT), timeout=120).stdout, folder)
        return of_workers(locust_figures.read(folder), len(self._first & self._workers()))

    def remove(self) -> None:
        """Remove the namespace, if it is there, and wait until it is gone."""
        if self._cluster.get(_PATH) is None:
            return
        self._cluster.delete(_PATH)
        wait(
            f"namespace {NAMESPACE}",
            lambda: self._cluster.get(_PATH),
            lambda found: found is None,
            explain=lambda _: "being removed",
            delay=0.5,
            timeout=120,
            fix=f"./inv lab.kubectl 'get all -n {NAMESPACE}'",
        )

    def _look(self, wanted: int) -> tuple[str, bool]:
        """Return what keeps the pods from running, ("", …) when nothing does, and whether it will stay so."""
        pods = self._cluster.items(f"{_PATH}/pods")
        blockers = [found for pod in pods if (found := workloads.of_pod(pod)) is not None]
        worst = next((found for found in blockers if found.hopeless or found.failed), next(iter(blockers), None))
        worst = worst or workloads.refused(self._cluster, NAMESPACE, {"workers"})
        running = f"{len(pods) - len(blockers)} of {wanted} pods run"
        if worst is not None:
            return f"{running}; {worst}", worst.hopeless or worst.failed
        return ("" if len(pods) >= wanted else running), False

    def _workers(self) -> set[str]:
        """Return the workers that nobody has ended."""
        found = (one["metadata"] for one in self._cluster.items(f"{_PATH}/pods", labelSelector="app=load-worker"))
        return {meta["uid"] for meta in found if "deletionTimestamp" not in meta}

    def _code(self) -> int | None:
        """Return the code that the master's Locust ended with, None while it runs."""
        pod = self._cluster.get(f"{_PATH}/pods/master")
        if pod is None:
            raise LabError("the master's pod is gone", why="somebody, or a node that failed, ended it", fix=_FIX)
        states = {one["name"]: one["state"] for one in pod["status"]["containerStatuses"]}
        code: int | None = states["locust"].get("terminated", {}).get("exitCode")
        return code


def manifests(text: str, image: str, plan: Plan) -> str:
    """Return the manifests `text` for one run of `plan`: its arguments and settings, as many workers, `image`."""
    objects: list[dict[str, Any]] = list(yaml.safe_load_all(text))
    (settings,), (master,), (workers,) = (
        [one for one in objects if one["kind"] == kind] for kind in ("ConfigMap", "Pod", "Job")
    )
    settings["data"] |= locust.settings(plan, _OUT)
    workers["spec"] |= {"parallelism": plan.workers, "completions": plan.workers}
    for container in (*master["spec"]["containers"], *workers["spec"]["template"]["spec"]["containers"]):
        if container["image"] == f"{REGISTRY_HOST}/{LOAD_GENERATOR}:{TAG}":
            container["image"] = image
    waiting = ("--expect-workers", str(plan.workers), "--expect-workers-max-wait", str(_WORKERS_COME))
    locusts = next(one for one in master["spec"]["containers"] if one["name"] == "locust")
    locusts["args"] = [*locust.arguments(plan, _OUT), *locust.HEADLESS, "--master", *waiting]
    return yaml.safe_dump_all(objects)


def of_workers(seen: Measured, stayed: int) -> Measured:
    """Return what was measured as that of `stayed` processes at most: one that was ended took its last figures along.

    Another in its place tells of its own time alone.
    """
    processes = min(seen.generator.processes, stayed)
    return seen.model_copy(update={"generator": seen.generator.model_copy(update={"processes": processes})})


def unpack(text: str, folder: Path) -> None:
    """Write what `loadtests.files` printed to `folder`. Raises LabError when it did not come whole."""
    try:
        files: dict[str, str] = json.loads(text)
    except ValueError as error:
        why = f"{len(text)} characters came, and they are not whole"
        raise LabError("what the load generator measured can't be fetched", why=why, fix="run it again") from error
    for name, content in files.items():
        (folder / Path(name).name).write_text(content)
