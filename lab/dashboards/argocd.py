"""Argo CD: is what is in git what runs, and how soon?"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from lab.dashboards.parts import board, figure, lines, link, listing, now, prom, rows

UID = "kubeflow-ops-argocd"
_LOGS = [link("Logs of Argo CD", "kubeflow-ops-logs", namespace="argocd")]
_ZERO = (
    "sum by (name) (argocd_app_info) * 0"  # for each Application that has not been synced since the controller began
)


def build() -> Dashboard:
    """Return the dashboard."""
    syncs = "sum by (name, phase) (increase(argocd_app_sync_total[$__range]))"
    seconds = "sum by (name) (argocd_app_sync_duration_seconds_total) / sum by (name) (argocd_app_sync_total)"
    return board(
        UID,
        "Argo CD",
        "Is what is in git what runs in the cluster, and how soon after a push?",
        figure("Applications", "That Argo CD knows.", now("count(argocd_app_info)"), unit="short"),
        figure(
            "Not synced",
            "What runs is not what is in git.",
            now('count(argocd_app_info{sync_status!="Synced"}) or vector(0)'),
            unit="short",
            limits=[(1, "orange")],
        ),
        figure(
            "Not healthy",
            "Progressing for minutes, degraded or missing.",
            now('count(argocd_app_info{health_status!="Healthy"}) or vector(0)'),
            unit="short",
            limits=[(1, "red")],
        ),
        figure(
            "Syncs that failed",
            "In the dashboard's time.",
            now('sum(increase(argocd_app_sync_total{phase=~"Error|Failed"}[$__range])) or vector(0)'),
            unit="short",
            limits=[(1, "red")],
        ),
        "Applications",
        listing(
            "Every Application",
            "As it is now.",
            rows("sum by (name, project, dest_namespace, sync_status, health_status) (argocd_app_info)"),
            hide="Value",
        ),
        lines(
            "By sync",
            "OutOfSync between a push and its sync, and no longer.",
            prom("count by (sync_status) (argocd_app_info)", "{{sync_status}}"),
            unit="short",
            links=_LOGS,
            span=6,
        ),
        lines(
            "By health",
            "As Argo CD judges the resources of each Application.",
            prom("count by (health_status) (argocd_app_info)", "{{health_status}}"),
            unit="short",
            links=_LOGS,
            span=6,
        ),
        "Syncs",
        lines(
            "Syncs",
            "That ended, by Application and outcome.",
            prom(syncs, "{{name}} {{phase}}"),
            unit="short",
            links=_LOGS,
        ),
        lines(
            "Time of a sync",
            "Mean of each Application since the controller began, hooks and waves included.",
            prom(f"({seconds}) or {_ZERO}", "{{name}}"),
            unit="s",
            links=_LOGS,
        ),
        lines(
            "Time of a comparison",
            "Of git with the cluster. Slow ones: the repo-server or the API has too much to do.",
            *(
                prom(
                    f"histogram_quantile({share}, sum by (le) (rate(argocd_app_reconcile_bucket[$__rate_interval])))",
                    f"p{share * 100:.0f}",
                )
                for share in (0.5, 0.95)
            ),
            unit="s",
            links=_LOGS,
        ),
        lines(
            "Questions to git",
            "fetch brings a revision, ls-remote asks whether there is a new one.",
            prom("sum by (request_type) (rate(argocd_git_request_total[$__rate_interval]))", "{{request_type}}"),
            unit="reqps",
            links=_LOGS,
        ),
    )
