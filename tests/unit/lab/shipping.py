"""`ship` with commits and reverts on a real git server; a cluster is stood for here, and had in tests/cluster."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.core.errors import CommandError
from lab.core.graph import Step
from lab.core.paths import Paths
from lab.flows import ship
from lab.flows.load_limit import Limit
from lab.flows.load_report import LoadReport
from lab.flows.ship_report import Shipped
from lab.flows.verify import Verdict
from lab.tools.history import History
from lab.tools.locust import Endpoint, Measured, Plan
from tests.servers.git import TOKEN, git_server, seed


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A git server with a first version."""
    with git_server(tmp_path) as url:
        seed(url, tmp_path, {"version": "1\n"})
        yield url


class GitOps:
    """Pushes version 2; what is synced is what the branch has."""

    def __init__(self, url: str, new: str = "2\n") -> None:
        self._url, self._new = url, new

    def history(self, author: str) -> History:
        return History(self._url, TOKEN, author=author)

    def push(self, message: str) -> str:
        with self.history("lab.push") as history:
            return history.commit({"version": self._new}, message)

    def refresh(self) -> None:
        """As soon as it is asked, Argo CD runs what the branch has."""

    def running(self) -> str:
        with self.history("nobody") as history:
            return history.read("version").strip()


def judgement(reasons: list[str]) -> LoadReport:
    """Return a load's report with these reasons."""
    total = Endpoint(name="all", requests=200, failures=0, p50=0.01, p95=0.9 if reasons else 0.02, p99=1)
    return LoadReport(
        plan=Plan("mixed", 4, 20, 10), began="now", ok=not reasons, reasons=reasons,
        measured=Measured(total=total, endpoints=[], moments=[], failures=[]), ledger=None,
        limit=Limit(began=datetime.now(UTC), machine="", workers=1, reaches=1000), doubt="",
    )  # fmt: skip


type Ship = Callable[..., tuple[Shipped, GitOps]]


@pytest.fixture
def shipped(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Shipped, GitOps]]:
    """Ship version 2 to a stand-in of a cluster that is well as long as no version of `broken` runs."""

    def go(
        broken: Collection[str] = (),
        unhealthy: Collection[str] = (),
        new: str = "2\n",
        looks: Sequence[list[str]] = (),
        during: Callable[[], object] = lambda: None,
    ) -> tuple[Shipped, GitOps]:
        gitops, seen = GitOps(url, new), iter(looks)

        def sync() -> None:
            during()
            if gitops.running() in unhealthy:
                raise CommandError(("sync",), 1, why="CrashLoopBackOff", detail="")

        def judged(*_: object) -> LoadReport:
            return judgement(["P95 was 900 ms"] if gitops.running() in broken else [])

        monkeypatch.setattr(ship, "unsteady", lambda _state, _cluster: next(seen, []))
        monkeypatch.setattr(ship, "syncing", lambda *_: [Step("order", sync)])
        monkeypatch.setattr(
            "lab.flows.verify.verify", lambda _plain: Verdict(ok=True, runtime="kind", problems=[], ledger=None)
        )
        monkeypatch.setattr("lab.flows.load.judged", judged)
        rung: Any = SimpleNamespace(
            gitops=gitops, state=None, ground=SimpleNamespace(cluster=None), build=lambda _services: None
        )
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
        return ship._Shipment(Paths(tmp_path), rung, None, plain=True).go((), 10), gitops

    return go
