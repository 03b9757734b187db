"""The host rung crashed at any point: gone on with, or ended without a trace."""

from collections.abc import Iterator

import pytest

from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.stages.host import HostRung
from tests.e2e.host_lab import PROGRAMS, UP, Lab, assert_nothing_left, copied_lab, ready

ANY_STATE = LabState(runtime="host", lab_id="", services=dict.fromkeys(SERVICES, 1), localstack=1)
STEPS = [*(step.name for step in HostRung(Paths(), ANY_STATE).steps()), "smoke order"]


@pytest.fixture(scope="module")
def crashed_lab() -> Iterator[Lab]:
    """A copy whose lab each test leaves down; data stays, as a user's does."""
    with copied_lab() as lab:
        yield lab


def kill_up_at(lab: Lab, step: str) -> None:
    """SIGKILL lab.up when `step` begins."""
    assert "the lab is up" not in lab.kill_at(step, *UP)


@pytest.mark.parametrize("step", STEPS)
def test_down_ends_what_an_up_killed_at_a_step_left(crashed_lab: Lab, step: str) -> None:
    kill_up_at(crashed_lab, step)
    assert_nothing_left(crashed_lab, crashed_lab.ports())


def test_an_up_killed_at_every_step_in_turn_is_gone_on_with(crashed_lab: Lab) -> None:
    for step in STEPS:
        kill_up_at(crashed_lab, step)
    crashed_lab.up()
    assert all(ready(crashed_lab).values())
    assert_nothing_left(crashed_lab, crashed_lab.ports())


def test_down_ends_a_lab_whose_programs_were_killed(crashed_lab: Lab) -> None:
    crashed_lab.up()
    used = crashed_lab.ports()
    for program in PROGRAMS:
        crashed_lab.kill(program)
    assert_nothing_left(crashed_lab, used)


def test_down_ends_what_lost_its_supervisor(crashed_lab: Lab) -> None:
    crashed_lab.up()
    used = crashed_lab.ports()
    crashed_lab.kill("supervisord")
    assert_nothing_left(crashed_lab, used)
