"""Servers in containers, through testcontainers; the images are those of docker-compose.yml."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import yaml
from testcontainers.core.container import DockerContainer

from lab.core.paths import CHECKOUT
from lab.core.wait import wait
from lab.tools import localstack, ports, valkey
from tests.servers.model import Servers

os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"  # one image less to have; the fixture removes what it starts
_PASSWORD = "for-tests-only"


@contextmanager
def containers() -> Iterator[Servers]:
    """Start the three servers, wait until they answer, remove them at the end."""
    images = {name: service["image"] for name, service in _compose().items() if "image" in service}
    pg_port, valkey_port, aws_port = ports.free_ports(3)
    postgres = DockerContainer(images["postgres"]).with_env("POSTGRES_PASSWORD", _PASSWORD)
    redis = DockerContainer(images["redis"]).with_command(["valkey-server", "--requirepass", _PASSWORD])
    aws = DockerContainer(images["localstack"]).with_env("SERVICES", "sqs").with_env("DISABLE_EVENTS", "1")
    hooks = CHECKOUT / "lab" / "embedded" / "ready.d"
    aws = aws.with_volume_mapping(str(hooks), "/etc/localstack/init/ready.d", "ro")
    with ExitStack() as stack:
        for container, inside, outside in (
            (postgres, 5432, pg_port),
            (redis, 6379, valkey_port),
            (aws, 4566, aws_port),
        ):
            container.ports[f"{inside}/tcp"] = ("127.0.0.1", outside)  # type: ignore[assignment] # docker takes an address too
            stack.enter_context(container)
        servers = Servers("containers", pg_port, _PASSWORD, valkey_port, _PASSWORD, f"http://127.0.0.1:{aws_port}")
        wait("valkey", partial(valkey.look, valkey_port, _PASSWORD), lambda why: not why, timeout=60)
        wait("postgres", partial(_postgres, postgres), lambda why: not why, timeout=60)
        wait("localstack", partial(localstack.look, servers.aws), lambda why: not why, timeout=90)
        yield servers


def _postgres(container: DockerContainer) -> str:
    seen = container.exec(["pg_isready", "-h", "127.0.0.1"])
    return "" if seen.exit_code == 0 else seen.output.decode()


def _compose() -> dict[str, dict[str, str]]:
    services: dict[str, dict[str, str]] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
    return services
