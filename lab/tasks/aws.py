"""The platform on an account of AWS, and its rehearsals."""

from json import dumps

from invoke.context import Context
from invoke.tasks import task

from lab.core.config import load_config
from lab.flows import aws, aws_look, rehearse, rehearse_nodes
from lab.flows.command import job, out, plainly

_ENVIRONMENT = {"environment": "dev or prod"}
_SUBSTITUTES = {"substitutes": "take another version of Terraform's provider where the locked one is not to be had"}


@task(positional=["environment"], help=_ENVIRONMENT)
@job
def aws_bootstrap(_: Context, environment: str) -> None:
    """Make what Terraform needs on an account before its first plan: the state's bucket, and passwords."""
    made = aws.bootstrap(environment)
    print("\n".join(f"made: {one}" for one in made) or "all of it was there")


@task(positional=["environment"], help=_ENVIRONMENT | _SUBSTITUTES)
@job
def aws_plan(_: Context, environment: str, substitutes: bool = False) -> None:
    """Plan an environment into a file, and show what it would do and cost."""
    saved = aws.plan(environment, load_config(substitutes=substitutes or None))
    out.print(aws.render(saved, "planned"))


@task(positional=["environment"], help=_ENVIRONMENT | {"confirm": "the environment's name, where nobody can type it"})
@job
def aws_apply(_: Context, environment: str, confirm: str | None = None) -> None:
    """Do what the saved plan says, once the environment's name was typed."""
    aws.apply(environment, confirm, load_config())


@task(
    positional=["environment"],
    help=_ENVIRONMENT
    | {"confirm": "the environment's name, where nobody can type it", "wipe": "state and passwords too"},
)
@job
def aws_destroy(_: Context, environment: str, confirm: str | None = None, wipe: bool = False) -> bool:
    """Delete an environment once its name was typed, and list by tag what is still there."""
    left = aws.destroy(environment, confirm, wipe, load_config())
    out.print(aws.render_left(left))
    return all(item.kept for item in left)


@task(positional=["environment"], help=_ENVIRONMENT | _SUBSTITUTES)
@job
def aws_outputs(_: Context, environment: str, substitutes: bool = False) -> None:
    """Print what gitops/ and workflows need to know of an environment: names, ARNs, URLs."""
    print(dumps(aws.outputs(environment, load_config(substitutes=substitutes or None)), indent=2))


@task(positional=["environment"], help=_ENVIRONMENT)
@job
def aws_kubeconfig(_: Context, environment: str) -> None:
    """Write .lab/eks-<environment>.kubeconfig and print its path: export KUBECONFIG=$(./inv aws.kubeconfig dev)."""
    print(aws_look.kubeconfig(environment))


@task(positional=["environment"], help=_ENVIRONMENT | {"json": "machine-readable"})
@job
def aws_status(_: Context, environment: str, json: bool = False) -> None:
    """Show what of an environment is on its account."""
    seen = aws_look.status(environment, load_config())
    print(seen.model_dump_json(indent=2)) if json else out.print(aws_look.render(seen))


@task(positional=["environment"], help=_ENVIRONMENT | _SUBSTITUTES | {"json": "machine-readable"})
@job
def aws_cost(_: Context, environment: str, json: bool = False, substitutes: bool = False) -> None:
    """Estimate what an environment costs a month; no account is asked."""
    costs, prices = aws_look.costs(environment, load_config(substitutes=substitutes or None))
    lines = {"note": prices.note, "currency": prices.currency, "costs": [line.model_dump() for line in costs]}
    print(dumps(lines, indent=2)) if json else out.print(aws.render_costs(costs, prices))


@task(help=_SUBSTITUTES | {"json": "machine-readable", "plain": "no live progress"})
@job
def aws_rehearse(_: Context, json: bool = False, substitutes: bool = False, plain: bool = False) -> None:
    """Apply dev to an AWS emulator, plan it again, destroy it; say what was really exercised."""
    made = rehearse.rehearse(plainly(plain), load_config(substitutes=substitutes or None))
    print(made.model_dump_json(indent=2)) if json else out.print(rehearse.render(made))


@task(
    help={
        "json": "machine-readable",
        "substitutes": "take what stands in for a locked version",
        "plain": "no live progress",
    }
)
@job
def aws_rehearse_nodes(_: Context, json: bool = False, substitutes: bool = False, plain: bool = False) -> bool:
    """Show on simulated nodes what Karpenter does by dev's NodePool; it needs Docker, Karpenter's program and KWOK."""
    made = rehearse_nodes.rehearse(plainly(plain), load_config(substitutes=substitutes or None))
    print(made.model_dump_json(indent=2)) if json else out.print(rehearse_nodes.render(made))
    return made.ok
