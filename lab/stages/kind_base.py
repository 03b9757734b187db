"""The ground of the kind rung: network, registry, LocalStack and the cluster's nodes."""

import json
from collections.abc import Callable
from pathlib import Path

from lab.core.config import Config
from lab.core.errors import LabError, UsageError
from lab.core.files import replace
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import LabState
from lab.core.versions import load_lock
from lab.core.wait import wait
from lab.stages.kind_artifacts import Artifacts
from lab.stages.kind_config import configuration
from lab.tools import containers, localstack
from lab.tools.cluster import Cluster
from lab.tools.containers import Spec
from lab.tools.kind import DOMAIN, Kind
from lab.tools.registry import Registry

REGISTRY_HOST = f"registry{DOMAIN}"  # how nodes and pods call the lab's registry
_LOCALSTACK = {
    "SERVICES": "sqs,secretsmanager,s3,iam,sts",
    "DISABLE_EVENTS": "1",
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "DNS_ADDRESS": "0",  # its own name server, which nobody here asks, looks for one on the internet
}
_AWS_HOSTS = ("", "sqs.us-east-1.", "s3.", "secretsmanager.us-east-1.", "sts.us-east-1.", "iam.")


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
        name = f"{self._state.name}-registry"
        spec = Spec(
            name,
            self.artifacts.engine_image("/registry"),
            self._state.name,
            aliases=[REGISTRY_HOST],
            publish={self._state.registry: 5000},
            volumes={name: "/var/lib/registry"},
            env={"REGISTRY_STORAGE_DELETE_ENABLED": "true", "OTEL_TRACES_EXPORTER": "none"},
            options=["--read-only", "--memory", "256m"],
        )
        containers.ensure_volume(name, self._state.lab_id)
        containers.ensure(spec, self._state.lab_id)
        _answers(name, Registry(self._state.registry).answers)

    def localstack(self) -> None:
        """LocalStack as localhost.localstack.cloud, which for the host is 127.0.0.1 by public DNS: one name for all."""
        name = f"{self._state.name}-localstack"
        spec = Spec(
            name,
            self.artifacts.engine_image("/localstack"),
            self._state.name,
            aliases=[f"{host}localhost.localstack.cloud" for host in _AWS_HOSTS],
            publish={self._state.localstack: 4566},
            env=_LOCALSTACK,
            options=[
                "--memory",
                "1g",
                *(f"--cap-add={c}" for c in ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")),
            ],
        )
        containers.ensure(spec, self._state.lab_id)
        _answers(name, lambda: localstack.answers(self._state.aws))

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
        self.kind.copy_in(self._mirrors(), "/etc/containerd/certs.d")
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

    def _mirrors(self) -> Path:
        """Write containerd's hosts.toml for our registry, and for every host that lab.lock takes images from."""
        folder = self._paths.run / "certs.d"
        ours = f"http://{REGISTRY_HOST}:5000"
        hosts = {image.host for image in load_lock().image if image.use == "cluster"}
        here = f'[host."{ours}"]\n  capabilities = ["pull", "resolve"]\n'
        texts = {REGISTRY_HOST: f'server = "{ours}"\n\n{here}'}  # nowhere else: what it lacks is not found
        for host in hosts:
            upstream = "https://registry-1.docker.io" if host == "docker.io" else f"https://{host}"
            server = f"{ours}/v2/{host}" if self._offline else upstream
            mirror = f'[host."{ours}/v2/{host}"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n'
            texts[host] = f'server = "{server}"\n\n{mirror}'
        for host, text in texts.items():
            (folder / host).mkdir(parents=True, exist_ok=True)
            (folder / host / "hosts.toml").write_text(text)
        return folder


def _answers(container: str, look: Callable[[], str]) -> None:
    wait(
        container,
        look,
        lambda missing: not missing,
        error=lambda _: containers.exited(container),
        explain=lambda _: "it does not answer yet",
        delay=0.2,
        timeout=90,
        fix=f"docker logs {container}",
    )
