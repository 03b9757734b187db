"""kind's configuration of the lab's cluster: nodes, ports on 127.0.0.1, and what the control plane is told."""

import json

import yaml

from lab.core.paths import Paths
from lab.core.state import PLATFORM, SERVICES, LabState

NODE_PORTS = {"order": 30001, "user": 30002, "notification": 30003, "argocd": 30080, "git": 30081} | {
    "prometheus": 30090,
    "alertmanager": 30093,
    "grafana": 30030,
    "pager": 30007,
}
# The API server keeps a schema of every custom resource, 500 MiB once the platform came, and garbage up to half of that
# (GOGC), not as much again; below the limit it would do little but collect. An autoscaler looks every 5 s, not every
# 15: a service is up, and a surge seen, the sooner. A kubelet looks every 10 s, not every minute, whether a ConfigMap
# that a pod has mounted has changed: Prometheus has its rules, and the pager its heartbeat, the sooner.
_LEAN = [{"name": "GOGC", "value": "50"}, {"name": "GOMEMLIMIT", "value": "1000MiB"}]
_PATCHES = {
    "kube-apiserver0+strategic.yaml": {"spec": {"containers": [{"name": "kube-apiserver", "env": _LEAN}]}},
    "kube-controller-manager0+json.yaml": [
        {"op": "add", "path": "/spec/containers/0/command/-", "value": "--horizontal-pod-autoscaler-sync-period=5s"}
    ],
}
_KUBELET = {"kind": "KubeletConfiguration", "syncFrequency": "10s"}
_IN_NODE = "/kubeadm-patches"


def configuration(paths: Paths, state: LabState, image: str) -> str:
    """Return kind's configuration: every node of `image` and schedulable, everything published on 127.0.0.1.

    Writes what kubeadm is to patch below .lab/run, from where the first node mounts it.
    """
    folder = paths.run / "kubeadm"
    folder.mkdir(parents=True, exist_ok=True)
    for name, patch in _PATCHES.items():
        (folder / name).write_text(yaml.safe_dump(patch))
    published = {name: state.services[name] for name in SERVICES} | {"argocd": state.argocd, "git": state.git}
    published |= {name: port for name in PLATFORM if (port := getattr(state, name))}
    ports = [
        {"containerPort": NODE_PORTS[name], "hostPort": port, "listenAddress": "127.0.0.1"}
        for name, port in published.items()
    ]
    first_node = {"kind": "InitConfiguration", "nodeRegistration": {"taints": []}, "patches": {"directory": _IN_NODE}}
    first = {
        "role": "control-plane",
        "image": image,
        "extraPortMappings": ports,
        "extraMounts": [{"hostPath": str(folder), "containerPath": _IN_NODE, "readOnly": True}],
        "kubeadmConfigPatches": [json.dumps(first_node)],
    }
    more = [{"role": "worker", "image": image} for _ in range(state.nodes - 1)]
    api = {"apiServerAddress": "127.0.0.1"}
    header = {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "networking": api}
    every = {"kubeadmConfigPatches": [json.dumps(_KUBELET)]}
    return str(yaml.safe_dump({**header, **every, "nodes": [first, *more]}))
