"""A lab of which nothing runs any more: it does not come up on what others listen on, or are about to."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.checks import smoke
from lab.core.config import Config
from lab.core.errors import UsageError
from lab.core.graph import Step
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState, save
from lab.flows import up as flow
from lab.stages.host import HostRung
from lab.tools import ports
from lab.tools.claims import Claims

NAMES = (*(f"{name}-service" for name in SERVICES), "localstack", "postgres", "redis", "supervisor")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    paths = Paths(tmp_path)
    monkeypatch.setattr(flow, "Paths", lambda: paths)
    monkeypatch.setenv(ports.MARK, "")  # lab.up sets it
    return paths


@pytest.fixture
def state(paths: Paths) -> LabState:
    """A lab on the host rung, as one remembers it whose machine was restarted."""
    order, user, notification, localstack, postgres, redis, supervisor = ports.free_ports(7)
    services = {"order": order, "user": user, "notification": notification}
    state = LabState(
        runtime="host", lab_id=paths.lab_id, services=services, localstack=localstack, postgres=postgres, redis=redis,
        supervisor=supervisor,
    )  # fmt: skip
    save(paths.run, state)
    return state


@pytest.fixture(params=NAMES)
def held(request: pytest.FixtureRequest, state: LabState) -> Iterator[str]:
    """What the port is called that somebody else holds."""
    numbers = {f"{name}-service": port for name, port in state.services.items()} | state.servers
    with socket.socket() as server:
        server.bind(("127.0.0.1", numbers[request.param]))  # without listen: who asks it is refused at once
        yield f"port {numbers[request.param]} of {request.param}"


def test_a_port_that_somebody_took_is_named_with_its_holder(paths: Paths, state: LabState, held: str) -> None:
    supervise = next(step for step in HostRung(paths, state).steps() if step.name == "supervisor")
    with pytest.raises(UsageError) as caught:
        supervise.run()
    assert caught.value.what == f"{held} is taken"
    assert "./inv lab.down, ./inv lab.up" in caught.value.fix
    assert not paths.logs.exists(), "nothing was begun"


class _Rung:
    def steps(self) -> list[Step]:
        return []


def test_a_port_that_a_rising_lab_claims_is_left_to_it(
    paths: Paths, state: LabState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "rung_of", lambda *_: _Rung())
    monkeypatch.setattr(smoke, "send_order", lambda _: None)
    with Claims() as rising:
        assert rising.take(state.services["user"])
        with pytest.raises(UsageError) as caught:
            flow.up(None, None, plain=True, config=Config())
        assert f"port {state.services['user']}" in caught.value.what
        with socket.create_server(("127.0.0.1", state.services["user"])):  # as of this lab, which is up
            flow.up(None, None, plain=True, config=Config())
    flow.up(None, None, plain=True, config=Config())
