"""`ship` with commits and reverts on a real git server; a cluster is stood for here, and had in tests/cluster."""

import os
import re
import signal
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from lab.core import stop
from lab.core.errors import CommandError, Interrupted, StepError, UsageError
from lab.core.graph import Step
from lab.core.paths import Paths
from lab.core.say import Listener, listening
from lab.flows import quality, ship
from lab.flows.load import LoadReport
from lab.flows.load_limit import Limit
from lab.flows.ship_report import Shipped, render
from lab.flows.verify import Verdict
from lab.tools import trivy
from lab.tools.history import History
from lab.tools.locust import Endpoint, Measured, Plan
from tests.servers.git import TOKEN, git_server, seed

_TRIVY = """#!/bin/sh
test -f trivy.yaml || exit 66
echo "$*" >> "$LOG"
case "$1 $3 $4 $5" in
  "fs --config trivy.yaml --quiet") exit 0 ;;
  "image --config trivy.yaml --quiet") echo "CVE-2026-0001"; exit 1 ;;
  *) exit 64 ;;
esac
"""


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


type Ship = Callable[..., tuple[Shipped, GitOps]]


def test_what_is_well_stays(shipped: Ship) -> None:
    made, gitops = shipped()
    assert (made.reasons, made.reverted, gitops.running()) == ([], "", "2")
    assert "the SLOs held" in made.words


def test_a_pod_that_is_just_ending_does_not_keep_it_from_being_shipped(shipped: Ship) -> None:
    made, gitops = shipped(looks=[["user-service is not ready: 503"]])
    assert (made.ok, gitops.running()) == (True, "2")


def test_a_lab_that_is_not_well_is_not_shipped_to(shipped: Ship, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ship, "_SETTLES", 0)
    with pytest.raises(StepError) as refused:
        shipped(looks=[["user-service is not ready: 503"]] * 3)
    assert "user-service is not ready: 503" in refused.value.words


def test_what_breaks_an_slo_is_reverted_and_what_was_before_is_proven_again(shipped: Ship) -> None:
    made, gitops = shipped(broken={"2"})
    assert (made.reasons, made.after_reasons, gitops.running()) == (["P95 was 900 ms"], [], "1")
    with gitops.history("nobody") as history:
        assert [one.id for one in history.commits()] == [made.reverted, made.commit, made.before]
        assert history.commits(1)[0].subject == 'Revert "Ship all services"'
    assert "rolled back" in made.words
    assert "hold again" in made.words


def test_what_does_not_start_is_reverted(shipped: Ship) -> None:
    made, gitops = shipped(unhealthy={"2"})
    assert "CrashLoopBackOff" in made.reasons[0]
    assert (made.after_reasons, gitops.running()) == ([], "1")


@pytest.fixture(autouse=True)
def _going_on() -> Iterator[None]:
    yield
    stop.clear()


def ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    stop.pause(10)


def test_what_was_interrupted_before_it_was_proven_is_reverted(
    shipped: Ship, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshed: list[str] = []
    monkeypatch.setattr(GitOps, "refresh", lambda self: refreshed.append(self.running()))
    with pytest.raises(Interrupted):
        shipped(during=ctrl_c)
    assert (GitOps(url).running(), refreshed) == ("1", ["1"])
    with GitOps(url).history("nobody") as history:
        assert [one.subject for one in history.commits(2)] == ['Revert "Ship all services"', "Ship all services"]


def test_a_push_that_arrived_though_it_was_interrupted_is_reverted(
    shipped: Ship, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = GitOps.push

    def cut_off(self: GitOps, message: str) -> str:
        push(self, message)
        ctrl_c()
        return "never"

    monkeypatch.setattr(GitOps, "push", cut_off)
    with pytest.raises(Interrupted):
        shipped()
    assert GitOps(url).running() == "1"


@pytest.mark.parametrize("new", ["1\n", "2\n"])
def test_an_interrupted_way_back_and_what_is_not_new_are_left(shipped: Ship, url: str, new: str) -> None:
    calm = iter([lambda: None] if new == "2\n" else [])

    def during() -> None:
        next(calm, ctrl_c)()

    with pytest.raises(Interrupted):
        shipped(broken={"2"}, new=new, during=during)
    stop.clear()
    assert GitOps(url).running() == "1"


def test_a_way_back_that_does_not_help_is_told(shipped: Ship) -> None:
    made, _ = shipped(broken={"1", "2"})
    assert made.after_reasons == ["P95 was 900 ms"]
    assert "not all is well yet" in made.words
    console = Console(width=200)
    with console.capture() as told:
        console.print(render(made))
    assert re.search("still not well .* P95 was 900 ms", told.get())


def test_where_nothing_is_new_nothing_is_reverted(shipped: Ship) -> None:
    made, gitops = shipped(broken={"1"}, new="1\n")
    assert (made.reverted, gitops.running()) == ("", "1")
    assert "nothing new to take back" in made.words


def test_a_lab_that_is_not_well_gets_nothing_new(shipped: Ship, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    def unwell(self: object) -> None:
        raise UsageError("not steady")

    monkeypatch.setattr(ship._Shipment, "_steady", unwell)
    with pytest.raises(StepError, match="not steady"):
        shipped()
    assert GitOps(url).running() == "1"


def test_trivy_is_asked_by_the_file_that_ci_has_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trivy").write_text(_TRIVY)
    (tmp_path / "trivy").chmod(0o755)
    (tmp_path / "trivy.yaml").touch()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    assert trivy.there()
    trivy.tree(tmp_path)
    with pytest.raises(CommandError) as caught:
        trivy.image("kubeflow-ops/order-service:local", tmp_path)
    assert "CVE-2026-0001" in caught.value.detail
    assert [line.split()[1] for line in (tmp_path / "log").read_text().splitlines()] == [
        ".",
        "kubeflow-ops/order-service:local",
    ]


def test_a_ship_that_was_not_scanned_says_so(shipped: Ship) -> None:
    made, _ = shipped()
    assert made.scanned is False
    cells = [str(cell) for column in render(made).columns for cell in column.cells]  # type: ignore[union-attr] # a table
    assert "no: trivy is not on PATH" in cells


def test_the_report_tells_the_way_there_and_back(shipped: Ship, tmp_path: Path) -> None:
    made, _ = shipped(broken={"2"})
    page = (tmp_path / made.html).read_text()
    for words in (made.words, "P95 was 900 ms", "Under load, after the way back", "back: order"):
        assert words in page
    assert Shipped.model_validate_json((tmp_path / made.html).with_suffix(".json").read_text()) == made


def test_a_suites_percents_are_its_progress() -> None:
    seen: list[float] = []
    with listening(Listener(lambda _text: None, lambda done, _total: seen.append(done))):
        for line in ("tests/unit/test_one.py ....   [  7%]", "a line of a test [50", "..... [100%]"):
            quality._far(line)
    assert seen == [7, 100]


@pytest.mark.parametrize(
    ("service", "levels", "seconds", "words"),
    [("payment", (), 30, "no service"), (None, ("all",), 30, "no level"), (None, (), 9, "--time 9")],
)
def test_what_can_not_be_meant_is_refused(
    service: str | None, levels: tuple[str, ...], seconds: int, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        ship.ship(service, levels, seconds, plain=True)
