"""Karpenter's controller on KWOK, and KWOK itself: two processes beside one cluster, for as long as a block lasts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import yaml

from lab.core.proc import Started
from lab.core.wait import wait
from lab.tools import go_programs, ports
from lab.tools.answers import silent

_NODES = "kwok.x-k8s.io/node=fake"  # what Karpenter's provider writes on the nodes that it makes
_LEASE = 40  # seconds, as a kubelet's

# What a kubelet would say of its machine. The provider writes as a node's capacity what its first pods ask for, and a
# pool's limit counts capacities: here it is the type's, as on EC2.
_BOOTS = {
    "apiVersion": "kwok.x-k8s.io/v1alpha1",
    "kind": "Stage",
    "metadata": {"name": "boots"},
    "spec": {
        "resourceRef": {"apiGroup": "v1", "kind": "Node"},
        "selector": {"matchExpressions": [{"key": ".status.phase", "operator": "NotIn", "values": ["Running"]}]},
        "next": {
            "statusTemplate": """
phase: Running
capacity:
  cpu: {{ index .metadata.labels "karpenter.kwok.sh/instance-cpu" | Quote }}
  memory: {{ index .metadata.labels "karpenter.kwok.sh/instance-memory" | Quote }}
  pods: {{ .status.allocatable.pods | Quote }}
conditions:
- type: Ready
  status: "True"
  reason: Simulated
  message: nobody is there
  lastHeartbeatTime: {{ Now | Quote }}
  lastTransitionTime: {{ Now | Quote }}
"""
        },
    },
}


class Simulators:
    """The two processes. `ended` is what a wait asks, so that nobody waits for what a dead one would do."""

    def __init__(self, running: dict[str, Started]) -> None:
        self._running = running

    def ended(self) -> str | None:
        """Return which one ended and what it said last, None as long as both run."""
        for name, process in self._running.items():
            if not process.alive():
                return str(process.failure(f"{name} ended by itself"))
        return None


@contextmanager
def simulators(mark: str, folder: Path, kubeconfig: Path, types: Path) -> Iterator[Simulators]:
    """Run both on a cluster, with their logs in `folder`; `types` lists what instances there are.

    `mark` is what they are found by when nobody ended them. Both have ended after the block, whatever became of it.
    Raises UsageError where one is not installed.
    """
    karpenter, kwok = go_programs.find(go_programs.KARPENTER, go_programs.KWOK)
    metrics, health = ports.free_ports(2)
    config = folder / "kwok.yaml"
    config.write_text(yaml.safe_dump(_BOOTS))
    env = {
        "KUBECONFIG": str(kubeconfig),
        "SYSTEM_NAMESPACE": "kube-system",
        "DISABLE_LEADER_ELECTION": "true",
        "METRICS_PORT": str(metrics),
        "HEALTH_PROBE_PORT": str(health),
        "INSTANCE_TYPES_FILE_PATH": str(types),
    }
    words: list[str | Path] = [kwok, "--kubeconfig", kubeconfig, "--config", config]
    words += ["--manage-nodes-with-annotation-selector", _NODES, "--node-lease-duration-seconds", str(_LEASE)]
    with ExitStack() as stack:
        running: dict[str, Started] = {}
        for name, argv, more in (("KWOK", words, {}), ("Karpenter", [karpenter], env)):
            log = folder / f"{name.lower()}.log"
            log.unlink(missing_ok=True)
            running[name] = Started(argv, cwd=folder, env={ports.MARK: mark, **more}, log=log)
            stack.callback(running[name].end)
        made = Simulators(running)
        wait(
            "Karpenter",
            partial(silent, f"http://127.0.0.1:{health}/readyz"),
            lambda why: not why,
            error=lambda _: made.ended(),
            timeout=90,
            fix=f"read {folder}/karpenter.log",
        )
        yield made
