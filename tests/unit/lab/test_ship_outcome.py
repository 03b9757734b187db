"""What is shipped stays, is reverted or is refused."""

import pytest

from lab.core.errors import StepError, UsageError
from lab.flows import ship
from tests.unit.lab.shipping import GitOps, Ship, shipped, url

__all__ = ["shipped", "url"]


def test_what_is_well_stays(shipped: Ship) -> None:
    made, gitops = shipped()
    assert (made.reasons, made.reverted, gitops.running()) == ([], "", "2")
    assert "the SLOs held" in made.words


def test_a_pod_that_is_just_ending_does_not_keep_it_from_being_shipped(shipped: Ship) -> None:
    made, gitops = shipped(looks=[["user-service is not ready: 503"]])
    assert (made.ok, gitops.running()) == (True, "2")


def test_a_lab_that_is_not_well_is_not_shipped_to(shipped: Ship, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ship, "_SETTLES", 0)
    with pytest.raises(StepError) as refused:
        shipped(looks=[["user-service is not ready: 503"]] * 3)
    assert "user-service is not ready: 503" in refused.value.words


def test_a_lab_that_is_not_well_gets_nothing_new(shipped: Ship, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    def unwell(self: object) -> None:
        raise UsageError("not steady")

    monkeypatch.setattr(ship._Shipment, "_steady", unwell)
    with pytest.raises(StepError, match="not steady"):
        shipped()
    assert GitOps(url).running() == "1"


def test_what_breaks_an_slo_is_reverted_and_what_was_before_is_proven_again(shipped: Ship) -> None:
    made, gitops = shipped(broken={"2"})
    assert (made.reasons, made.after_reasons, gitops.running()) == (["P95 was 900 ms"], [], "1")
    with gitops.history("nobody") as history:
        assert [one.id for one in history.commits()] == [made.reverted, made.commit, made.before]
        assert history.commits(1)[0].subject == 'Revert "Ship all services"'
    assert "rolled back" in made.words
    assert "hold again" in made.words


def test_what_does_not_start_is_reverted(shipped: Ship) -> None:
    made, gitops = shipped(unhealthy={"2"})
    assert "CrashLoopBackOff" in made.reasons[0]
    assert (made.after_reasons, gitops.running()) == ([], "1")


def test_where_nothing_is_new_nothing_is_reverted(shipped: Ship) -> None:
    made, gitops = shipped(broken={"1"}, new="1\n")
    assert (made.reverted, gitops.running()) == ("", "1")
    assert "nothing new to take back" in made.words


@pytest.mark.parametrize(
    ("service", "levels", "seconds", "words"),
    [("payment", (), 30, "no service"), (None, ("all",), 30, "no level"), (None, (), 9, "--time 9")],
)
def test_what_can_not_be_meant_is_refused(
    service: str | None, levels: tuple[str, ...], seconds: int, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        ship.ship(service, levels, seconds, plain=True)
