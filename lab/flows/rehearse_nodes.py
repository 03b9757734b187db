"""`aws.rehearse-nodes`: Karpenter's own scheduler brings simulated nodes by dev's NodePool, and takes them away."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel
from rich.console import Console, Group, RenderableType
from rich.table import Table

from lab.checks import cost, machine
from lab.checks.node_view import View
from lab.core.config import Config
from lab.core.errors import UsageError
from lab.core.graph import in_turn, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.view import view_for
from lab.flows import report
from lab.flows.node_scenes import Scene, Scenes
from lab.stages.simulated_nodes import SimulatedNodes
from lab.tools import docker

_NAME = "dev"  # prod's pool is the same
TITLE = "Simulated nodes: no kubelet, no EC2; Karpenter's own scheduler"


class Life(BaseModel):
    """A node's time, in seconds since the first scene began; `ready` is None where it never was seen so."""

    name: str
    type: str
    capacity: str
    zone: str
    price: float
    first: float
    ready: float | None
    last: float
    pods: int


class NodesReport(BaseModel):
    """What a rehearsal of nodes showed. `changed`: what of the pool is not as in the tree; `note`: what prices are."""

    title: str
    began: str
    machine: str
    environment: str
    changed: list[str]
    note: str
    currency: str
    limit: float
    peak: float
    types: int
    scenes: list[Scene]
    lives: list[Life]
    seconds: dict[str, float]
    html: str

    @property
    def ok(self) -> bool:
        """Whether the nodes kept to the pool's limit at every look; a scene that does not come fails by itself."""
        return self.peak <= self.limit


def rehearse(plain: bool, config: Config) -> NodesReport:
    """Raise a cluster, let Karpenter bring and take simulated nodes, and take all of it away again.

    Raises UsageError where Docker or a program is not there, StepError for a scene that did not come.
    """
    if why := docker.engine().why:
        raise UsageError(f"no Docker Engine answers: {why}", fix="start Docker")
    paths, began = Paths(), datetime.now(UTC).isoformat(timespec="seconds")
    prices = cost.load_prices("eu-central-1")
    with lock(paths.state / "nodes" / "lock"), SimulatedNodes(paths, _NAME, prices, config) as nodes:
        scenes = Scenes(nodes)
        doing = (
            ("cluster", nodes.raise_cluster),
            ("definitions", nodes.define),
            ("karpenter", nodes.start),
            ("few", scenes.few),
            ("more", scenes.more),
            ("beyond the limit", scenes.beyond),
            ("fewer", scenes.fewer),
            ("spot taken", scenes.taken),
            ("none", scenes.none),
        )
        steps = in_turn(doing)
        timings = run_graph(steps, view_for(Console(stderr=True), plain=plain))
    html = report.page(paths, "nodes", began)
    made = NodesReport(
        title=TITLE,
        began=began,
        machine=machine.describe(),
        environment=_NAME,
        changed=list(nodes.pool.changed),
        note=prices.note,
        currency=prices.currency,
        limit=nodes.pool.cpus,
        peak=max(view.cpus for _, view in scenes.seen),
        types=len(nodes.types),
        scenes=scenes.done,
        lives=lives(scenes.seen),
        seconds={timing.name: timing.seconds for timing in timings},
        html=str(html.relative_to(paths.checkout)),
    )
    report.write(html, "nodes.html.j2", made, charts=charts(scenes.seen, made.limit))
    return made


def lives(seen: Sequence[tuple[float, View]]) -> list[Life]:
    """Return each node from the first look that saw it to the last, first come first; `pods` at most at once."""
    found: dict[str, Life] = {}
    for second, view in seen:
        for node in view.nodes:
            life = found.setdefault(
                node.name,
                Life(
                    name=node.name,
                    type=node.type,
                    capacity=node.capacity,
                    zone=node.zone,
                    price=node.price,
                    first=second,
                    ready=None,
                    last=second,
                    pods=0,
                ),
            )
            life.last = second
            life.pods = max(life.pods, sum(pod.node == node.name for pod in view.pods))
            if node.ready and life.ready is None:
                life.ready = second
    return list(found.values())


def charts(seen: Sequence[tuple[float, View]], limit: float) -> list[report.Chart]:
    """Return the nodes' CPUs, the pods that run and those that wait, over time."""

    def drawn(title: str, unit: str, value: str, bound: float | None = None) -> report.Chart:
        return report.chart(title, unit, [(round(second), float(getattr(view, value))) for second, view in seen], bound)

    return [
        drawn("CPUs of the nodes, and the pool's limit", "CPUs", "cpus", limit),
        drawn("Pods that run", "pods", "running"),
        drawn("Pods that wait", "pods", "pending"),
    ]


def render(made: NodesReport) -> RenderableType:
    """Return each scene with the nodes that were there at its end."""
    table = Table(title=f"[bold]{made.title}[/]\nthe NodePool of {made.environment}", title_justify="left")
    table.add_column("asked for")
    table.add_column("nodes then", no_wrap=True)
    for column in ("CPUs", f"{made.currency}/h", "run", "wait", "s"):
        table.add_column(column, justify="right", no_wrap=True)
    for scene in made.scenes:
        nodes = "\n".join(f"{count} of {name}" for name, count in scene.nodes.items()) or "none"
        figures = (f"{scene.cpus:g}", f"{scene.price:.2f}", str(scene.running), str(scene.pending))
        table.add_row(f"{scene.name}: {scene.asked}", nodes, *figures, f"{scene.seconds:.0f}")
    said = [f"Karpenter of what waits: {words}" for scene in made.scenes for words in scene.said[:1]]
    moved = [f"{scene.moved} pods of the node that went run elsewhere" for scene in made.scenes if scene.moved]
    changed = [f"not as in the tree: {words}" for words in made.changed]
    limit = f"at most {made.peak:g} CPUs were there, {made.limit:g} are allowed"
    return Group(table, *said, *moved, limit, *changed, f"prices: {made.note}; spot assumed", made.html)
