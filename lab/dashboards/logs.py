"""Kubernetes' events and every pod's log, from Loki."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from lab.dashboards.parts import LOKI, board, lines, link, log, log_lines, variable

UID = "kubeflow-ops-logs"
_EVENTS = '{service_name="kubernetes-events",k8s_namespace_name=~"$namespace"}'
# Loki wants one matcher that nothing does not fulfil: a pod's name, which events lack.
_PODS = '{k8s_pod_name=~".+",k8s_namespace_name=~"$namespace",k8s_deployment_name=~"$workload"}'
_OF_NAMESPACE = '{k8s_pod_name=~".+",k8s_namespace_name=~"$namespace"}'
_TRACES = [link("Traces", "kubeflow-ops-traces")]


def count(by: str, selector: str) -> str:
    """Return how many lines came, a series for each value of the labels `by`."""
    return f"sum by ({by}) (count_over_time({selector} [$__auto]))"


def labels(name: str, stream: str) -> dict[str, object]:
    """Return the query of a variable, as Loki's datasource keeps it: the values of a label."""
    return {"label": name, "stream": stream, "type": 1, "refId": "LokiVariableQueryEditor-VariableQuery"}


def build() -> Dashboard:
    """Return the dashboard. Lines are counted by what all have, so that no trouble is a line at 0 beside the others."""
    return board(
        UID,
        "Kubernetes events and logs",
        "What did Kubernetes do, and what did the programs say?",
        "Events",
        lines(
            "Events by type",
            "Warning: something was refused, killed, or could not be started.",
            log(count("type", _EVENTS), "{{type}}"),
            unit="short",
        ),
        lines("Events by reason", "What Kubernetes did.", log(count("reason", _EVENTS), "{{reason}}"), unit="short"),
        log_lines("Events", "The newest first; open one for the object that it is about.", log(_EVENTS)),
        "Logs",
        lines(
            "Lines by workload",
            "Who talks. A workload that suddenly says much more, or nothing, is worth a look.",
            log(count("k8s_deployment_name", _PODS), "{{k8s_deployment_name}}"),
            unit="short",
            links=_TRACES,
        ),
        lines(
            "Lines by level",
            "As the lines say themselves.",
            log(count("detected_level", _PODS), "{{detected_level}}"),
            unit="short",
            links=_TRACES,
        ),
        log_lines("Logs", "The newest first; open one for its trace.", log(f"{_PODS} |= `$text`")),
        variables=[
            variable(
                "namespace",
                "Of the pod, or of what an event is about",
                labels("k8s_namespace_name", ""),
                LOKI,
            ),
            variable("workload", "A Deployment", labels("k8s_deployment_name", _OF_NAMESPACE), LOKI),
        ],
        search="text",
    )
