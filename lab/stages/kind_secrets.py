"""The namespaces, and the Secrets in them that services and datastores read, before Argo CD makes anything."""

from collections.abc import Mapping

import yaml

from lab.core.paths import Paths
from lab.core.profiles import part_of
from lab.core.secrets import Secrets
from lab.core.state import SERVICES, LabState
from lab.stages.kind_valkey import valkey_secret
from lab.tools.kubectl import Kubectl, secret
from lab.tools.localstack import CREDENTIALS


def ensure(paths: Paths, state: LabState, values: Mapping[str, Mapping[str, str]]) -> None:
    """Have the namespaces and Secrets of the lab's profile; `values` is what Secrets Manager holds."""
    passwords = {service: values[service]["database_password"] for service in SERVICES}
    manifests = [
        *_namespaces(paths, state),
        secret("data", "postgres", {**passwords, "postgres": Secrets(paths).get("postgres", "password")}),
        valkey_secret(values["notification"]["redis_password"]),
        *(secret("shop", f"{service}-service", values[service]) for service in SERVICES),
    ]
    if state.profile == "full":
        keys = {"access-key-id": CREDENTIALS["AWS_ACCESS_KEY_ID"]}
        keys |= {"secret-access-key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}
        manifests += [secret("monitoring", name, values[name]) for name in ("grafana", "pager")]
        manifests.append(secret("external-secrets", "localstack", keys))
    Kubectl(paths.kubeconfig).apply("\n---\n".join(manifests))


def _namespaces(paths: Paths, state: LabState) -> list[str]:
    """Return the namespaces of the lab's profile, which Secrets must be put into before Argo CD makes them."""
    text = (paths.checkout / "gitops" / "platform" / "cluster" / "namespaces.yaml").read_text()
    found = list(yaml.safe_load_all(text))
    wanted = [space for space in found if part_of(state.profile, space["metadata"]["labels"].get("profile", ""))]
    return [yaml.safe_dump(space) for space in wanted]
