"""Every dashboard there is, and the files that they make."""

import json
from collections.abc import Callable

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from lab.dashboards import argocd, cluster, logs, objectives, queues, scaling, services, traces

FOLDER = "gitops/platform/dashboards"
DASHBOARDS: dict[str, Callable[[], Dashboard]] = {
    "argocd": argocd.build,
    "cluster": cluster.build,
    "logs": logs.build,
    "objectives": objectives.build,
    "queues": queues.build,
    "scaling": scaling.build,
    "services": services.build,
    "traces": traces.build,
}
_KUSTOMIZATION = """\
# Made by `./inv gitops.dashboards` from lab/dashboards, as is all beside it: change it there.
# Grafana's sidecar loads every ConfigMap that has the label grafana_dashboard.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: monitoring
generatorOptions:
  disableNameSuffixHash: true
  labels:
    grafana_dashboard: "1"
    app: dashboards
    app.kubernetes.io/part-of: kubeflow-ops
    team: platform
    env: every
  annotations: {{grafana_folder: KubeFlow Ops}}
configMapGenerator:
{maps}"""


def files() -> dict[str, str]:
    """Return what gitops/platform/dashboards holds: each file's text by its name. The same code makes the same text."""
    made = {f"{name}.json": _json(build()) for name, build in DASHBOARDS.items()}
    maps = (f"  - {{name: dashboard-{name}, files: [{name}.json]}}\n" for name in sorted(DASHBOARDS))
    return {"kustomization.yaml": _KUSTOMIZATION.format(maps="".join(maps)), **made}


def _json(dashboard: Dashboard) -> str:
    return json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
