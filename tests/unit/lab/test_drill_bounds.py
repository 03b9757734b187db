"""A drill's bounds in its verdict: to the second that clocks and looks differ by, and no further."""

import pytest

from lab.flows.drilling.judge import judge
from lab.tools.locust import Moment
from tests.unit.lab.test_drill_judge import DRILL, alert, measured, run


def test_a_bound_holds_to_the_second_that_clocks_and_looks_differ_by() -> None:
    assert judge(DRILL, run(alerts=[alert(delivered_at=121.0), alert(delivered_at=190.0)], recovered_at=241.0)) == []
    assert len(judge(DRILL, run(alerts=[alert(delivered_at=121.1)], recovered_at=241.1))) == 2


@pytest.mark.parametrize(("second", "counted"), [(19, False), (20, True), (80, True), (81, False)])
def test_a_second_counts_of_which_a_part_is_between_fault_and_recovery(second: int, counted: bool) -> None:
    made = measured(0)
    made.moments[second] = Moment(second=second, rps=1000, failures=1000, p95=0)
    assert bool(judge(DRILL, run(fault_at=20.7, measured=made))) is counted
