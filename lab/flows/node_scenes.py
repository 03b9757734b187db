"""What is asked of Karpenter one after the other, what came of each, and all that was seen meanwhile."""

import time
from collections import Counter
from collections.abc import Callable

from pydantic import BaseModel

from lab.checks.node_view import Node, View, refusals
from lab.core.errors import CheckError
from lab.core.wait import wait
from lab.stages.simulated_nodes import SimulatedNodes

_PATIENCE = 900  # seconds: a pool that lets a node go at a time, a minute after it was last needed less


class Scene(BaseModel):
    """One thing that was asked for, and what was there when it had come, after `seconds`.

    `nodes` counts them as "c7i.xlarge spot"; `price` is an hour's, of all of them; `said` is what Karpenter said of
    pods that it brings no node for; `moved` the pods that a lost node had.
    """

    name: str
    asked: str
    seconds: float
    nodes: dict[str, int]
    cpus: float
    price: float
    running: int
    pending: int
    said: list[str] = []
    moved: int = 0


class Scenes:
    """Each scene is a step and begins where the one before it ended."""

    def __init__(self, nodes: SimulatedNodes) -> None:
        self._nodes, self._began = nodes, 0.0
        self.done: list[Scene] = []
        self.seen: list[tuple[float, View]] = []  # second and view, in the order they were taken

    def few(self) -> None:
        """A few pods: nodes come for them."""
        self._scene("a few pods", {"flexible": 3, "steady": 2}, _served)

    def more(self) -> None:
        """Many more: larger nodes, or more of them."""
        self._scene("many more", {"flexible": 40}, _served)

    def beyond(self) -> None:
        """More than the pool's limit holds: what is beyond waits, and Karpenter says why."""
        self._scene(
            "more than the limit",
            {"flexible": round(self._nodes.pool.cpus * 1.3)},
            lambda view: bool(view.pending and not view.moving and self._refused()),
            successes=15,
        )
        self.done[-1].said = self._refused()

    def fewer(self) -> None:
        """Far fewer: nodes are emptied and go, until half of the CPUs are gone at least."""
        before = self.done[-1].cpus
        self._scene("far fewer", {"flexible": 12}, lambda view: _served(view) and view.cpus <= before / 2)

    def taken(self) -> None:
        """A spot node is taken: its pods run elsewhere."""
        lost, count = self._fullest()
        gone = f"{lost.type} with {count} pods is taken"
        self._watched(
            "a spot node goes",
            gone,
            lambda: self._nodes.take(lost.claim),
            lambda view: _served(view) and all(node.name != lost.name for node in view.nodes),
        )
        self.done[-1].moved = count

    def none(self) -> None:
        """Nothing at all: no node stays."""
        self._scene("nothing", {"flexible": 0, "steady": 0}, lambda view: not view.claims and not view.nodes)

    def _scene(self, name: str, wanted: dict[str, int], ready: Callable[[View], bool], successes: int = 3) -> None:
        def ask() -> None:
            for demand, replicas in wanted.items():
                self._nodes.want(demand, replicas)
            wait("pods", self._look, lambda view: _asked(view, wanted), error=self._ended, delay=0.5)

        self._watched(name, ", ".join(f"{count} {demand}" for demand, count in wanted.items()), ask, ready, successes)

    def _watched(
        self, name: str, asked: str, do: Callable[[], None], ready: Callable[[View], bool], successes: int = 3
    ) -> None:
        began = time.monotonic()
        do()
        log = self._nodes.folder / "karpenter.log"
        seen = wait(
            name,
            self._look,
            ready,
            error=self._ended,
            delay=1,
            timeout=_PATIENCE,
            successes=successes,
            fix=f"read {log.name} in .lab/logs",
        )
        self.done.append(
            Scene(
                name=name,
                asked=asked,
                seconds=time.monotonic() - began,
                nodes=dict(Counter(f"{node.type} {node.capacity}" for node in seen.nodes)),
                cpus=seen.cpus,
                price=seen.price,
                running=seen.running,
                pending=seen.pending,
            )
        )

    def _look(self) -> View:
        self._began = self._began if self.seen else time.monotonic()
        view = self._nodes.look()
        self.seen.append((time.monotonic() - self._began, view))
        return view

    def _ended(self, _: View) -> str | None:
        return self._nodes.ended()

    def _refused(self) -> list[str]:
        return [said for said in refusals(self._nodes.cluster) if "limit" in said]

    def _fullest(self) -> tuple[Node, int]:
        view = self._look()
        counts = Counter(pod.node for pod in view.pods)
        spot = [node for node in view.nodes if node.capacity == "spot" and not node.leaving and counts[node.name]]
        if not spot:
            raise CheckError("no spot node with pods is there to be taken", why=str(view))
        lost = max(spot, key=lambda node: counts[node.name])
        return lost, counts[lost.name]


def _served(view: View) -> bool:
    return not view.pending and not view.moving


def _asked(view: View, wanted: dict[str, int]) -> bool:
    """Return whether the Deployments have made, or ended, their pods."""
    have = Counter(pod.name.rsplit("-", 2)[0] for pod in view.pods)
    return sum(have[demand] for demand in wanted) == sum(wanted.values())
