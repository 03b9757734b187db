"""Proxies and profiles of the user's shell are for AWS: what is on this machine is asked directly."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ProxyConnectionError

from lab.core.paths import CHECKOUT
from lab.tools import aws, localstack
from lab.tools.aws_emulator import Emulator
from lab.tools.cluster import Cluster
from services.common.settings import QueueSettings
from services.common.sqs import Queue
from tests.serving import Asked, serving


@pytest.fixture(autouse=True)
def proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call has to pass a proxy that does not answer."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.fixture
def asked() -> Iterator[tuple[str, list[Asked]]]:
    """An endpoint that answers everything, and what it was asked."""
    seen: list[Asked] = []

    def answer(request: Asked) -> tuple[int, bytes]:
        seen.append(request)
        return (
            200,
            b'{"SecretList": [], "QueueUrl": "http://127.0.0.1/q", "Attributes": {"QueueArn": "a"}, "items": []}',
        )

    with serving(answer) as port:
        yield f"http://127.0.0.1:{port}", seen


def test_localstack_is_asked_directly(asked: tuple[str, list[Asked]]) -> None:
    endpoint, seen = asked
    localstack.session().client("secretsmanager", endpoint_url=endpoint).list_secrets()
    assert len(seen) == 1


def test_a_profile_that_is_not_here_is_none_of_localstacks_business(
    asked: tuple[str, list[Asked]], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, seen = asked
    monkeypatch.setenv("AWS_PROFILE", "of-another-project")
    localstack.session().client("secretsmanager", endpoint_url=endpoint).list_secrets()
    assert len(seen) == 1


def test_the_emulator_of_aws_is_asked_directly(asked: tuple[str, list[Asked]], tmp_path: Path) -> None:
    endpoint, seen = asked
    session = Emulator(endpoint, tmp_path).session("eu-central-1")
    client = session.client("secretsmanager", endpoint_url=endpoint)
    client.list_secrets()
    assert len(seen) == 1
    assert "Credential=rehearsal/" in seen[0].headers["Authorization"]
    assert "/eu-central-1/" in seen[0].headers["Authorization"]


def test_the_cluster_is_asked_directly(asked: tuple[str, list[Asked]], tmp_path: Path) -> None:
    endpoint, seen = asked
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(_kubeconfig(endpoint)))
    assert Cluster(file).items("/api/v1/namespaces") == []
    assert [request.url.path for request in seen] == ["/api/v1/namespaces"]


def _kubeconfig(server: str) -> dict[str, Any]:
    return {
        "current-context": "lab",
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
        "clusters": [{"name": "lab", "cluster": {"server": server}}],
        "users": [{"name": "lab", "user": {"token": "x"}}],
    }


def test_services_ask_an_emulator_of_sqs_directly(asked: tuple[str, list[Asked]]) -> None:
    endpoint, seen = asked
    _queue(aws_endpoint_url=endpoint)._queue_url()
    assert len(seen) == 1


def test_services_ask_aws_through_the_proxy() -> None:
    with pytest.raises(ProxyConnectionError):
        _queue()._queue_url()


def test_an_account_of_aws_is_asked_through_the_proxy() -> None:
    with pytest.raises(ProxyConnectionError):
        aws.session("us-east-1").client("sts").get_caller_identity()


def _queue(**given: str) -> Queue:
    unused = dict.fromkeys(("database_host", "database_name", "database_user", "database_password"), "x")
    return Queue(QueueSettings.model_validate({**unused, **given}), "order-queue", 1)


def test_localstacks_own_hook_asks_directly(asked: tuple[str, list[Asked]], monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint, seen = asked
    monkeypatch.setenv("GATEWAY_LISTEN", endpoint.removeprefix("http://"))
    runpy.run_path(str(CHECKOUT / "lab" / "embedded" / "ready.d" / "queues.py"))
    assert len(seen) == 3
