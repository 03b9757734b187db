"""What fires, and who was told."""

from json import dumps

from invoke.context import Context
from invoke.tasks import task

from lab.flows import alerts
from lab.flows.command import job, number, out


@task(help={"json": "machine-readable"})
@job
def alerts_list(_: Context, json: bool = False) -> None:
    """Show what fires or is pending, and how long after it began to fire it was delivered (kind)."""
    seen = alerts.listed()
    print(dumps([one.model_dump(mode="json") for one in seen], indent=2)) if json else out.print(alerts.render(seen))


@task(help={"name": "one alert", "status": "firing or resolved", "json": "machine-readable"})
@job
def alerts_inbox(_: Context, name: str | None = None, status: str | None = None, json: bool = False) -> None:
    """Show what the pager was told, the newest first (kind)."""
    found = alerts.inbox(name, status)
    told = [one.model_dump(mode="json", by_alias=True) for one in found] if json else []
    print(dumps(told, indent=2)) if json else out.print(alerts.render_inbox(found))


@task(
    positional=["name"],
    help={"name": "alert", "minutes": "from now on", "comment": "why", "json": "machine-readable"},
)
@job
def alerts_silence(_: Context, name: str, minutes: str = "30", comment: str | None = None, json: bool = False) -> None:
    """Keep an alert from being told of for a while; once more makes it longer (kind)."""
    made = alerts.silence(name, number("minutes", minutes, int), comment)
    print(made.model_dump_json(indent=2) if json else alerts.render_silence(made))


@task(positional=["which"], help={"which": "alert, or id of a silence", "json": "machine-readable"})
@job
def alerts_unsilence(_: Context, which: str, json: bool = False) -> None:
    """End the silences of an alert, or one silence (kind)."""
    done = alerts.unsilence(which)
    print(done.model_dump_json(indent=2) if json else done.words)
