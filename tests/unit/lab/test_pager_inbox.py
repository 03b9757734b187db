"""The pager's inbox on disk: it is bounded, goes on after a restart, and forgets no alert that fires."""

from datetime import timedelta
from pathlib import Path

import pytest

from lab.pager import inbox as kept
from lab.pager.inbox import Inbox
from lab.pager.payload import Wanted
from tests.unit.lab.served_pager import alert, sent


def test_an_inbox_is_bounded_by_number_and_forgets_no_alert_that_fires(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, kept=10)
    inbox.add(sent(alert("Old")))
    for _ in range(30):
        inbox.add(sent(alert("New")))
    for seen in (inbox, Inbox(tmp_path, kept=10)):
        assert [one.id for one in seen.deliveries(Wanted())] == list(range(31, 21, -1))
        assert [one.alertname for one in seen.firing()] == ["New", "Old"]
    assert Inbox(tmp_path, kept=10).add(sent(alert("New")))[0].id == 32  # writes the file anew
    again = Inbox(tmp_path, kept=10)
    assert [one.alertname for one in again.firing()] == ["New", "Old"]
    assert again.add(sent())[0].id == 33


def test_an_inbox_is_bounded_by_size_on_disk_too(tmp_path: Path) -> None:
    inbox, text = Inbox(tmp_path, kept_bytes=20_000), {"summary": "x" * 1_000}
    for _ in range(200):
        inbox.add(sent(alert(annotations=text)))
    assert 10 < len(inbox.deliveries(Wanted())) < 20
    assert (tmp_path / "deliveries.jsonl").stat().st_size < 45_000
    assert Inbox(tmp_path, kept_bytes=20_000).deliveries(Wanted())[0].id == 200


def test_alerts_that_fire_are_bounded_by_size_and_the_last_ones_stay(tmp_path: Path) -> None:
    inbox, text = Inbox(tmp_path, kept_bytes=20_000), {"summary": "x" * 1_000}
    for number in range(200):
        inbox.add(sent(alert(f"A{number}", annotations=text)))
        assert (tmp_path / "deliveries.jsonl").stat().st_size < 45_000
    for seen in (inbox, Inbox(tmp_path, kept_bytes=20_000)):
        names = [one.alertname for one in seen.firing()]
        assert names == [f"A{number}" for number in range(199, 199 - len(names), -1)]
        assert 5 < len(names) < 10
    for number in range(200):
        inbox.add(sent(alert(f"A{number}", "resolved")))
    inbox.add(sent(alert("Last", annotations={"summary": "x" * 30_000})))
    assert [one.alertname for one in inbox.firing()] == ["Last"]


def test_ids_go_on_after_a_restart_and_lines_that_are_none_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Inbox(tmp_path).add(sent(alert("A")))
    with (tmp_path / "deliveries.jsonl").open("a") as file:
        file.write('{"id": 2, "rece')
    again = Inbox(tmp_path)
    assert "1 lines are no deliveries" in capsys.readouterr().err
    again.add(sent(alert("B")))
    assert [(one.id, one.alertname) for one in Inbox(tmp_path).deliveries(Wanted())] == [(2, "B"), (1, "A")]


def test_an_alert_that_nobody_told_of_for_longer_than_any_repeat_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(tmp_path)
    inbox.add(sent())
    assert len(inbox.firing()) == 1
    monkeypatch.setattr(kept, "QUIET", timedelta(0))
    assert inbox.firing() == []
