"""Cluster and nodes: is there room, and does everything run?"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from lab.dashboards.parts import PROMETHEUS, board, figure, lines, link, now, prom, variable

UID = "kubeflow-ops-cluster"
_HERE = 'namespace=~"$namespace",container!=""'
_FULL = [(0.8, "orange"), (0.9, "red")]
_DISKS = '{fstype!~"tmpfs|ramfs|squashfs"}'
_WAYS_ON = [link("Logs of this namespace", "kubeflow-ops-logs", namespace="${__field.labels.namespace}")]


def build() -> Dashboard:
    """Return the dashboard."""
    return board(
        UID,
        "Cluster and nodes",
        "Is there room on the nodes, and does everything run?",
        figure(
            "Nodes ready",
            "Of all nodes.",
            now('sum(kube_node_status_condition{condition="Ready",status="true"})', "ready"),
            now("count(kube_node_info)", "all"),
            unit="short",
        ),
        figure(
            "Pods not running",
            "Pending, failed or unknown. More than none for minutes: look at the events.",
            now('sum(kube_pod_status_phase{phase=~"Pending|Failed|Unknown"})'),
            unit="short",
            limits=[(1, "orange")],
        ),
        figure(
            "Restarts",
            "Of containers, in the dashboard's time.",
            now("sum(increase(kube_pod_container_status_restarts_total[$__range]))"),
            unit="short",
            limits=[(1, "orange")],
        ),
        figure(
            "Deployments short of replicas",
            "Wanted, and not available.",
            now("count(kube_deployment_spec_replicas - kube_deployment_status_replicas_available > 0) or vector(0)"),
            unit="short",
            limits=[(1, "red")],
        ),
        "Nodes",
        lines(
            "CPU",
            "Share of each node's cores that is busy.",
            prom('1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))', "{{instance}}"),
            unit="percentunit",
            limits=_FULL,
        ),
        lines(
            "Memory",
            "Share of each node's memory that can't be given to anybody.",
            prom("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}"),
            unit="percentunit",
            limits=_FULL,
        ),
        lines(
            "Disk",
            "The fullest file system of each node. The kubelet evicts pods at 0.9.",
            prom(
                f"max by (instance) (1 - node_filesystem_avail_bytes{_DISKS} / node_filesystem_size_bytes{_DISKS})",
                "{{instance}}",
            ),
            unit="percentunit",
            limits=_FULL,
        ),
        lines(
            "Conditions",
            "What the kubelet complains of: 0 is well, but for Ready.",
            prom('sum by (node, condition) (kube_node_status_condition{status="true"})', "{{node}} {{condition}}"),
            unit="short",
        ),
        "Namespaces",
        lines(
            "CPU by namespace",
            "Cores that are used.",
            prom(
                f"sum by (namespace) (rate(container_cpu_usage_seconds_total{{{_HERE}}}[$__rate_interval]))",
                "{{namespace}}",
            ),
            unit="short",
            links=_WAYS_ON,
        ),
        lines(
            "Memory by namespace",
            "Working sets: what the kernel can't take back.",
            prom(f"sum by (namespace) (container_memory_working_set_bytes{{{_HERE}}})", "{{namespace}}"),
            unit="bytes",
            links=_WAYS_ON,
        ),
        lines(
            "CPU requested",
            "Cores that the scheduler keeps for each namespace.",
            prom(
                'sum by (namespace) (kube_pod_container_resource_requests{resource="cpu",namespace=~"$namespace"})',
                "{{namespace}}",
            ),
            unit="short",
            links=_WAYS_ON,
        ),
        lines(
            "Memory of the largest pods",
            "Ten at most; near its limit a container is killed.",
            prom(
                f"topk(10, sum by (namespace, pod) (container_memory_working_set_bytes{{{_HERE}}}))",
                "{{namespace}}/{{pod}}",
            ),
            unit="bytes",
            links=_WAYS_ON,
        ),
        variables=[
            variable("namespace", "Of the cluster", "label_values(kube_namespace_created, namespace)", PROMETHEUS)
        ],
    )
