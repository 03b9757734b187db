"""Profiles: which of them an Engine holds, and what is part of which."""

import pytest

from lab.core.profiles import APPLICATIONS, FULL_MEMORY, fitting, part_of


@pytest.mark.parametrize(("memory", "profile"), [(FULL_MEMORY - 1, "core"), (FULL_MEMORY, "full")])
def test_a_small_engine_holds_the_small_lab(memory: int, profile: str) -> None:
    assert fitting(memory) == profile


def test_the_whole_lab_has_all_of_the_small_one() -> None:
    assert set(APPLICATIONS["core"]) < set(APPLICATIONS["full"])
    assert [part_of("core", wanted) for wanted in ("", "core", "full")] == [True, True, False]
    assert part_of("full", "full")
