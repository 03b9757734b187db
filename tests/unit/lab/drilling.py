"""Drills for tests: they break a list, on a lab that is nowhere, and an engine whose other steps do nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.drills.base import Drill
from lab.drills.field import Field
from lab.flows import drill
from lab.flows.drilling.engine import Engine
from lab.stages.kind_artifacts import Artifacts

WATCHED = ("localstack", "prometheus", "alertmanager", "grafana", "pager")


def field_at(checkout: Path) -> Field:
    """Return a lab's field; nothing of it answers."""
    state = {"runtime": "kind", "lab_id": Paths(checkout).lab_id, "services": dict.fromkeys(SERVICES, 1)}
    return Field(Paths(checkout), LabState.model_validate(state | dict.fromkeys(WATCHED, 1)))


def ready_at(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Field:
    """Return its field, and have the commands of drills take it for that of a lab that is up."""
    field = field_at(checkout)

    @contextmanager
    def ready(_: Paths) -> Iterator[Field]:
        yield field

    monkeypatch.setattr(drill, "Paths", lambda: field.paths)
    monkeypatch.setattr(drill, "ready", ready)
    return field


class Breaks(Drill):
    """What is broken, in whichever process: names of drills."""

    broken: list[str]

    def __init_subclass__(cls) -> None:
        cls.broken = []

    def fault(self) -> None:
        """Break it."""
        self.broken.append(self.name)

    def effect(self) -> str:
        """Tell what is broken."""
        return ", ".join(self.broken)

    def rollback(self) -> None:
        """Mend it."""
        self.broken.clear()


def only_the_fault(monkeypatch: pytest.MonkeyPatch, but: str = "") -> None:
    """Have the engine's steps beside fault, rollback and `but` do nothing, and no lock of artefacts be read."""
    monkeypatch.setattr(Artifacts, "substituted", lambda _self: {})
    for name in {"_steady", "_begin_load", "_watch", "_recover", "_count"} - {but}:
        monkeypatch.setattr(Engine, name, lambda _self: None)
