"""A game day: the same seed hides the same fault, and the score is what the docs say."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from lab.core import proc
from lab.core.errors import LabError, UsageError
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.drills.catalogue import DRILLS
from lab.drills.field import Field
from lab.flows.drilling.game import Hosted, Played, Table, chosen, eligible, hidden, refuse_while_under_way, score
from lab.flows.drilling.marker import Marker
from lab.flows.drilling.way_back import mend
from lab.tools import ports, processes

FAULT = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOBODY = 2**22 + 1  # no process has this id


def after(minutes: float) -> datetime:
    return FAULT + timedelta(minutes=minutes)


def hosted(**more: object) -> Hosted:
    base = Hosted(pid=NOBODY, seed=7, secret=hidden(DRILLS[0]), phase="over", began=FAULT, fault_at=FAULT)
    return base.model_copy(update=more)


def test_a_seed_always_hides_the_same_and_seeds_differ() -> None:
    assert all(chosen(seed) == chosen(seed) for seed in range(20))
    assert {chosen(seed)[0] for seed in range(300)} == set(eligible())
    assert all(10 <= chosen(seed)[2] <= 60 for seed in range(100))


def test_the_name_is_not_to_be_read_by_chance() -> None:
    assert DRILLS[0].name not in hosted().model_dump_json()
    assert hosted().drill is DRILLS[0]


@pytest.mark.parametrize(
    ("played", "mitigated", "points"),
    [
        (Played(answered_at=after(4)), 5, 100),
        (Played(answered_at=after(8)), 10, 100 - 2 * 3 - 2 * 5),
        (Played(answered_at=after(4), hints=2), 5, 80),
        (Played(answered_at=after(4), wrong=["kill-pod"]), 5, 90),
        (Played(), 5, 50),
        (Played(answered_at=after(4), gave_up=True), None, 50),
        (Played(gave_up=True, hints=3), None, 0),
    ],
)
def test_points(played: Played, mitigated: float | None, points: int) -> None:
    host = hosted(mitigated_at=None if mitigated is None else after(mitigated))
    assert score(host, played).points == points


def test_host_and_player_do_not_write_each_others_file(tmp_path: Path) -> None:
    table = Table(Paths(checkout=tmp_path))
    with pytest.raises(UsageError, match="no game day was started"):
        table.game()
    table.keep(hosted())
    table.keep(Played(hints=1))
    table.keep(hosted(phase="ending"))
    assert (table.game().phase, table.played().hints) == ("ending", 1)
    table.clear()
    assert (table.hosted(), table.played()) == (None, Played())


def test_a_file_that_is_not_ours_is_named(tmp_path: Path) -> None:
    table = Table(Paths(checkout=tmp_path))
    table.keep(hosted())
    (tmp_path / ".lab/run/gameday/host.json").write_text("{")
    with pytest.raises(LabError, match=r"host\.json can't be read"):
        table.hosted()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[dict[str, object]]:
    """What a process that bears the lab's mark tells as a game's host."""
    lab = Paths(tmp_path).lab_id
    pid = proc.start_daemon(["sleep", "60"], cwd=tmp_path, env={ports.MARK: lab}, log=tmp_path / "host.log")
    yield {"pid": pid, "lab": lab, "phase": "running"}
    processes.end([psutil.Process(pid)])


def test_no_drill_runs_while_a_game_is_under_way(tmp_path: Path, host: dict[str, object]) -> None:
    table, paths = Table(Paths(checkout=tmp_path)), Paths(checkout=tmp_path)
    refuse_while_under_way(paths)
    table.keep(hosted(phase="running"))
    refuse_while_under_way(paths)  # its process is gone
    table.keep(hosted(**host))
    with pytest.raises(UsageError, match="a game day is under way"):
        refuse_while_under_way(paths)
    table.keep(hosted(**host | {"phase": "over"}))
    refuse_while_under_way(paths)


def test_another_process_of_its_number_is_no_game(tmp_path: Path, host: dict[str, object]) -> None:
    assert hosted(**host).under_way
    assert not hosted(**host | {"pid": os.getpid()}).under_way
    assert not hosted(**host | {"lab": ""}).under_way


def test_a_rise_takes_the_fault_of_a_drill_back_and_leaves_a_games(
    tmp_path: Path, host: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, back = Paths(tmp_path), list[str]()
    watching = dict.fromkeys(("prometheus", "alertmanager", "grafana", "pager"), 1)
    state = LabState.model_validate(
        {"runtime": "kind", "lab_id": "0", "services": dict.fromkeys(SERVICES, 1), "localstack": 1, **watching}
    )
    monkeypatch.setattr(DRILLS[0], "rollback", lambda self: back.append(self.name))
    Table(paths).keep(hosted(**host))
    Marker(paths).set(DRILLS[0](Field(paths, state)))
    mend(paths, state)
    assert (back, Marker(paths).is_set()) == ([], True)
    Table(paths).keep(hosted(phase="running"))
    mend(paths, state)
    assert (back, Marker(paths).is_set()) == ([DRILLS[0].name], False)
