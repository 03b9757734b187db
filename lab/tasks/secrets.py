"""Passwords."""

from invoke.context import Context
from invoke.tasks import task

from lab.flows import rotate
from lab.flows.command import job, out, plainly


@task(
    positional=["name"],
    help={"name": f"one of {', '.join(rotate.NAMES)}", "json": "machine-readable", "plain": "no live progress"},
)
@job
def secrets_rotate(_: Context, name: str, json: bool = False, plain: bool = False) -> bool:
    """Change a password in Secrets Manager and prove that the pods use it, with no failed request (kind)."""
    made = rotate.rotate(name, plainly(plain))
    print(made.model_dump_json(indent=2)) if json else out.print(rotate.render(made))
    return made.ok
