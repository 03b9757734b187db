"""What of the documentation is made from something."""

from invoke.context import Context
from invoke.tasks import task

from lab.flows import diagrams, picture
from lab.flows.command import job
from lab.flows.drilling import figures


@task()
@job
def docs_picture(_: Context) -> None:
    """Record a rise and fall on the host rung as the README's picture."""
    print(picture.record())


@task()
@job
def docs_drills(_: Context) -> None:
    """Write docs/drills.md's figures anew from the drills' reports; what changed is for you to commit."""
    print(figures.write())


@task()
@job
def docs_diagrams(_: Context) -> None:
    """Draw the diagrams of docs/img anew from lab/diagrams; what changed is for you to commit."""
    print("\n".join(diagrams.write()) or "every diagram is as its data draws it")
