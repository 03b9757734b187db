"""A drill's report: each thing that was seen is in it, at its place in time."""

from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

from lab.core.paths import Paths
from lab.drills.record import Run
from lab.flows.drilling import report as drill_report
from lab.flows.drilling.chart import timeline
from tests.unit.lab.test_drill_judge import alert, crowd, dry, run


def test_the_timeline_has_a_lane_for_each_thing_that_lasted() -> None:
    picture = timeline(run(replicas=[(1.0, {"order": 2, "user": 2, "notification": 2})]))
    lanes = {lane.label: lane.bars for lane in picture.lanes}
    assert list(lanes) == ["load", "fault", "effect", "a sign", "HighErrorRate order", "recovery"]
    (fault,) = lanes["fault"]
    assert (fault.x, fault.width) == (round(20 / 210 * 1000, 1), round(40 / 210 * 1000, 1))
    assert [bar.kind for bar in lanes["HighErrorRate order"]] == ["pending", "firing", "delivered"]
    assert {chart.last for chart in picture.charts} == {210}


def test_an_alert_says_what_it_is_about(tmp_path: Path) -> None:
    labels = {"alertname": "DeploymentReplicasMismatch", "deployment": "user-service", "severity": "ticket"}
    text, _ = written(tmp_path, run(alerts=[alert(alertname="DeploymentReplicasMismatch", labels=labels)]))
    assert "</title>DeploymentReplicasMismatch user-service</text>" in text
    assert 'DeploymentReplicasMismatch <span class="dim">user-service</span>' in text


@pytest.mark.parametrize("kind", ["statefulset", "daemonset"])
def test_whatever_lacks_pods_is_named(kind: str) -> None:
    assert alert(labels={"alertname": "DeploymentReplicasMismatch", kind: "loki"}).about == "loki"


def test_what_did_not_come_has_no_lane() -> None:
    assert [lane.label for lane in timeline(dry()).lanes] == ["load"]
    assert timeline(dry()).fault is None


def written(tmp_path: Path, made: Run) -> tuple[str, Path]:
    paths = Paths(checkout=tmp_path)
    html = drill_report.write(paths, paths.reports / "drills" / "broken-20260101T000000", made)
    return (tmp_path / html).read_text(), tmp_path / html


def test_the_report_says_verdict_times_and_commands(tmp_path: Path) -> None:
    made = run(ok=True, commands=["./inv chaos.broken"], title="Something breaks & is seen")
    text, html = written(tmp_path, made)
    for words in (
        "Something breaks &amp; is seen",
        ">passed<",
        "20.0 s",
        "25.0 s",
        "./inv chaos.broken",
        "of 9 orders lost",
    ):
        assert words in text
    assert Run.model_validate_json(html.with_suffix(".json").read_text()).alerts == [alert()]


def test_a_load_that_is_the_fault_is_told_of_apart(tmp_path: Path) -> None:
    alone, _ = written(tmp_path, run())
    assert "steady load" not in alone
    text, _ = written(tmp_path, run(own_loads=[crowd(range(0))]))
    assert "of 4000 requests failed that the fault itself made" in text
    assert "requests, failures and latency are those of the steady load" in text


def test_a_failed_run_says_why_in_html_and_junit(tmp_path: Path) -> None:
    text, html = written(tmp_path, run(reasons=["a sign was not seen"]))
    assert "a sign was not seen" in text
    case = parse(html.with_suffix(".xml")).getroot().find("testcase/failure")  # noqa: S314 - our own file
    assert case is not None
    assert case.get("message") == "a sign was not seen"


def test_all_runs_are_on_one_page(tmp_path: Path) -> None:
    runs = [run(ok=True, drill="one", html=".lab/reports/drill-one.html"), run(drill="two", reasons=["why"])]
    html = tmp_path / drill_report.write_all(Paths(checkout=tmp_path), runs)
    text = html.read_text()
    assert "1 of 2 passed" in text
    assert 'href="drill-one.html"' in text
    suite = parse(html.with_suffix(".xml")).getroot()  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert datetime.fromisoformat(f"{runs[0].began}") <= datetime.now(UTC)
