"""What runs, and how an order, a signal and a change go through it."""

from lab.diagrams.drawing import Arrow, Box, Diagram, Frame

_SHOP = "shop"
_SIGNALS = "monitoring"
_CHANGE = "how a change gets there"

DIAGRAM = Diagram(
    "KubeFlow Ops: an order's way, its signals, and a change's way",
    boxes=(
        Box("client", 0, 0, "outside"),
        Box("order-service", 1, 0, "ours", "API, outbox relay"),
        Box("user-service", 1, 1, "ours"),
        Box("notification-service", 1, 2, "ours", "consumer"),
        Box("PostgreSQL", 2.2, 0.5, "data", "three databases; RDS"),
        Box("SQS order-queue", 2.2, 1.5, "data", "LocalStack; SQS"),
        Box("order-dlq", 2.2, 2.5, "data", "after 3 receives"),
        Box("Valkey", 0, 2, "data", "leases; ElastiCache"),
        Box("OTel Collector", 3.5, 0, "theirs", "OTLP in"),
        Box("Tempo", 4.6, 0, "theirs", "traces"),
        Box("OTel agent", 3.5, 1, "theirs", "pods' logs, events"),
        Box("Loki", 4.6, 1, "theirs", "logs"),
        Box("Prometheus", 3.5, 2, "theirs", "rules, SLOs"),
        Box("Grafana", 5.7, 1, "theirs", "reads all three"),
        Box("Alertmanager", 4.6, 2, "theirs", "groups, silences"),
        Box("pager", 5.7, 2, "ours", "Slack on EKS"),
        Box("git", 0, 3.6, "outside", "working tree, GitHub"),
        Box("Argo CD", 1, 3.6, "theirs", "app of apps"),
        Box("Kyverno", 2.2, 3.6, "theirs", "admission policies"),
        Box("External Secrets", 3.5, 3.6, "theirs", "passwords into pods"),
        Box("Secrets Manager", 4.6, 3.6, "data", "LocalStack; AWS"),
        Box("Terraform", 5.7, 3.6, "outside", "queues, secrets, IAM"),
    ),
    frames=(
        Frame(_SHOP, ("order-service", "user-service", "notification-service")),
        Frame(
            _SIGNALS,
            ("OTel Collector", "Tempo", "OTel agent", "Loki", "Prometheus", "Grafana", "Alertmanager", "pager"),
        ),
        Frame(_CHANGE, ("git", "Argo CD", "Kyverno", "External Secrets", "Secrets Manager", "Terraform")),
    ),
    arrows=(
        Arrow("client", "right", "order-service", "left", "orders"),
        Arrow("order-service", "bottom", "user-service", "top", "REST"),
        Arrow("order-service", "right", "PostgreSQL", "left", shift=(-10, -10)),
        Arrow("user-service", "right", "PostgreSQL", "left", shift=(0, 10)),
        Arrow("PostgreSQL", "bottom", "SQS order-queue", "top", "relay"),
        Arrow("SQS order-queue", "bottom", "order-dlq", "top", "poison"),
        Arrow("SQS order-queue", "left", "notification-service", "right", shift=(0, -10)),
        Arrow("notification-service", "left", "Valkey", "right"),
        Arrow("OTel Collector", "right", "Tempo", "left"),
        Arrow("OTel agent", "right", "Loki", "left"),
        Arrow("Prometheus", "right", "Alertmanager", "left", "alerts"),
        Arrow("Alertmanager", "right", "pager", "left"),
        Arrow("Tempo", "right", "Grafana", "top"),
        Arrow("Loki", "right", "Grafana", "left"),
        Arrow(_SHOP, "right", _SIGNALS, "left", "traces, logs, metrics", dashed=True, shift=(-126, -126)),
        Arrow("git", "right", "Argo CD", "left", "pull"),
        Arrow("Argo CD", "right", "Kyverno", "left", "asks"),
        Arrow("Argo CD", "top", _SHOP, "bottom", "sync, heal"),
        Arrow("External Secrets", "top", _SIGNALS, "bottom", dashed=True, shift=(0, -235.4)),
        Arrow("Secrets Manager", "left", "External Secrets", "right"),
        Arrow("Terraform", "left", "Secrets Manager", "right"),
    ),
)
