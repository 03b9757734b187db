"""docker-compose.yml as it is resolved: what every container must and must not have."""

import json
from typing import Any

import pytest
import yaml

from lab.core import proc
from lab.core.paths import CHECKOUT

FILE = CHECKOUT / "docker-compose.yml"
OURS = ("order", "user", "notification", "migrate-order", "migrate-user", "migrate-notification")
type Services = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def services() -> Services:
    resolved: Services = yaml.safe_load(FILE.read_text())["services"]
    return resolved


def test_everything_published_is_on_127_0_0_1(services: Services) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert len(published) == 4  # three services, and LocalStack for lab.verify
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_no_image_is_latest_or_untagged(services: Services) -> None:
    for name, service in services.items():
        tag = service["image"].rpartition(":")[2]
        assert tag not in {"latest", service["image"]}, name


def test_every_container_gave_up_capabilities_and_new_privileges(services: Services) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "privileged" not in service, name


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_a_read_only_root_and_no_capability(services: Services, name: str) -> None:
    assert services[name]["read_only"] is True
    assert "cap_add" not in services[name]


def test_no_password_is_written_down(services: Services) -> None:
    values = [(k, str(v)) for s in services.values() for k, v in (s.get("environment") or {}).items()]
    named = [(k, v) for k, v in values if "PASSWORD" in k or "SECRET" in k]
    assert {k for k, _ in named} == {"POSTGRES_PASSWORD_FILE", "ROLE_PASSWORDS", "SECRETS_DIR", "AWS_SECRET_ACCESS_KEY"}
    assert all(v == "test" for k, v in named if k == "AWS_SECRET_ACCESS_KEY")  # LocalStack takes any
    assert all(v.startswith("/secrets") for k, v in named if k != "AWS_SECRET_ACCESS_KEY")


def test_services_start_after_their_migration_and_no_migration_before_the_database(services: Services) -> None:
    for name in ("order", "user", "notification"):
        assert services[name]["depends_on"][f"migrate-{name}"] == {"condition": "service_completed_successfully"}
        assert services[f"migrate-{name}"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", [*OURS, "localstack"])
def test_no_container_asks_another_or_itself_through_a_proxy(services: Services, name: str) -> None:
    """Docker gives every container the proxies of ~/.docker/config.json; these settings win over its own."""
    environment = services[name]["environment"]
    assert (environment["NO_PROXY"], environment["no_proxy"]) == ("*", "*")


@pytest.mark.docker
def test_compose_itself_accepts_the_file() -> None:
    done = proc.run(["docker", "compose", "config", "--format", "json"], cwd=CHECKOUT, timeout=60)
    assert set(json.loads(done.stdout)["services"]) >= {"order", "user", "notification"}
