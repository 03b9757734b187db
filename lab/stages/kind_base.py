"""The ground of the kind rung: network, registry, LocalStack and the cluster's nodes."""

import json
from pathlib import Path

from lab.core.config import Config
from lab.core.errors import LabError, UsageError
from lab.core.files import replace
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import LabState
from lab.core.wait import wait
from lab.stages import kind_containers, kind_mirrors
from lab.stages.kind_artifacts import Artifacts
from lab.stages.kind_config import configuration
from lab.tools import containers
from lab.tools.cluster import Cluster
from lab.tools.kind import Kind


class Ground:
    """Ensures each part; every call is a no-op where its state holds."""

    def __init__(self, paths: Paths, state: LabState, config: Config) -> None:
        self._paths, self._state = paths, state
        self._offline = config.offline
        self.artifacts = Artifacts(paths, state, config)
        self.kind = Kind(state.name, paths.kubeconfig)
        self.cluster = Cluster(paths.kubeconfig)
        self._woken = False  # whether the nodes had ended and were started

    def network(self) -> None:
        """The lab's own network: its DNS gives nodes and pods the registry's and LocalStack's names.

        Nodes that have ended, as by a restart of the Engine, start here: before anything else takes their addresses.
        """
        containers.ensure_network(self._state.name, self._state.lab_id)
        if not self.kind.exists():
            return
        addresses = self._addresses()
        if not self.kind.running() or self.kind.addresses() != addresses:
            say("starting the nodes, each at its address")
            self.kind.start(addresses)
            self._woken = True

    def registry(self) -> None:
        """The registry; its volume outlives lab.down, so that nothing is fetched twice."""
        kind_containers.ensure_registry(self._state, self.artifacts.engine_image("/registry"))

    def localstack(self) -> None:
        """LocalStack, by the one name that it has for everybody."""
        kind_containers.ensure_localstack(self._state, self.artifacts.engine_image("/localstack"))

    def nodes(self) -> None:
        """The cluster: made anew when an earlier attempt was cut short."""
        self._refuse_foreign()
        whole = self._paths.run / "cluster.json"
        config = configuration(self._paths, self._state, self.artifacts.engine_image("/kindest/node"))
        if self.kind.exists() and not (whole.is_file() and whole.read_text() == config):
            say("removing a cluster that was not finished, or is of other settings")
            self.kind.delete()
        if not self.kind.exists():
            file = self._paths.run / "kind.yaml"
            file.write_text(config)
            self.kind.create(file)
            whole.write_text(config)
        else:
            self.kind.write_kubeconfig()
        mirrors = kind_mirrors.write(self._paths.run / "certs.d", offline=self._offline)
        self.kind.copy_in(mirrors, "/etc/containerd/certs.d")
        if self._woken:
            self._renew_api()
        wait(
            "nodes",
            self._not_ready,
            lambda missing: not missing,
            delay=1,
            timeout=180,
            fix="docker ps; ./inv lab.down, then lab.up",
        )
        replace(self._known_addresses, json.dumps(self.kind.addresses()))

    def _renew_api(self) -> None:
        """Have the API server open its connections anew.

        It starts before kube-proxy, so what it asks of a service's address meanwhile leaves the machine. Where
        something out there answers, as a proxy that takes every connection does, it would go on asking that.
        """
        wait("kube-proxy", self.kind.knows_services, bool, explain=lambda _: "it has not begun yet", timeout=180)
        self.kind.restart_api()
        self._woken = False

    @property
    def _known_addresses(self) -> Path:
        return self._paths.run / "addresses.json"

    def _addresses(self) -> dict[str, str]:
        """Return the address that each node had when all were ready; those of now where that was never so."""
        file = self._known_addresses
        known: dict[str, str] = json.loads(file.read_text()) if file.is_file() else self.kind.addresses()
        return known

    def _refuse_foreign(self) -> None:
        if nodes := self.kind.foreign():
            raise UsageError(
                f"a cluster called {self.kind.name} is there, and this lab did not make it",
                why=f"{', '.join(nodes)} not on the lab's network",
                fix=f"kind delete cluster --name {self.kind.name}, if nobody needs it",
            )

    def _not_ready(self) -> str:
        try:
            nodes = self.cluster.items("/api/v1/nodes")
        except LabError as error:
            return f"{error.what} ({error.why})"
        if len(nodes) < self._state.nodes:
            return f"{len(nodes)} of {self._state.nodes} have joined"
        wrong = {
            node["metadata"]["name"]: condition.get("message", "")
            for node in nodes
            for condition in node["status"].get("conditions", [])
            if condition["type"] == "Ready" and condition["status"] != "True"
        }
        return "; ".join(f"{name}: {why}" for name, why in wrong.items())
