"""What a run in the cluster is made of, and how its files come back."""

import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.checks import objectives
from lab.core import proc, stop
from lab.core.errors import LabError, UsageError
from lab.core.paths import CHECKOUT, Paths
from lab.core.say import Listener, listening
from lab.core.state import LabState, save
from lab.flows import load, load_plan
from lab.flows.load_report import LoadReport
from lab.stages.kind_load import manifests, of_workers, unpack
from lab.tools import locust
from lab.tools.locust_figures import Generator
from tests.unit.lab.test_load import GOOD, measured

IMAGE = f"registry.kubeflow-ops.local/load-generator@sha256:{'a' * 64}"
PLAN = load_plan.plan("order", users="9", rate="200", time="40s", shape="ramp", workers="3")
TREE = CHECKOUT / "gitops" / "platform" / "load"


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, Any]]:
    text = "\n---\n".join((TREE / f"{name}.yaml").read_text() for name in ("namespace", "master", "workers"))
    return {one["kind"]: one for one in yaml.safe_load_all(manifests(text, IMAGE, PLAN))}


def test_a_plan_has_as_many_workers_as_its_master_waits_for(made: dict[str, dict[str, Any]]) -> None:
    assert (made["Job"]["spec"]["parallelism"], made["Job"]["spec"]["completions"]) == (3, 3)
    (words,) = (one["args"] for one in made["Pod"]["spec"]["containers"] if one["name"] == "locust")
    assert words[words.index("--expect-workers") + 1] == "3"
    assert "--processes" not in words
    assert {"Order", "--master", "--headless", "40s"} <= set(words)


def test_every_container_runs_the_image_that_was_pushed(made: dict[str, dict[str, Any]]) -> None:
    pods = (made["Pod"]["spec"], made["Job"]["spec"]["template"]["spec"])
    assert [one["image"] for pod in pods for one in pod["containers"]] == [IMAGE] * 3


def test_what_a_worker_reads_is_what_it_reads_on_this_machine(made: dict[str, dict[str, Any]]) -> None:
    _, env = locust.command(
        PLAN, {"LOAD_ORDER_URL": "", "LOAD_USER_URL": "", "LOAD_NOTIFICATION_URL": ""}, Path(".lab/out")
    )
    found = made["ConfigMap"]["data"]
    assert set(found) == set(env)
    assert (found["LOAD_RATE"], found["LOAD_SHAPE"], found["LOAD_PLACED"]) == ("200.0", "ramp", "/out/placed.txt")


def test_what_the_master_left_comes_back_as_it_was(tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    (there / "placed.txt").write_text("a\nb\n")
    (there / "failures.jsonl").write_text('{"kind": "503 ü"}\n')
    done = proc.run([sys.executable, "-m", "loadtests.files", there], cwd=CHECKOUT)
    unpack(done.stdout, here)
    assert {file.name: file.read_text() for file in here.iterdir()} == {
        file.name: file.read_text() for file in there.iterdir()
    }
    assert locust.placed(here) == ["a", "b"]


@pytest.mark.parametrize("cut", ["", '{"placed.txt": "a\\nb'])
def test_half_of_what_it_left_is_an_error(cut: str, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="can't be fetched"):
        unpack(cut, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_written_beside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    unpack(json.dumps({"../placed.txt": "a\n"}), tmp_path / "here")
    assert [file.name for file in tmp_path.iterdir()] == ["here"]


@pytest.mark.parametrize("runtime", ["host", "compose"])
def test_a_rung_without_a_cluster_is_named_with_a_way_out(
    runtime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {"runtime": runtime, "lab_id": "a", "services": {}, "localstack": 1}
    save(tmp_path / ".lab" / "run", LabState.model_validate(state))
    monkeypatch.setattr("lab.flows.load.Paths", lambda: Paths(tmp_path))
    with pytest.raises(UsageError, match=f"{runtime} rung, which has no cluster") as caught:
        load.run_in_cluster(PLAN, plain=True)
    assert "--runtime kind" in caught.value.fix


def test_workers_that_were_lost_are_a_doubt() -> None:
    two = measured().model_copy(update={"generator": Generator(processes=2, cpu=0.95)})
    assert objectives.doubt(two, 0, 0, workers=3).startswith(
        "1 of 3 workers were lost, with what they measured; the load"
    )
    assert "lost" not in objectives.doubt(two, 0, 0, workers=2)
    assert objectives.doubt(measured(), 0, 0, workers=2) == "1 of 2 workers were lost, with what they measured"


def test_a_worker_in_place_of_one_that_was_ended_is_not_taken_for_it() -> None:
    three = measured().model_copy(update={"generator": Generator(processes=3, arrivals=7)})
    assert of_workers(three, stayed=2).generator == Generator(processes=2, arrivals=7)
    assert of_workers(three, stayed=4).generator.processes == 3


def test_a_limit_that_is_not_known_is_said_to_be_so() -> None:
    report = LoadReport(
        plan=PLAN, began="", ok=True, reasons=[], measured=measured(), ledger=GOOD, limit=None, doubt=""
    )
    assert report.asked == (
        "what a generator of 3 workers in the cluster reaches is not known; this run asked for 200 requests/s"
    )


def test_workers_are_told_of_as_they_come() -> None:
    said: list[str] = []
    with listening(Listener(said.append, lambda _done, _total: None)):
        tell = load._teller(datetime.now(UTC), 10)
        for line in ("Type     Name", "2 of 3 workers connected", "2 of 3 workers"):
            tell(line)
    assert said == ["2 of 3 workers connected"]


def test_a_second_ctrl_c_does_not_end_what_cleans_up() -> None:
    said: list[str] = []
    with listening(Listener(said.append, lambda _done, _total: None)):
        stop.stop("interrupted")
        with stop.undisturbed("removing"):
            signal.raise_signal(signal.SIGINT)
            stop.raise_if_stopped()
    assert said == ["removing"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
