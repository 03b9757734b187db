"""A pager that serves, and what Alertmanager sends to one."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from lab.core.wait import wait
from lab.pager.app import application
from lab.pager.inbox import Inbox
from lab.pager.payload import Notification
from lab.tools.ports import free_ports

STARTED = "2026-11-25T10:00:00.123456789Z"


def alert(name: str = "HighErrorRate", status: str = "firing", **more: Any) -> dict[str, Any]:
    labels = {"alertname": name, "severity": "page", "owner": "shop", "service": "order"}
    annotations = {"summary": "orders fail", "runbook_url": "https://example.org/runbook#high-error-rate"}
    ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-25T10:05:00Z"
    known = {"status": status, "labels": labels, "annotations": annotations, "startsAt": STARTED, "endsAt": ends}
    return {**known, "generatorURL": "http://prometheus/graph", "fingerprint": f"of-{name}", **more}


def notification(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    known = {"version": "4", "groupKey": '{}:{alertname="HighErrorRate"}', "status": "firing", "receiver": "page"}
    return {**known, "truncatedAlerts": 0, "groupLabels": {}, "alerts": list(alerts or [alert()]), **more}


def sent(*alerts: dict[str, Any], **more: Any) -> Notification:
    return Notification.model_validate(notification(*alerts, **more))


@dataclass(frozen=True)
class Running:
    """A pager that serves, and its folder."""

    client: httpx.Client
    folder: Path
    inbox: Inbox

    def told(self, *alerts: dict[str, Any], **more: Any) -> httpx.Response:
        return self.client.post("/webhook", json=notification(*alerts, **more))

    def items(self, **wanted: str) -> list[dict[str, Any]]:
        answer = self.client.get("/deliveries", params=wanted)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return found


@pytest.fixture
def pager(tmp_path: Path) -> Iterator[Running]:
    port, inbox = free_ports(1)[0], Inbox(tmp_path / "data")
    config = uvicorn.Config(application(inbox, tmp_path / "token"), port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait("the pager", lambda: server.started, bool, delay=0.01)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield Running(client, tmp_path, inbox)
    server.should_exit = True
    thread.join(timeout=5)
