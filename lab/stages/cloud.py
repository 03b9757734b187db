"""What Terraform makes of the cloud for the kind rung, and what the services are told of it.

Values go the way they go on AWS: generated, into Secrets Manager by Terraform, out of it into the cluster's Secrets.
"""

import json
from collections.abc import Mapping

from lab.core.paths import Paths
from lab.core.secrets import Secrets
from lab.core.state import SERVICES, LabState
from lab.stages import rotated
from lab.stages.host_programs import DATABASES
from lab.stages.terraform_local import LocalCloud
from lab.stages.terraform_providers import Providers
from lab.tools.answers import expected
from lab.tools.localstack import session

_POSTGRES, _REDIS = "postgres.data.svc.cluster.local", "redis.data.svc.cluster.local"


def ensure(paths: Paths, state: LabState, providers: Providers) -> Mapping[str, Mapping[str, str]]:
    """Apply terraform/environments/local; return what Secrets Manager has for the services, Grafana and the pager."""
    outputs = LocalCloud(paths, state.aws, wanted(paths), providers).ensure()
    manager = session().client("secretsmanager", endpoint_url=state.aws)

    def read(name: str) -> dict[str, str]:
        with expected("LocalStack", "./inv lab.logs localstack"):
            answer = manager.get_secret_value(SecretId=outputs.secret_arns[name])
        value: dict[str, str] = json.loads(answer["SecretString"])
        return value

    found = {service: _database_settings(read(f"kubeflow-ops/{service}/database")) for service in SERVICES}
    redis = read("kubeflow-ops/redis")
    names = {"host": "redis_host", "port": "redis_port", "password": "redis_password"}
    found["notification"] |= {setting: redis[name] for name, setting in names.items()}
    return found | {name: read(f"kubeflow-ops/{name}") for name in ("grafana", "pager")}


def drift(paths: Paths, state: LabState, providers: Providers) -> list[str]:
    """Return the addresses that Terraform would change: none when the cloud is as it was declared."""
    return LocalCloud(paths, state.aws, wanted(paths), providers).drift()


def wanted(paths: Paths) -> dict[str, dict[str, str]]:
    """Return the secrets by name, as Secrets Manager shall hold them."""
    keep = Secrets(paths)
    secrets = {
        f"kubeflow-ops/{service}/database": {
            "host": _POSTGRES,
            "port": "5432",
            "dbname": DATABASES[service],
            "username": DATABASES[service],
            "password": keep.get(service, "database_password"),
        }
        for service in SERVICES
    }
    redis = {"host": _REDIS, "port": "6379", "password": keep.get("valkey", "password")}
    grafana = {"user": "admin", "password": keep.get("grafana", "password")}
    token = keep.get("pager", "token")
    pager = {"token": token, "accepted": token}  # what Alertmanager brings, and what the pager takes: two, for a while
    rest = {"kubeflow-ops/redis": redis, "kubeflow-ops/grafana": grafana, "kubeflow-ops/pager": pager}
    return secrets | rest | rotated.kept(paths)


def _database_settings(secret: Mapping[str, str]) -> dict[str, str]:
    names = {"host": "host", "port": "port", "dbname": "name", "username": "user", "password": "password"}
    return {f"database_{setting}": secret[name] for name, setting in names.items()}
