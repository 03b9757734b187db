"""The services' images, as CI makes them."""

from invoke.context import Context
from invoke.tasks import task

from lab.core.state import SERVICES
from lab.flows import publish
from lab.flows.command import job


@task(positional=["service"], help={"service": f"one of {', '.join(SERVICES)}"})
@job
def image_build(_: Context, service: str) -> None:
    """Build a service's image upon the pinned ones, as CI does, and print its name."""
    print(publish.build(service))


@task(
    positional=["service", "target"],
    help={"service": f"one of {', '.join(SERVICES)}", "target": "host/path:tag; a tag that is there stays as it is"},
)
@job
def image_push(_: Context, service: str, target: str) -> None:
    """Push what image.build made, and print its digest there."""
    print(publish.push(service, target))
