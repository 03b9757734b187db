"""The figures in docs/drills.md come from reports, and only from those of runs with a fault."""

from pathlib import Path

import pytest

from lab.core.errors import LabError
from lab.core.paths import CHECKOUT
from lab.flows.drilling.figures import Figures, keep, merged, read, replaced, reports, table
from tests.unit.lab.test_drill_judge import alert, dry, run


def test_a_row_has_the_spread_of_the_runs_that_passed() -> None:
    quick = run(ok=True, drill="kill-pod", alerts=[alert(firing_at=30.0, delivered_at=31.0)], recovered_at=70.0)
    runs = [run(ok=True, drill="kill-pod"), quick, run(drill="kill-pod", reasons=["late"], recovered_at=900.0)]
    made = table([Figures.of(one) for one in runs])
    assert "| kill-pod | 3 | 1 | 10.0 / 15.0 / 20.0 | 11.0 / 18.0 / 25.0 | 10.0 / 15.0 / 20.0 | 0 |" in made


def test_runs_are_kept_beyond_their_reports_and_each_is_counted_once(tmp_path: Path) -> None:
    old = Figures.of(run(ok=True, drill="drift", machine="a laptop"))
    new = Figures.of(run(drill="drift", machine="a laptop", reasons=["late", "lost"]))
    file = tmp_path / "drills.csv"
    assert read(file) == []
    keep(file, merged([], [old]))
    keep(file, merged(read(file), [new, old]))
    assert sorted(read(file), key=lambda kept: kept.reasons) == [old, new]
    assert new.reasons == "late; lost"
    uneven = Figures.of(run(fault_at=20.1, alerts=[alert(firing_at=40.2, delivered_at=45.4)], recovered_at=80.2))
    assert (uneven.detected, uneven.delivered) == (20.1, 25.3)  # 25.299999999999997 is nothing to keep


def test_a_kept_line_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "drills.csv").write_text("began,drill,machine,detected\n2026-01-01,drift,a laptop,soon\n")
    with pytest.raises(LabError, match=r"drills\.csv can't be read") as error:
        read(tmp_path / "drills.csv")
    assert "detected" in error.value.why


def test_the_page_shows_the_runs_that_are_kept() -> None:
    docs = CHECKOUT / "docs"
    page = (docs / "drills.md").read_text()
    assert replaced(page, table(read(docs / "drills.csv"))) == page


def test_reports_of_dry_and_void_runs_games_and_copies_are_left_out(tmp_path: Path) -> None:
    for name, made in {
        "drill-kill-pod-1": run(drill="kill-pod"),
        "drill-kill-pod-2": dry(drill="kill-pod"),
        "drill-kill-pod-3": run(drill="kill-pod", stood_still=130.0),
        "drill-kill-pod-latest": run(drill="kill-pod"),
        "drill-gameday-1": run(drill="kill-pod"),
        "load-mixed-1": run(drill="load"),
    }.items():
        (tmp_path / f"{name}.json").write_text(made.model_dump_json())
    assert [made.drill for made in reports(tmp_path)] == ["kill-pod"]


def test_a_report_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "drill-x-1.json").write_text("{}")
    with pytest.raises(LabError, match=r"drill-x-1\.json can't be read"):
        reports(tmp_path)


def test_only_what_is_between_the_marks_changes() -> None:
    text = (CHECKOUT / "docs" / "drills.md").read_text()
    once = replaced(text, "figures")
    assert once.count("\nfigures\n") == 1
    assert replaced(once, "figures") == once
    assert replaced(once, "others").replace("others", "figures") == once
    with pytest.raises(LabError, match="no place for figures"):
        replaced("# Drills", "figures")
