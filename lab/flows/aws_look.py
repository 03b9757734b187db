"""`aws.status|kubeconfig|cost`: what is on an AWS account, a way in, and what it costs."""

from pathlib import Path

from pydantic import BaseModel
from rich.console import RenderableType
from rich.table import Table

from lab.checks import cost, leftovers
from lab.checks.plans import Resource
from lab.core.config import Config
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.flows.aws import enter
from lab.stages.aws_bootstrap import Bootstrap
from lab.stages.aws_terraform import Cloud
from lab.stages.rehearsal import Rehearsal
from lab.tools import eks, environments
from lab.tools.environments import PASSWORDS


class AwsStatus(BaseModel):
    """An environment as its account tells. `cluster` is EKS's word (ACTIVE, CREATING, …), "" when there is none.

    `resources` counts what carries the environment's tags by its service; `plan` says what a saved plan would do.
    """

    environment: str
    account: str
    region: str
    identity: str
    bootstrapped: bool
    plan: str
    cluster: str
    kubernetes: str
    resources: dict[str, int]


def status(name: str, config: Config) -> AwsStatus:
    """Look at an environment. Raises as `enter` does, and AnswerError when AWS does not let us look."""
    entered = enter(name)
    environment, using = entered.environment, entered.using
    found = eks.describe(using, environment.cluster) or {}
    saved = Cloud(Paths(), environment, using, config).saved()
    services = [item.arn.split(":")[2] for item in leftovers.look(using, environment)]
    return AwsStatus(
        environment=name,
        account=environment.account_id,
        region=environment.region,
        identity=entered.identity.arn,
        bootstrapped=Bootstrap(environment, using).there(),
        plan=f"{saved.kind}: {saved.changes}, made {saved.made}" if saved else "",
        cluster=found.get("status", ""),
        kubernetes=found.get("version", ""),
        resources={service: services.count(service) for service in sorted(set(services))},
    )


def render(seen: AwsStatus) -> RenderableType:
    """Return a status as one screen."""
    table = Table(title=f"{seen.environment} on AWS", title_justify="left", show_header=False)
    table.add_row("account", f"{seen.account}, as {seen.identity}")
    table.add_row("region", seen.region)
    again = f"./inv aws.bootstrap {seen.environment} makes it"
    table.add_row("state's bucket", "there" if seen.bootstrapped else f"not there: {again}")
    table.add_row("saved plan", seen.plan or "none")
    table.add_row("cluster", f"{seen.cluster}, Kubernetes {seen.kubernetes}" if seen.cluster else "none")
    counted = ", ".join(f"{service} {count}" for service, count in seen.resources.items())
    table.add_row("resources by tag", counted or "none")
    return table


def kubeconfig(name: str) -> Path:
    """Write .lab/eks-<name>.kubeconfig and return its path; the user's own is never touched."""
    entered = enter(name)
    file = Paths().state / f"eks-{name}.kubeconfig"
    eks.kubeconfig(entered.using, entered.environment.cluster, file)
    return file


def costs(name: str, config: Config) -> tuple[list[cost.Cost], cost.Prices]:
    """Return what an environment costs a month, by a plan of it on the emulator: no account is asked."""
    paths, environment = Paths(), environments.known(name)
    with lock(paths.state / "aws" / "lock"), Rehearsal(paths, environment, config) as rehearsal:
        planned = rehearsal.plan()
    prices = cost.load_prices(rehearsal.region)
    passwords = Resource("aws_secretsmanager_secret", PASSWORDS, {})  # of aws.bootstrap: no plan knows it
    return cost.estimate([*planned, passwords], prices), prices
