"""`alerts.*`: what fires and was delivered, and silences."""

import getpass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from lab.checks import alerts
from lab.checks.alerts import Seen
from lab.checks.platform import NO_RULES
from lab.core.errors import AnswerError, UsageError
from lab.core.paths import Paths
from lab.core.state import require
from lab.tools.alertmanager import Alertmanager, Silence
from lab.tools.pager import Delivery, Pager
from lab.tools.prometheus import Prometheus

_LONGEST = 7 * 24 * 60  # minutes; what is to be quiet for longer is to be mended, or its rule is
_STATUS = ("firing", "resolved")
_COLOURS = {"page": "red", "critical": "red", "ticket": "yellow", "warning": "yellow"}


class Silenced(BaseModel):
    """A silence as it is now; `extended`: it was there before. `mutes` counts the alerts of that name now."""

    id: str
    alertname: str
    until: datetime
    comment: str
    extended: bool
    mutes: int


class Unsilenced(BaseModel):
    """The silences that were ended; none where nothing silenced the alert any more."""

    ended: list[str]
    words: str


def listed() -> list[Seen]:
    """Return what fires or is pending, and what was delivered of it."""
    return alerts.look(require(Paths().run))


def inbox(name: str | None = None, status: str | None = None) -> list[Delivery]:
    """Return what was delivered, the newest first. Raises UsageError for a status that is none."""
    if status not in {None, *_STATUS}:
        raise UsageError(f"--status {status!r} is no status of a delivery", fix=f"one of: {', '.join(_STATUS)}")
    return Pager.of(require(Paths().run)).deliveries(status=status, alertname=name)


def silence(name: str, minutes: int | None, comment: str | None) -> Silenced:
    """Silence every alert called `name` for `minutes` from now; a silence of it that is there is extended, never cut.

    Raises UsageError for an alert that no rule makes and Alertmanager does not have, AnswerError before any rule is.
    """
    if minutes is None or not 0 < minutes <= _LONGEST:
        raise UsageError(f"--minutes {minutes} is not from 1 to {_LONGEST}", fix="--minutes 30")
    state = require(Paths().run)
    manager = Alertmanager.of(state)
    there = [alert.labels.get("alertname", "") for alert in manager.alerts()]
    known = sorted({*(rules := Prometheus.of(state).known()), *there} - {""})
    if name not in known and not rules:
        why = f"whether there is an alert {name} can't be told before"
        raise AnswerError(NO_RULES, why=why, fix="./inv lab.up waits until it has")
    if name not in known:
        raise UsageError(f"no alert is called {name!r}", fix=f"one of: {', '.join(known)}")
    now = datetime.now(UTC).replace(microsecond=0)  # Alertmanager keeps less than Python does
    until = now + timedelta(minutes=minutes)
    found = max(_of(manager, name), key=lambda one: one.ends_at, default=None)
    if found is None:
        words = comment or "by alerts.silence"
        made = manager.silence(name, now, until, getpass.getuser(), words)
    else:
        until, words = max(until, found.ends_at), comment or found.comment
        made = manager.change(found, until, words)
    mutes = there.count(name)
    return Silenced(id=made, alertname=name, until=until, comment=words, extended=found is not None, mutes=mutes)


def unsilence(which: str) -> Unsilenced:
    """End the silence with the id `which`, or every one that silences the alert of that name and nothing else.

    Raises UsageError when no silence and no alert is called so.
    """
    state = require(Paths().run)
    manager = Alertmanager.of(state)
    silences = manager.silences()
    active = [one for one in silences if one.status.state != "expired"]
    found = [one for one in active if one.id == which or one.only(which)]
    for one in found:
        manager.expire(one.id)
    if found:
        return Unsilenced(ended=[one.id for one in found], words=f"{_listed(found)} is told of again")
    if any(one.id == which for one in silences):
        return Unsilenced(ended=[], words=f"{which} had ended before")
    if which in Prometheus.of(state).known():
        return Unsilenced(ended=[], words=f"nothing silences {which}")
    fix = "; ".join(f"./inv alerts.unsilence {one.id} ({_called(one)})" for one in active) or "there is no silence"
    raise UsageError(f"no silence has the id {which!r}, and no alert is called so", fix=fix)


def _of(manager: Alertmanager, name: str) -> list[Silence]:
    return [one for one in manager.silences() if one.status.state == "active" and one.only(name)]


def _called(one: Silence) -> str:
    signs = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
    return ", ".join(f"{part.name}{signs[part.is_regex, part.is_equal]}{part.value}" for part in one.matchers)


def _listed(found: list[Silence]) -> str:
    return ", ".join(dict.fromkeys(_called(one).removeprefix("alertname=") for one in found))


def render(seen: list[Seen]) -> RenderableType:
    """Return alerts as a table."""
    if not seen:
        return "nothing fires, nothing is pending"
    table = Table("alert", "state", "severity", "owner", "since", "delivery", "what")
    for one in seen:
        since = one.fires_since or one.active_since
        where = " ".join(f"{key}={one.labels[key]}" for key in ("namespace", "service", "pod") if key in one.labels)
        what = escape(one.summary or where)
        table.add_row(one.alertname, one.state, _severity(one.severity), one.owner, _clock(since), one.words, what)
    return table


def render_inbox(found: list[Delivery], shown: int = 50) -> RenderableType:
    """Return the newest deliveries as a table."""
    if not found:
        return "nothing was delivered"
    more = f", {shown} of {len(found)}: --json has all" if len(found) > shown else ""
    table = Table("received", "status", "alert", "severity", "owner", "what", title=f"delivered{more}")
    for one in found[:shown]:
        left = f" ({one.truncated_alerts} more of its group were left out)" if one.truncated_alerts else ""
        what = escape(one.annotations.get("summary", "") + left)
        table.add_row(_clock(one.received_at), one.status, one.alertname, _severity(one.severity), one.owner, what)
    return table


def render_silence(made: Silenced) -> str:
    """Return a silence in a line."""
    verb = "goes on being silenced" if made.extended else "is silenced"
    return f"{made.alertname} {verb} until {_clock(made.until)}, {made.mutes} of it now ({made.id}: {made.comment})"


def _severity(severity: str) -> str:
    colour = _COLOURS.get(severity)
    return f"[{colour}]{severity}[/]" if colour else escape(severity)


def _clock(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
