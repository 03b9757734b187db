"""What runs beside the cluster, on its network: the lab's registry, and LocalStack."""

from collections.abc import Callable

from lab.core.state import LabState
from lab.core.wait import wait
from lab.stages.kind_mirrors import REGISTRY_HOST
from lab.tools import containers, localstack
from lab.tools.containers import Spec
from lab.tools.registry import Registry

_LOCALSTACK = {
    "SERVICES": "sqs,secretsmanager,s3,iam,sts",
    "DISABLE_EVENTS": "1",
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "DNS_ADDRESS": "0",  # its own name server, which nobody here asks, looks for one on the internet
}
_AWS_HOSTS = ("", "sqs.us-east-1.", "s3.", "secretsmanager.us-east-1.", "sts.us-east-1.", "iam.")


def ensure_registry(state: LabState, image: str) -> None:
    """The registry; its volume outlives lab.down, so that nothing is fetched twice."""
    name = f"{state.name}-registry"
    spec = Spec(
        name,
        image,
        state.name,
        aliases=[REGISTRY_HOST],
        publish={state.registry: 5000},
        volumes={name: "/var/lib/registry"},
        env={"REGISTRY_STORAGE_DELETE_ENABLED": "true", "OTEL_TRACES_EXPORTER": "none"},
        options=["--read-only", "--memory", "256m"],
    )
    containers.ensure_volume(name, state.lab_id)
    containers.ensure(spec, state.lab_id)
    _answers(name, Registry(state.registry).answers)


def ensure_localstack(state: LabState, image: str) -> None:
    """LocalStack as localhost.localstack.cloud, which for the host is 127.0.0.1 by public DNS: one name for all."""
    name = f"{state.name}-localstack"
    spec = Spec(
        name,
        image,
        state.name,
        aliases=[f"{host}localhost.localstack.cloud" for host in _AWS_HOSTS],
        publish={state.localstack: 4566},
        env=_LOCALSTACK,
        options=[
            "--memory",
            "1g",
            *(f"--cap-add={c}" for c in ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")),
        ],
    )
    containers.ensure(spec, state.lab_id)
    _answers(name, lambda: localstack.answers(state.aws))


def _answers(container: str, look: Callable[[], str]) -> None:
    wait(
        container,
        look,
        lambda missing: not missing,
        error=lambda _: containers.exited(container),
        explain=lambda _: "it does not answer yet",
        delay=0.2,
        timeout=90,
        fix=f"docker logs {container}",
    )
