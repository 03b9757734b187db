"""kind clusters, through its CLI; every call has the lab's own kubeconfig and network."""

from pathlib import Path

from lab.core import proc
from lab.core.say import say
from lab.tools.programs import program


class Kind:
    """One cluster, called as its network; clusters of this name on other networks are not ours, and never touched."""

    def __init__(self, name: str, kubeconfig: Path) -> None:
        self.name, self._kubeconfig = name, kubeconfig

    def exists(self) -> bool:
        """Return whether the Engine has nodes of the cluster, whole or not."""
        return bool(self.nodes())

    def nodes(self) -> list[str]:
        """Return the node containers' names, ended ones too; asks the Engine, so kind need not be there."""
        return self._containers("--filter", f"network={self.name}")

    def foreign(self) -> list[str]:
        """Return the nodes of a cluster of this name that are not on the lab's network: somebody else made it."""
        return sorted(set(self._containers()) - set(self.nodes()))

    def _containers(self, *more: str) -> list[str]:
        label = f"label=io.x-k8s.kind.cluster={self.name}"
        argv = ["docker", "ps", "--all", "--filter", label, *more, "--format", "{{.Names}}"]
        return sorted(proc.run(argv, timeout=30).stdout.split())

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

    def start(self) -> None:
        """Start nodes that have ended, as after a restart of the Engine."""
        proc.run(["docker", "start", *self.nodes()], timeout=120)

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

        env = {"KIND_EXPERIMENTAL_DOCKER_NETWORK": self.name}
        proc.run([program("kind"), *words], env=env, timeout=timeout, on_line=on_line)
