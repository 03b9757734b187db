"""HorizontalPodAutoscalers: what they see, what they want, what they got."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from lab.dashboards.parts import PROMETHEUS, board, figure, lines, link, now, prom, variable

UID = "kubeflow-ops-scaling"
_CHOSEN = 'horizontalpodautoscaler=~"$autoscaler"'
_PODS = 'namespace="shop",pod=~"($autoscaler)-.*"'  # an autoscaler is called as what it scales
_WAYS_ON = [link("Logs of this workload", "kubeflow-ops-logs", workload="${__field.labels.horizontalpodautoscaler}")]


def of_each(metric: str, *more: str) -> str:
    """Return a metric of kube-state-metrics, a series for each autoscaler."""
    return f"max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_{metric}{{{','.join((_CHOSEN, *more))}}})"


def build() -> Dashboard:
    """Return the dashboard."""
    name, utilization = "{{horizontalpodautoscaler}}", ('metric_name="cpu"', 'metric_target_type="utilization"')
    return board(
        UID,
        "Autoscaling",
        "Do the services get the pods that their load needs, and when?",
        figure(
            "Replicas",
            "That run now, by what scales them.",
            now(of_each("status_current_replicas"), name),
            unit="short",
            span=12,
        ),
        figure(
            "At the limit",
            "1: more are wanted than the autoscaler may have, or fewer. At the lower end that is rest.",
            now(of_each("status_condition", 'condition="ScalingLimited"', 'status="true"'), name),
            unit="short",
            limits=[(1, "yellow")],
            span=12,
        ),
        "Replicas",
        lines(
            "Current and desired",
            "A gap that stays: no room on the nodes, or pods that don't get ready.",
            prom(of_each("status_current_replicas"), f"{name} current"),
            prom(of_each("status_desired_replicas"), f"{name} desired"),
            unit="short",
            links=_WAYS_ON,
        ),
        lines(
            "Bounds",
            "Between them the autoscaler is free.",
            prom(of_each("spec_min_replicas"), f"{name} min"),
            prom(of_each("spec_max_replicas"), f"{name} max"),
            unit="short",
        ),
        "CPU",
        lines(
            "CPU against target",
            "Percent of what the pods request, as the autoscaler sees it; above the target it adds pods.",
            prom(of_each("status_target_metric", *utilization), f"{name} now"),
            prom(of_each("spec_target_metric", *utilization), f"{name} target"),
            unit="percent",
            links=_WAYS_ON,
        ),
        lines(
            "CPU of each pod",
            "Cores that are used. One pod far above the others: the load is not spread.",
            prom(
                f'sum by (pod) (rate(container_cpu_usage_seconds_total{{{_PODS},container!=""}}[$__rate_interval]))',
                "{{pod}}",
            ),
            unit="short",
        ),
        lines(
            "Requests a second and pod",
            "What one pod carries: the figure to size by.",
            prom(
                "sum by (service) (rate(http_requests_total[$__rate_interval]))"
                " / count by (service) (count by (service, pod) (http_requests_total))",
                "{{service}}",
            ),
            unit="reqps",
            links=[link("Services", "kubeflow-ops-services", service="${__field.labels.service}")],
        ),
        lines(
            "Pods ready",
            "By workload; new ones count once they are.",
            prom(
                "sum by (deployment) "
                '(kube_deployment_status_replicas_ready{namespace="shop",deployment=~"$autoscaler"})',
                "{{deployment}}",
            ),
            unit="short",
        ),
        variables=[
            variable(
                "autoscaler",
                "And what it scales",
                "label_values(kube_horizontalpodautoscaler_spec_max_replicas, horizontalpodautoscaler)",
                PROMETHEUS,
            )
        ],
    )
