"""The figures in docs/drills.md come from reports, and only from those of runs with a fault."""

from pathlib import Path

import pytest

from lab.core.errors import LabError
from lab.core.paths import CHECKOUT
from lab.flows.drilling.figures import replaced, reports, table
from tests.unit.lab.test_drill_judge import alert, dry, run


def test_a_row_has_the_spread_of_the_runs_that_passed() -> None:
    quick = run(ok=True, drill="kill-pod", alerts=[alert(firing_at=30.0, delivered_at=31.0)], recovered_at=70.0)
    runs = [run(ok=True, drill="kill-pod"), quick, run(drill="kill-pod", reasons=["late"], recovered_at=900.0)]
    assert "| kill-pod | 3 | 1 | 10.0 / 15.0 / 20.0 | 11.0 / 18.0 / 25.0 | 10.0 / 15.0 / 20.0 | 0 |" in table(runs)


def test_reports_of_dry_runs_games_and_copies_are_left_out(tmp_path: Path) -> None:
    for name, made in {
        "drill-kill-pod-1": run(drill="kill-pod"),
        "drill-kill-pod-2": dry(drill="kill-pod"),
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
