"""kind clusters, through its CLI; every call has the lab's own kubeconfig and network."""

from collections.abc import Mapping
from pathlib import Path

from lab.core import proc
from lab.core.say import say
from lab.tools import internet
from lab.tools.programs import program

DOMAIN = ".kubeflow-ops.local"  # of the names that the lab's network knows


class Kind:
    """One cluster, called as its network; clusters of this name on other networks are not ours, and never touched."""

    def __init__(self, name: str, kubeconfig: Path) -> None:
        self.name, self._kubeconfig = name, kubeconfig

    def exists(self) -> bool:
        """Return whether the Engine has nodes of the cluster, whole or not."""
        return bool(self.nodes())

    def nodes(self) -> list[str]:
        """Return the node containers' names, ended ones too; asks the Engine, so kind need not be there."""
        return [node for node, networks in self._containers() if networks in {"", self.name}]

    def foreign(self) -> list[str]:
        """Return the nodes of a cluster of this name that are on other networks: somebody else made it."""
        return [node for node, networks in self._containers() if networks not in {"", self.name}]

    def _containers(self) -> list[tuple[str, str]]:
        """Return each node with its networks: none when `start` was cut off while it gave the node its address."""
        label = f"label=io.x-k8s.kind.cluster={self.name}"
        argv = ["docker", "ps", "--all", "--filter", label, "--format", "{{.Names}} {{.Networks}}"]
        lines = proc.run(argv, timeout=30).stdout.splitlines()
        return sorted((node, networks) for node, _, networks in (line.partition(" ") for line in lines if line))

    def write_kubeconfig(self) -> None:
        """Write the kubeconfig anew, whatever became of it; its current context is this cluster."""
        self._kubeconfig.unlink(missing_ok=True)
        self._run("export", "kubeconfig", "--name", self.name, "--kubeconfig", str(self._kubeconfig), timeout=60)

    def create(self, config: Path) -> None:
        """Make the cluster; its steps are said as they come."""
        words = [
            "create",
            "cluster",
            "--name",
            self.name,
            "--config",
            str(config),
            "--kubeconfig",
            str(self._kubeconfig),
        ]
        self._run(*words, timeout=600)

    def delete(self) -> None:
        """Remove every node, whatever its state, and the kubeconfig."""
        for node in self.nodes():
            proc.run(["docker", "rm", "--force", "--volumes", node], timeout=60)
        self._kubeconfig.unlink(missing_ok=True)

    def addresses(self) -> dict[str, str]:
        """Return each node's address on the lab's network, "" for one that has ended."""
        form = f'{{{{.Name}}}} {{{{with index .NetworkSettings.Networks "{self.name}"}}}}{{{{.IPAddress}}}}{{{{end}}}}'
        lines = proc.run(["docker", "inspect", "--format", form, *self.nodes()], timeout=30).stdout.splitlines()
        return {name.removeprefix("/"): address for name, _, address in (line.partition(" ") for line in lines)}

    def start(self, addresses: Mapping[str, str]) -> None:
        """Start nodes that have ended, as after a restart of the Engine, each at the address that it had.

        The Engine gives addresses as containers come. Where two nodes swap theirs, what speaks to a pod through a
        connection of before goes on speaking to the wrong node.
        """
        nodes = self.nodes()
        if moved := [node for node, address in self.addresses().items() if address != addresses.get(node, address)]:
            proc.run(["docker", "stop", "--time", "10", *moved], timeout=120)
        for node in moved:
            proc.run(["docker", "network", "disconnect", "--force", self.name, node], timeout=30, check=False)
        for node in moved:
            at = ["docker", "network", "connect", "--ip", addresses[node], self.name, node]
            proc.run(at, timeout=30, fix="./inv lab.down, then ./inv lab.up")
        proc.run(["docker", "start", *nodes], timeout=120)

    def knows_services(self) -> bool:
        """Return whether kube-proxy has told the first node where the services' addresses lead."""
        rules = ["iptables", "--table", "nat", "--list", "KUBE-SERVICES", "--numeric"]
        return proc.run(["docker", "exec", self._first(), *rules], timeout=30, check=False).code == 0

    def restart_api(self) -> None:
        """End the API server at once, which keeps nothing of its own; the kubelet starts it again."""
        kill = 'kill -KILL "$(pidof kube-apiserver)"'
        proc.run(["docker", "exec", self._first(), "sh", "-c", kill], timeout=30, check=False)

    def _first(self) -> str:
        return f"{self.name}-control-plane"

    def running(self) -> bool:
        """Return whether every node's container runs."""
        form = "{{.State.Running}}"
        seen = proc.run(["docker", "inspect", "--format", form, *self.nodes()], timeout=30, check=False)
        return seen.code == 0 and set(seen.stdout.split()) == {"true"}

    def copy_in(self, folder: Path, target: str) -> None:
        """Copy a folder's content into every node."""
        for node in self.nodes():
            proc.run(["docker", "exec", node, "mkdir", "-p", target], timeout=30)
            proc.run(["docker", "cp", f"{folder}/.", f"{node}:{target}"], timeout=30)

    def _run(self, *words: str, timeout: float) -> None:
        def on_line(line: str) -> None:
            if line.strip().startswith("✓"):
                say(line.strip().removeprefix("✓ "))

        ours = {"KIND_EXPERIMENTAL_PROVIDER": "docker", "KIND_EXPERIMENTAL_DOCKER_NETWORK": self.name}
        env = ours | internet.past(DOMAIN)  # kind hands its proxy to the nodes
        proc.run([program("kind"), *words], env=env, timeout=timeout, on_line=on_line)
