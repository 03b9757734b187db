"""`aws.bootstrap|plan|apply|destroy`: Terraform on an AWS account, that of the environment and no other."""

from dataclasses import dataclass
from typing import Any

import boto3
from rich.console import Console, Group, RenderableType
from rich.table import Table

from lab.checks import cost, leftovers
from lab.core.config import Config
from lab.core.errors import CheckError, UsageError
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.say import say
from lab.flows.command import confirmed
from lab.stages.aws_bootstrap import Bootstrap
from lab.stages.aws_terraform import Cloud, Saved
from lab.tools import aws, environments
from lab.tools.environments import Environment


@dataclass(frozen=True)
class Entered:
    """An environment whose account the credentials were seen to belong to."""

    environment: Environment
    using: boto3.Session
    identity: aws.Identity


def enter(name: str) -> Entered:
    """Return the environment, entered with the user's credentials.

    Raises UsageError for an unknown environment, one that is not filled in, or credentials of another account.
    """
    environment = environments.read(name)
    using = aws.session(environment.region)
    identity = aws.identity(using)
    if identity.account != environment.account_id:
        raise UsageError(
            f"these credentials are of account {identity.account}, {name} is account {environment.account_id}",
            why=f"you are {identity.arn}",
            fix="set AWS_PROFILE to a profile of that account; nothing was done",
        )
    return Entered(environment, using, identity)


def bootstrap(name: str) -> list[str]:
    """Make what Terraform needs before its first plan; return what was made."""
    entered, paths = enter(name), Paths()
    with lock(paths.state / "aws" / "lock"):
        return Bootstrap(entered.environment, entered.using).ensure()


def plan(name: str, config: Config) -> Saved:
    """Plan the environment and keep the plan for `apply`."""
    entered, paths = enter(name), Paths()
    with lock(paths.state / "aws" / "lock"):
        return _cloud(paths, entered, config).plan()


def apply(name: str, answer: str | None, config: Config) -> None:
    """Show the saved plan, have the environment's name typed, and do what the plan says.

    Raises UsageError without a plan of the configuration as it is, or without the name.
    """
    entered, paths = enter(name), Paths()
    with lock(paths.state / "aws" / "lock"):
        cloud = _cloud(paths, entered, config)
        saved = cloud.applicable()
        Console(stderr=True).print(render(saved, entered.identity.arn))
        if not saved.changes.any:
            cloud.forget()
            return say("nothing is to be done")
        confirmed(name, answer, f"this changes account {saved.account}", f"--confirm {name}")
        cloud.apply()
    return say(f"done; for gitops/: ./inv aws.outputs {name}; your way in: ./inv aws.kubeconfig {name}")


def outputs(name: str, config: Config) -> dict[str, Any]:
    """Return what gitops/ and workflows need to know of an environment that was applied."""
    entered, paths = enter(name), Paths()
    with lock(paths.state / "aws" / "lock"):
        return _cloud(paths, entered, config).outputs()


def destroy(name: str, answer: str | None, wipe: bool, config: Config) -> list[leftovers.Leftover]:
    """Show what would be deleted, have the environment's name typed, delete it; return what is still there.

    `wipe` takes the state's bucket and the passwords too. Raises CheckError when something is protected against it.
    """
    entered, paths = enter(name), Paths()
    store = Bootstrap(entered.environment, entered.using)
    with lock(paths.state / "aws" / "lock"):
        if store.there():
            _destroy(_cloud(paths, entered, config), entered, answer, wipe)
        if wipe:
            for gone in store.remove():
                say(f"{gone}: deleted")
    return leftovers.look(entered.using, entered.environment)


def _destroy(cloud: Cloud, entered: Entered, answer: str | None, wipe: bool) -> None:
    name = entered.environment.name
    saved = cloud.plan(destroy=True)
    try:
        Console(stderr=True).print(render(saved, entered.identity.arn))
        if saved.protected:
            raise CheckError(
                f"{name} is protected against deletion",
                why=", ".join(saved.protected),
                fix=f"set protected = false in terraform/environments/{name}/settings.tf, ./inv aws.plan {name} and "
                f"./inv aws.apply {name}: then whoever reviews it knows",
            )
        if saved.changes.any or wipe:
            confirmed(name, answer, f"this deletes {name} from account {saved.account}", f"--confirm {name}")
        if saved.changes.any:
            cloud.apply()
    finally:
        cloud.forget()


def _cloud(paths: Paths, entered: Entered, config: Config) -> Cloud:
    if not Bootstrap(entered.environment, entered.using).there():
        raise UsageError("Terraform's state has no bucket yet", fix=f"./inv aws.bootstrap {entered.environment.name}")
    return Cloud(paths, entered.environment, entered.using, config)


def render(saved: Saved, who: str) -> RenderableType:
    """Return where a plan goes, what it does, and what stands there afterwards costs."""
    table = Table(title=f"{saved.kind} {saved.environment}", title_justify="left", show_header=False)
    table.add_row("account", f"{saved.account}, as {who}")
    table.add_row("region", saved.region)
    table.add_row("plan", f"{saved.changes}; made {saved.made}")
    return Group(table, render_costs(saved.costs, cost.load_prices(saved.region)))


def render_costs(costs: list[cost.Cost], prices: cost.Prices) -> RenderableType:
    """Return what costs what a month."""
    if not costs:
        return f"nothing that is paid by the hour ({prices.note})"
    table = Table(title="what stands there costs", title_justify="left")
    for column in ("what", "how many", "size", f"{prices.currency} a month"):
        table.add_column(column, justify="left" if column in {"what", "size"} else "right")
    for line in costs:
        shown = "unknown" if line.monthly is None else f"{line.monthly:.2f}"
        table.add_row(line.what, str(line.count), line.size, shown)
    table.add_section()
    table.add_row("in all", "", "", f"{cost.total(costs):.2f}")
    table.caption = (
        f"{prices.note}\nbeside it: traffic, logs, requests, storage of S3, and the nodes that Karpenter brings"
    )
    return table


def render_left(found: list[leftovers.Leftover]) -> RenderableType:
    """Return what is still there after a destroy."""
    if not found:
        return "[green]✓[/] nothing with the environment's tags is left"
    table = Table(title="still there", title_justify="left")
    table.add_column("resource")
    table.add_column("made by")
    for item in found:
        table.add_row(item.arn, item.made_by)
    if any(item.kept for item in found):
        table.caption = "state and passwords are kept on purpose; --wipe takes them"
    return table
