"""A drill's verdict: passed only when everything it names was seen, in time, and nothing was lost."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lab.checks.ledger import Ledger
from lab.drills.base import Drill, Page
from lab.drills.record import AlertSeen, OwnLoad, Run, SignSeen
from lab.flows.drilling.judge import judge
from lab.tools.locust import Endpoint, Measured, Moment

FINE = Ledger(accepted=9, notified=9, pending=0, dlq=0, lost=[], duplicated=[])


class Broken(Drill):
    name = "broken"
    title = "Something breaks"
    pages = (Page("HighErrorRate", {"service": "order"}, within=100, clears=200),)
    may_fail = 0.5
    quiet = True

    def fault(self) -> None: ...
    def effect(self) -> str:
        return ""


DRILL = Broken.__new__(Broken)  # it lays hands on nothing here


def alert(**more: Any) -> AlertSeen:
    labels = {"alertname": "HighErrorRate", "service": "order"}
    seen = {"pending_at": 22.0, "firing_at": 40.0, "delivered_at": 45.0, "resolved_at": 200.0}
    base = {"alertname": "HighErrorRate", "labels": labels, "severity": "page", "runbook_url": "", "expected": True}
    return AlertSeen(**{**base, **seen, **more})


def measured(failures: float) -> Measured:
    total = Endpoint(name="all", requests=300, failures=0, p50=0, p95=0, p99=0)
    moments = [Moment(second=n, rps=10, failures=failures if 20 <= n < 80 else 0, p95=0) for n in range(120)]
    return Measured(total=total, endpoints=[], moments=moments, failures=[])


def run(**more: Any) -> Run:
    seen = {"effect": "it is gone", "fault_at": 20.0, "effect_at": 21.0, "rollback_at": 60.0, "recovered_at": 80.0}
    ends = {"ended_at": 210.0, "measured": measured(2), "ledger": FINE, "alerts": [alert()]}
    signs = [SignSeen(name="a sign", within=30, seen_at=25.0, words="seen")]
    base = {"drill": "broken", "title": "", "dry": False, "began": datetime.now(UTC), "machine": "", "signs": signs}
    return Run(**{**base, **seen, **ends, **more})


def test_a_run_in_which_all_was_seen_passes() -> None:
    assert judge(DRILL, run(stood_still=2.0)) == []


def test_no_run_passes_in_which_the_machine_stood_still() -> None:
    for made in (run(stood_still=131.6), dry(stood_still=131.6)):
        assert judge(DRILL, made) == [
            "this machine stood still for 132 s: the run tells nothing of the lab, run it again"
        ]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"effect_at": None}, "no effect that could be proven within 60 s"),
        ({"signs": [SignSeen(name="a sign", within=30)]}, "a sign was not seen within 30 s"),
        ({"alerts": []}, "HighErrorRate{service=order} was not even pending within 100 s"),
        ({"alerts": [alert(firing_at=None, delivered_at=None)]}, "was pending and did not fire"),
        ({"alerts": [alert(delivered_at=None)]}, "fired and was not delivered"),
        ({"alerts": [alert(resolved_at=None)]}, "was not told to have ended within 200 s"),
        ({"alerts": [alert(), alert(resolved_at=None)]}, "was not told to have ended within 200 s"),
        (
            {"alerts": [alert(delivered_at=190.0)]},
            "was delivered 170.0 s after the fault, not within 100 s of the fault",
        ),
        ({"recovered_at": 960.0}, "the steady state was back 900.0 s after the rollback, not within 180 s"),
        (
            {"recovered_at": 960.0, "rollback_at": None},
            "the steady state was back 940.0 s after the fault, not within 180 s",
        ),
        ({"alerts": [alert(pending_at=3.0)]}, "was not even pending"),
        ({"alerts": [alert(labels={"service": "user"})]}, "was not even pending"),
        (
            {"alerts": [alert(), alert(alertname="TargetDown", expected=False)]},
            "TargetDown fired, which this must not bring",
        ),
        ({"recovered_at": None}, "the steady state was not back within 180 s"),
        ({"measured": measured(6)}, "requests failed from the fault to the recovery; 50.0% may"),
        ({"measured": None}, "no request was made while the fault lasted"),
        ({"ledger": FINE.model_copy(update={"lost": ["an-id"]})}, "1 orders lost (an-id), 0 duplicated"),
        ({"ledger": FINE.model_copy(update={"duplicated": ["an-id"]})}, "0 orders lost (), 1 duplicated"),
    ],
)
def test_each_thing_that_is_missing_fails_it(what: dict[str, Any], words: str) -> None:
    reasons = judge(DRILL, run(**what))
    assert len(reasons) == 1
    assert words in reasons[0]


def crowd(failing: range) -> OwnLoad:
    """Return a load of 100 requests/s that begins with the fault, and lasts until the rollback."""
    total = Endpoint(name="all", requests=4000, failures=0, p50=0, p95=0, p99=0)
    moments = [Moment(second=n, rps=100, failures=90 if n in failing else 0, p95=0) for n in range(40)]
    return OwnLoad(at=20, measured=Measured(total=total, endpoints=[], moments=moments, failures=[]))


def test_requests_of_a_load_that_is_the_fault_are_judged_with_the_others() -> None:
    assert judge(DRILL, run(own_loads=[crowd(range(20))])) == []
    (reason,) = judge(DRILL, run(own_loads=[crowd(range(40))]))
    assert reason == "3720 of 4610 requests failed from the fault to the recovery; 50.0% may"
    assert judge(DRILL, run(recovered_at=21.0, own_loads=[crowd(range(2, 40))])) == [], "those after it are not"


def dry(**more: Any) -> Run:
    none = {"dry": True, "effect": "", "effect_at": None, "signs": [SignSeen(name="a sign", within=30)], "alerts": []}
    return run(**{**none, "measured": measured(0), **more})


def test_a_dry_run_in_which_nothing_was_seen_passes() -> None:
    assert judge(DRILL, dry()) == []
    assert judge(DRILL, dry(alerts=[alert(firing_at=None, delivered_at=None)])) == []


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"effect_at": 21.0, "effect": "gone"}, "without the fault its effect was seen: gone"),
        (
            {"signs": [SignSeen(name="a sign", within=30, seen_at=2.0, words="there")]},
            "without the fault a sign was seen",
        ),
        ({"alerts": [alert()]}, "HighErrorRate fired without the fault"),
        ({"ledger": FINE.model_copy(update={"lost": ["an-id"]})}, "1 orders lost"),
        ({"recovered_at": None}, "was not steady in the end"),
    ],
)
def test_a_dry_run_fails_by_whatever_is_seen(what: dict[str, Any], words: str) -> None:
    (reason,) = judge(DRILL, dry(**what))
    assert words in reason


def test_times_are_those_between_fault_and_what_followed() -> None:
    made = run()
    assert (made.detected, made.delivered, made.recovered) == (20.0, 25.0, 20.0)
    healed = run(rollback_at=None, alerts=[], signs=[SignSeen(name="a sign", within=30, seen_at=25.0)])
    assert (healed.detected, healed.delivered, healed.recovered) == (5.0, None, 60.0)
    assert (dry().detected, dry().delivered, dry().recovered) == (None, None, None)
    assert run(alerts=[], signs=[], effect_at=None).detected is None
