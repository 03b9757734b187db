"""The page that people look at: what fires now, then what was delivered. No JavaScript, readable in print."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape

from lab.pager.payload import Delivery

_SHOWN = 200  # alerts, and deliveries; GET /deliveries has all
_REFRESH = 10  # seconds
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_HEARTBEAT = "heartbeat"  # Alertmanager's receiver of what always fires
_LATE = timedelta(minutes=10)  # twice its repeat_interval
_KINDS = {"critical": "page", "warning": "ticket", "info": "none"}  # what charts' own rules say for ours

_STYLE = """
:root { color-scheme: light dark; --page: #b3261e; --ticket: #8a5a00; --none: #4a5568; --ok: #1b6e3c;
  --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; }
header p { margin: 0; opacity: .75; }
article { border: 1px solid var(--line); border-left: .5rem solid var(--none); border-radius: .35rem;
  margin: .5rem 0; padding: .5rem .75rem; break-inside: avoid; }
article.page { border-left-color: var(--page); } article.ticket { border-left-color: var(--ticket); }
article h3 { font-size: 1rem; margin: 0; } article p { margin: .2rem 0; }
.severity { color: #fff; background: var(--none); border-radius: .25rem; padding: 0 .45rem; font-size: .85rem; }
.severity.page { background: var(--page); } .severity.ticket { background: var(--ticket); }
.severity.resolved { background: var(--ok); }
.labels { font: .85rem/1.5 ui-monospace, monospace; opacity: .8; overflow-wrap: anywhere; }
.note { border: 1px solid var(--ticket); border-radius: .35rem; padding: .4rem .75rem; }
.late { border-color: var(--page); font-weight: 600; }
.quiet { color: var(--ok); font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
tbody tr:nth-child(even) { background: var(--soft); } time { white-space: nowrap; }
@media print {
  body { font-size: 10pt; max-width: none; } a::after { content: " (" attr(href) ")"; overflow-wrap: anywhere; }
  .severity { color: inherit; background: none; border: 1px solid; } thead { display: table-header-group; }
  tr { break-inside: avoid; } .scroll { overflow: visible; }
}
"""
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def render(firing: Sequence[Delivery], history: Sequence[Delivery], now: datetime) -> str:
    """Return the whole page; `firing` and `history` have the newest first."""
    beats = [one for one in firing if one.receiver == _HEARTBEAT]
    alerts = [one for one in firing if one.receiver != _HEARTBEAT]
    title = f"({len(alerts)}) pager" if alerts else "pager"
    clock = _when(now)
    order = sorted(alerts, key=lambda one: ("page", "ticket").index(_kind(one)) if _kind(one) != "none" else 2)
    articles = "".join(_alert(one, now) for one in order[:_SHOWN]) or '<p class="quiet">Nothing fires.</p>'
    rows = "".join(_row(one) for one in history[:_SHOWN])
    more = f'<p>The last {_SHOWN} of {len(history)}; <a href="/deliveries">all as JSON</a>.</p>'
    if len(order) > _SHOWN:
        articles += f"<p>{len(order) - _SHOWN} more fire.</p>"
    table = (
        '<div class="scroll"><table><thead><tr><th scope="col">received (UTC)</th><th scope="col">state</th>'
        '<th scope="col">alert</th><th scope="col">severity</th><th scope="col">owner</th>'
        f'<th scope="col">what</th></tr></thead><tbody>{rows}</tbody></table></div>'
        f"{more if len(history) > _SHOWN else ''}"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="{_REFRESH}"><style>{_STYLE}</style></head><body>'
        f"<header><h1>Pager</h1><p>{len(alerts)} firing, {len(history)} deliveries kept; {clock} UTC, "
        f"looks again every {_REFRESH} s</p></header><main>"
        f"{_heartbeat(beats, now)}{_truncated(alerts)}<h2>Firing now</h2>{articles}<h2>Delivered</h2>"
        f"{table if history else '<p>Nothing was delivered yet.</p>'}</main></body></html>"
    )


def _heartbeat(beats: Sequence[Delivery], now: datetime) -> str:
    """Say when what always fires was told of last; without it that nothing fires means nothing."""
    last = max((one.received_at for one in beats), default=None)
    if last is None or now - last > _LATE:
        ago = "was never heard" if last is None else f"was last heard {_age(now - last)} ago"
        return f'<p class="note late">The heartbeat {ago}: alerts may not arrive.</p>'
    return f"<p>Heartbeat {_age(now - last)} ago: alerts arrive.</p>"


def _alert(one: Delivery, now: datetime) -> str:
    words = _text(one, "summary")
    more = _text(one, "description")
    labels = [f"{key}={one.labels[key]}" for key in sorted(one.labels) if key not in {"alertname", "severity", "owner"}]
    owner = f"owner {escape(one.owner)}; " if one.owner else ""
    return (
        f'<article class="{_kind(one)}"><h3>{_severity(one)} {escape(one.alertname)}</h3>'
        f"{f'<p>{words}</p>' if words else ''}{f'<p>{more}</p>' if more and more != words else ''}"
        f"<p>{owner}fires for {_age(now - one.starts_at)}, since {_when(one.starts_at)}; "
        f"last told {_age(now - one.received_at)} ago {_runbook(one)}</p>"
        f'<p class="labels">{escape(", ".join(labels))}</p></article>'
    )


def _row(one: Delivery) -> str:
    state = one.status if one.status == "firing" else '<span class="severity resolved">resolved</span>'
    left = f" <em>{one.truncated_alerts} more of its group were left out</em>" if one.truncated_alerts else ""
    return (
        f"<tr><td>{_when(one.received_at)}</td><td>{state}</td><td>{escape(one.alertname)}</td>"
        f"<td>{_severity(one)}</td><td>{escape(one.owner)}</td>"
        f"<td>{_text(one, 'summary')} {_runbook(one)}{left}</td></tr>"
    )


def _truncated(firing: Sequence[Delivery]) -> str:
    """Say which groups fire with more alerts than their notification brought: here they can't be listed."""
    groups = {one.group_key: one.truncated_alerts for one in firing if one.truncated_alerts}
    return "".join(
        f'<p class="note">{count} more alerts of the group <code>{escape(key)}</code> were left out of its '
        "notification: Alertmanager has them.</p>"
        for key, count in groups.items()
    )


def _kind(one: Delivery) -> str:
    found = _KINDS.get(one.severity, one.severity)
    return found if found in {"page", "ticket"} else "none"


def _severity(one: Delivery) -> str:
    return f'<span class="severity {_kind(one)}">{escape(one.severity or "no severity")}</span>'


def _text(one: Delivery, annotation: str) -> str:
    return escape(one.annotations.get(annotation, ""))


def _runbook(one: Delivery) -> str:
    link = one.annotations.get("runbook_url", "")
    if not link.startswith(("https://", "http://")):  # a link is what a sender wrote: no other scheme is followed
        return escape(link)
    return f'<a href="{escape(link)}" rel="noreferrer">runbook</a>'


def _when(moment: datetime) -> str:
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M:%S}</time>'


def _age(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    return f"{seconds // _HOUR} h" if seconds < _DAY else f"{seconds // _DAY} days"
