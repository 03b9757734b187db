"""Silences: what is asked for happens once, what is wrong is named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.core.errors import AnswerError, UsageError
from lab.flows import alerts
from tests.unit.lab.alert_sources import BEGAN, NOW, SILENCE, Platform, arrived, platform

__all__ = ["platform"]


def silence(
    state: str = "active", minutes: int = 10, matchers: Any = None, identifier: str = SILENCE
) -> dict[str, Any]:
    only = [{"name": "alertname", "value": "HighErrorRate", "isRegex": False, "isEqual": True}]
    times = {"startsAt": BEGAN.isoformat(), "endsAt": (NOW + timedelta(minutes=minutes)).isoformat()}
    words = {"createdBy": "me", "comment": "known", "updatedAt": NOW.isoformat()}
    return {"id": identifier, "status": {"state": state}, "matchers": matchers or only, **times, **words}


def known(platform: Platform, *silences: dict[str, Any]) -> None:
    groups = {"groups": [{"name": "g", "rules": [{"name": "HighErrorRate"}, {"name": "SlowOrders"}]}]}
    platform.answers = {
        "GET /api/v1/rules": (200, {"status": "success", "data": groups}),
        "GET /api/v2/alerts": (200, [arrived()]),
        "GET /api/v2/silences": (200, list(silences)),
        "POST /api/v2/silences": (200, {"silenceID": SILENCE}),
        f"DELETE /api/v2/silence/{SILENCE}": (200, None),
    }


def test_an_alert_is_silenced_by_its_name_alone(platform: Platform) -> None:
    known(platform)
    made = alerts.silence("HighErrorRate", 30, "we know")
    (body,) = platform.asked_for("POST /api/v2/silences")
    assert body["matchers"] == [{"name": "alertname", "value": "HighErrorRate", "isRegex": False, "isEqual": True}]
    assert (body["comment"], "id" in body) == ("we know", False)
    assert datetime.fromisoformat(body["endsAt"]) - datetime.fromisoformat(body["startsAt"]) == timedelta(minutes=30)
    assert (made.id, made.mutes, made.extended) == (SILENCE, 1, False)
    assert alerts.render_silence(made).startswith("HighErrorRate is silenced until ")


@pytest.mark.parametrize(("minutes", "left", "ends"), [(30, 10, 30), (5, 10, 10)])
def test_a_second_silence_extends_the_first_and_never_cuts_it(
    platform: Platform, minutes: int, left: int, ends: int
) -> None:
    wide = [{"name": "alertname", "value": ".+", "isRegex": True, "isEqual": True}]
    known(platform, silence("expired", 60), silence(matchers=wide, minutes=90), silence(minutes=left))
    made = alerts.silence("HighErrorRate", minutes, None)
    (body,) = platform.asked_for("POST /api/v2/silences")
    assert (body["id"], body["comment"], body["startsAt"]) == (
        SILENCE,
        "known",
        BEGAN.isoformat().replace("+00:00", "Z"),
    )
    assert NOW <= datetime.fromisoformat(body["endsAt"]) - timedelta(minutes=ends) <= datetime.now(UTC)
    assert (made.extended, alerts.render_silence(made).split(" until ")[0]) == (
        True,
        "HighErrorRate goes on being silenced",
    )


def test_an_alert_that_is_unknown_is_refused_with_those_there_are(platform: Platform) -> None:
    known(platform)
    with pytest.raises(UsageError, match="no alert is called 'HighErorRate'") as caught:
        alerts.silence("HighErorRate", 30, None)
    assert caught.value.fix == "one of: HighErrorRate, SlowOrders"
    assert platform.asked_for("POST /api/v2/silences") == []


def test_before_prometheus_has_rules_that_is_said_and_no_list_of_none(platform: Platform) -> None:
    known(platform)
    platform.answers["GET /api/v1/rules"] = (200, {"status": "success", "data": {"groups": []}})
    with pytest.raises(AnswerError, match="Prometheus has no rules yet") as caught:
        alerts.silence("SlowOrders", 30, None)
    assert "./inv lab.up" in caught.value.fix
    assert alerts.silence("HighErrorRate", 30, None).id == SILENCE  # Alertmanager has it


@pytest.mark.parametrize("minutes", [0, -5, 7 * 24 * 60 + 1])
def test_a_silence_that_ends_before_it_began_or_never_is_refused(platform: Platform, minutes: int) -> None:
    with pytest.raises(UsageError, match=f"--minutes {minutes}"):
        alerts.silence("HighErrorRate", minutes, None)
    assert platform.asked == []


@pytest.mark.parametrize("which", ["HighErrorRate", SILENCE])
def test_a_silence_is_ended_by_its_id_or_its_alert(platform: Platform, which: str) -> None:
    known(platform, silence(), silence("expired", identifier="gone"))
    assert alerts.unsilence(which).model_dump() == {"ended": [SILENCE], "words": "HighErrorRate is told of again"}
    assert len(platform.asked_for(f"DELETE /api/v2/silence/{SILENCE}")) == 1


def test_ending_what_has_ended_is_no_error_and_what_never_was_is(platform: Platform) -> None:
    node = [{"name": "node", "value": "worker", "isRegex": False, "isEqual": True}]
    known(platform, silence("expired", identifier="gone"), silence(matchers=node))
    assert alerts.unsilence("gone").words == "gone had ended before"
    assert alerts.unsilence("SlowOrders").words == "nothing silences SlowOrders"
    with pytest.raises(UsageError, match="no silence has the id 'never'") as caught:
        alerts.unsilence("never")
    assert caught.value.fix == f"./inv alerts.unsilence {SILENCE} (node=worker)"
