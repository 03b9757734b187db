"""A small cluster of its own in which Karpenter brings nodes that nobody has to pay: raised, fed and taken away."""

import json
import shutil
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import yaml

from lab.checks import node_types, node_view, simulated_pool
from lab.checks.cost import Prices
from lab.core.config import Config
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.core.stop import undisturbed
from lab.core.versions import load_lock
from lab.stages.fetched import Notes
from lab.stages.kind_artifacts import Artifacts
from lab.stages.pinned_files import PinnedFiles
from lab.tools import containers, gitops, go_programs, processes
from lab.tools.cluster import Cluster
from lab.tools.karpenter import Simulators, simulators
from lab.tools.kind import Kind
from lab.tools.kubectl import Kubectl

_DEFINITIONS = ("karpenter-node-pool", "karpenter-node-claim", "karpenter-kwok-node-class")
DEMANDS = {  # Deployments: CPU and memory of a pod, and what it asks of its node
    "flexible": ("1", "1536Mi", {}),
    "steady": ("500m", "2Gi", {"karpenter.sh/capacity-type": "on-demand"}),
}


class SimulatedNodes:
    """The cluster and what runs beside it; after the block nothing of either is left, Ctrl-C or not."""

    def __init__(self, paths: Paths, overlay: str, prices: Prices, config: Config) -> None:
        self._paths, self._config = paths, config
        self._lab = f"{paths.lab_id}-nodes"  # not the lab's own id: lab.down and this one leave each other alone
        self.name = f"kubeflow-ops-{self._lab}"
        self.folder = paths.rehearsals / "nodes"
        self._kubeconfig = self.folder / "kubeconfig"
        self._kind = Kind(self.name, self._kubeconfig)
        self._kubectl = Kubectl(self._kubeconfig)
        self.cluster = Cluster(self._kubeconfig)
        self._stack = ExitStack()
        self._running: Simulators | None = None
        self.types = node_types.instance_types(prices)
        made = gitops.render_part(f"gitops/platform/karpenter/overlays/{overlay}", "karpenter", paths.checkout)
        self.pool = simulated_pool.simulated(made, node_types.families(prices))

    def __enter__(self) -> Self:
        go_programs.find(go_programs.KARPENTER, go_programs.KWOK)  # before minutes are spent on a cluster
        self._remove()
        self.folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with undisturbed("taking the simulation away first: this ends by itself within a minute"):
            try:
                self._stack.close()
            finally:
                self._keep_logs()
                self._remove()

    def raise_cluster(self) -> None:
        """Make a cluster of one node, on which its own pods have found their place: none may wait for Karpenter's."""
        only = LabState(runtime="kind", lab_id=self._paths.lab_id, services=dict.fromkeys(SERVICES, 0), localstack=0)
        image = Artifacts(self._paths, only, self._config).engine_image("/kindest/node")
        containers.ensure_network(self.name, self._lab)
        config = {
            "kind": "Cluster",
            "apiVersion": "kind.x-k8s.io/v1alpha4",
            "networking": {"apiServerAddress": "127.0.0.1"},
            "nodes": [{"role": "control-plane", "image": image}],
        }
        file = self.folder / "kind.yaml"
        file.write_text(yaml.safe_dump(config))
        self._kind.create(file)
        own = ["deployment", "--all", "--all-namespaces"]
        self._kubectl.run("wait", "--for=condition=Available", "--timeout=180s", *own, timeout=200)

    def define(self) -> None:
        """Apply the definitions of Karpenter's kinds: those of its release for AWS, and KWOK's class of nodes."""
        cache = self._paths.cache
        notes = Notes(cache / "definitions.json", substitutes=self._config.substitutes)
        files = PinnedFiles(cache, self._config, notes)
        pins = {pin.name: pin for pin in load_lock().definition}
        found = [files.manifest(pins[name]) for name in _DEFINITIONS]
        for file in found:
            self._kubectl.apply(file.read_text())
        where = [f"crd/{yaml.safe_load(file.read_text())['metadata']['name']}" for file in found]
        self._kubectl.run("wait", "--for=condition=Established", "--timeout=60s", *where, timeout=90)

    def start(self) -> None:
        """Start Karpenter and KWOK, and give Karpenter the pool."""
        types = self.folder / "instance-types.json"
        types.write_text(json.dumps(self.types, indent=1))
        self._running = self._stack.enter_context(simulators(self._lab, self.folder, self._kubeconfig, types))
        self._kubectl.apply("\n---\n".join(map(json.dumps, (simulated_pool.NODE_CLASS, self.pool.body))))
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": node_view.NAMESPACE}}
        self._kubectl.apply("\n---\n".join([json.dumps(namespace), *map(self._deployment, DEMANDS)]))

    def want(self, demand: str, replicas: int) -> None:
        """Ask for so many pods of a demand."""
        path = f"/apis/apps/v1/namespaces/{node_view.NAMESPACE}/deployments/{demand}"
        self.cluster.patch(path, {"spec": {"replicas": replicas}})

    def take(self, claim: str) -> None:
        """Take a node as EC2's notice makes Karpenter take it: the notice's handler deletes the NodeClaim."""
        self.cluster.delete(f"/apis/karpenter.sh/v1/nodeclaims/{claim}")

    def look(self) -> node_view.View:
        """Return what is there now."""
        return node_view.look(self.cluster, self.pool.name)

    def ended(self) -> str | None:
        """Return why nothing more will come, None as long as something may."""
        return self._running.ended() if self._running else "Karpenter was not started"

    def _deployment(self, name: str) -> str:
        cpu, memory, node = DEMANDS[name]
        labels = {"app": name}
        container = {
            "name": "nothing",
            "image": "simulated.invalid/nothing:1",  # nobody pulls it: no kubelet is there
            "resources": {"requests": {"cpu": cpu, "memory": memory}},
        }
        selector = {"karpenter.sh/nodepool": self.pool.name, **node}
        pod = {"metadata": {"labels": labels}, "spec": {"nodeSelector": selector, "containers": [container]}}
        spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod}
        meta = {"name": name, "namespace": node_view.NAMESPACE}
        return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})

    def _keep_logs(self) -> None:
        for log in self.folder.glob("*.log"):
            self._paths.logs.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(log, self._paths.logs / f"nodes-{log.name}")

    def _remove(self) -> None:
        processes.end(processes.of_lab(self._lab))  # of one that was killed
        self._kind.delete()
        for network in containers.of_lab(self._lab)["network"]:
            containers.remove_network(network)
        shutil.rmtree(self.folder, ignore_errors=True)
