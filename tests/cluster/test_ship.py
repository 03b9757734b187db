"""The pipeline on the lab: what is good is shipped; what breaks an SLO, or does not start, is taken back by itself."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.flows.ship_report import Shipped
from lab.tools.cluster import Cluster
from lab.tools.history import History
from tests.cluster.conftest import figure
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]
SHIP = ("ship", "--skip-tests", "--time", "20s", "--plain", "--service")
_SHIPPED = '\n\n@router.get("/now/shipped")\nasync def shipped() -> str:\n    return "MARK"\n'
_READ = '    """Return one order; a cancelled one too."""\n'
_SLOW = f"{_READ}    await __import__('asyncio').sleep(0.8)\n"


@pytest.fixture
def routes(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The routes of a service, for the test to change; they are put back, and so is what runs."""
    service = str(request.param)
    file = lab.checkout / "services" / service / "routes.py"
    before = file.read_text()
    yield file
    file.write_text(before)
    lab.run("lab.push", "--service", service, "--plain", timeout=600)


def report(lab: Lab) -> Shipped:
    return Shipped.model_validate(json.loads((lab.paths.reports / "ship-latest.json").read_text()))


def images(cluster: Cluster, service: str) -> set[str]:
    """Return what the pods of a service run."""
    pods = cluster.items("/api/v1/namespaces/shop/pods", labelSelector=f"app={service}-service")
    return {c["image"] for pod in pods if "deletionTimestamp" not in pod["metadata"] for c in pod["spec"]["containers"]}


@pytest.mark.parametrize("routes", ["user"], indirect=True)
def test_a_good_change_is_shipped(lab: Lab, routes: Path) -> None:
    mark = str(time.time())
    routes.write_text(routes.read_text() + _SHIPPED.replace("MARK", mark))
    began = time.monotonic()
    lab.run(*SHIP, "user", timeout=900)
    figure("a change is shipped and judged for 20 s, s", time.monotonic() - began)
    made = report(lab)
    assert (made.reasons, made.reverted) == ([], "")
    assert made.commit != made.before
    answer = httpx.get(f"{lab.up_state().url('user')}/users/now/shipped", timeout=10, trust_env=False)
    assert answer.json() == mark


@pytest.mark.parametrize("routes", ["order"], indirect=True)
@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [(_READ, _SLOW, "P95 was"), ("import hashlib\n", "import hashlib\nimport not_there\n", "step order failed")],
    ids=["too slow", "does not start"],
)
def test_a_bad_change_is_taken_back_by_itself(
    lab: Lab, cluster: Cluster, routes: Path, good: str, bad: str, words: str
) -> None:
    before = images(cluster, "order")
    text = routes.read_text()
    assert good in text
    routes.write_text(text.replace(good, bad, 1))
    began = time.monotonic()
    done = lab.run(*SHIP, "order", check=False, timeout=1200)
    figure("a bad change is shipped, found and taken back, s", time.monotonic() - began)
    made = report(lab)
    assert done.code == 1
    assert words in " ".join(made.reasons)
    assert made.after_reasons == []
    assert images(cluster, "order") == before
    with History(f"http://127.0.0.1:{lab.up_state().git}/lab.git", author="nobody") as history:
        newest, older = history.commits(2)
    assert (newest.id, older.id) == (made.reverted, made.commit)
    assert newest.subject.startswith("Revert ")
