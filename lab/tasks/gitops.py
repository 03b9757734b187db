"""The tree that Argo CD reads."""

from pathlib import Path

from invoke.context import Context
from invoke.tasks import task

from lab.core.config import load_config
from lab.core.state import SERVICES
from lab.flows import bump, dashboards, gitops, history, manifests
from lab.flows.command import job, number, plainly


@task(positional=["cluster"], help={"cluster": "folder of gitops/clusters", "out": "file; standard output by default"})
@job
def gitops_render(_: Context, cluster: str, out: str | None = None) -> None:
    """Print every object of a cluster and what makes it; charts are shown as their Applications alone."""
    content = gitops.render(cluster)
    gitops.write(content, Path(out)) if out else print(content, end="")


@task(
    positional=["a", "b"],
    help={"a": "cluster", "b": "cluster", "json": "machine-readable", "why": "by reasons (B's differences.yaml)"},
)
@job
def gitops_diff(_: Context, a: str, b: str, json: bool = False, why: bool = False) -> None:
    """Show exactly what differs between two clusters: objects, then fields, A's value -> B's value."""
    found, show = gitops.diff(a, b), gitops.as_json if json else gitops.as_text
    print(gitops.explained(found, a, b) if why else show(found, a, b))


@task(positional=["cluster"], help={"cluster": "folder of gitops/clusters, on AWS"})
@job
def gitops_root(_: Context, cluster: str) -> None:
    """Print the one Application that is applied by hand, as of a cluster's cluster.yaml: for kubectl apply -f -."""
    print(gitops.root(cluster))


@task(help={"cluster": "folder of gitops/clusters; all by default"})
@job
def gitops_validate(_: Context, cluster: str | None = None) -> bool:
    """Check every rendered object: schemas, duplicates, names that lead nowhere, our own rules."""
    verdicts = manifests.validate(cluster)
    print("\n".join(line for verdict in verdicts for line in manifests.lines(verdict)))
    return not any(verdict.problems for verdict in verdicts)


@task(
    positional=["service", "digest"],
    help={
        "service": f"one of {', '.join(SERVICES)}",
        "digest": "of its image: sha256:...",
        "cluster": "whose overlay",
        "repository": f"URL to push the commit to, with the token in {bump.TOKEN}; by default the file here is changed",
        "branch": "of the repository (main)",
    },
)
@job
def gitops_bump(
    _: Context, service: str, digest: str, cluster: str = "dev", repository: str | None = None, branch: str = "main"
) -> None:
    """Put a new image of a service into a cluster's overlay: what CI does after it pushed one."""
    print(bump.bump(service, digest, cluster, repository, branch))


@task(help={"count": "commits (10)"})
@job
def gitops_log(_: Context, count: str = "10") -> None:
    """Show the commits that Argo CD reads, the newest first (kind)."""
    print("\n".join(f"{commit.id[:8]} {commit.subject}" for commit in history.log(number("count", count, int) or 0)))


@task(help={"commit": "as gitops.log shows it; the last one by default", "plain": "no live progress"})
@job
def gitops_revert(_: Context, commit: str | None = None, plain: bool = False) -> None:
    """Take a deployed commit back by `git revert`, and wait until what was before runs (kind)."""
    print(f"reverted by {history.revert(commit, plainly(plain))[:8]}")


@task(help={"bundle": "folder that has them; asks nothing of the internet for what is in it"})
@job
def gitops_fetch(_: Context, bundle: str | None = None) -> None:
    """Bring the definitions that gitops.validate holds Karpenter's objects to; no cluster is needed."""
    for file in manifests.fetch(load_config(bundle=bundle)):
        print(f"here: {file.name}")


@task()
@job
def gitops_dashboards(_: Context) -> None:
    """Write Grafana's dashboards anew from lab/dashboards; what changed is for you to commit."""
    print(dashboards.render(dashboards.write()))
