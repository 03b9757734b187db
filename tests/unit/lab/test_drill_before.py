"""Before its fault a lab is steady and shows nothing of it: what is there already would prove nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from lab.checks import steady
from lab.core.errors import AnswerError, LabError
from lab.core.graph import run_graph
from lab.core.view import PlainView
from lab.drills.field import Field
from lab.flows.drilling import before
from lab.flows.drilling.engine import Engine
from lab.flows.drilling.marker import Marker
from lab.tools.prometheus import Prometheus
from tests.unit.lab.drilling import Breaks, field_at, only_the_fault


class Looked(Breaks):
    name = "looked"
    title = "Its effect is what a test says"
    looks: Iterator[str]

    def prepare(self) -> None:
        self.broken.append("prepared")

    def effect(self) -> str:
        found = next(self.looks, "")
        if found == "no answer":
            raise AnswerError("nobody answers")
        return found


@pytest.fixture
def field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Field:
    only_the_fault(monkeypatch, but="_steady")
    monkeypatch.setattr(steady, "unsteady", lambda *_: [])
    monkeypatch.setattr(steady, "order_goes_through", lambda _: "")
    monkeypatch.setattr(Prometheus, "alerts", lambda _: [])
    monkeypatch.setattr(before, "DELAY", 0.01)
    monkeypatch.setattr(before, "_UNSEEN", 0.2)
    monkeypatch.setattr(Looked, "rollback", lambda _: None)
    monkeypatch.setattr(Looked, "broken", [])
    return field_at(tmp_path)


def run(field: Field, looks: list[str], *, dry: bool = False) -> list[str]:
    """Return what the drill did: "prepared", and its own name for its fault."""
    made = Looked(field)
    made.looks = iter(looks)
    engine = Engine(made, dry=dry, substitutes={}, marker=Marker(field.paths))
    run_graph(engine.steps(), PlainView(Console(stderr=True)))
    return made.broken


def test_an_effect_that_is_there_before_ends_the_run_without_a_fault(field: Field) -> None:
    with pytest.raises(LabError, match="the fault would prove nothing") as caught:
        run(field, ["it is gone"] * 1000)
    assert caught.value.why == "the lab shows already what the fault is to bring: it is gone"
    assert (Looked.broken, Marker(field.paths).is_set()) == (["prepared"], False)


def test_a_lab_that_does_not_let_look_has_no_fault_either(field: Field) -> None:
    with pytest.raises(LabError, match="the fault would prove nothing") as caught:
        run(field, ["no answer"] * 1000)
    assert caught.value.why == "its effect can't be looked for: nobody answers"


def test_what_goes_away_in_time_is_waited_for(field: Field) -> None:
    assert run(field, ["no answer", "a request was slow", "no answer"]) == ["prepared", "looked"]


def test_a_dry_run_looks_for_nothing_before(field: Field) -> None:
    assert run(field, ["it is gone"] * 1000, dry=True) == ["prepared"]


def test_what_the_fault_will_hit_is_chosen_in_a_steady_lab(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([["a pod starts"]])

    def unsteady(*_: object) -> list[str]:
        found = next(looks, [])
        Looked.broken.append("not steady" if found else "steady")
        return found

    monkeypatch.setattr(steady, "unsteady", unsteady)
    assert run(field, []) == ["not steady", "steady", "prepared", "looked"]
