"""Load on the lab."""

from invoke.context import Context
from invoke.tasks import task

from lab.core.paths import Paths
from lab.flows import load, load_plan, load_report
from lab.flows import load_limit as own_limit
from lab.flows import load_ui as load_page
from lab.flows.command import job, number, out, plainly
from loadtests.shapes import SHAPES


@task(
    help={
        "scenario": f"what users do: {', '.join(load_plan.SCENARIOS)}",
        "shape": f"how users come and go: {', '.join(SHAPES)}",
        "users": "at once, at most",
        "rate": "arrivals/s of all users, answered or not; 0: each asks again when it was answered",
        "time": "such as 30s or 2m; by default the shape's own",
        "workers": "processes that share the users; pods with --in-cluster",
        "in_cluster": "from pods of the lab's cluster (kind)",
        "plain": "no live progress",
    }
)
@job
def load_run(
    _: Context,
    scenario: str = "mixed",
    shape: str = "steady",
    users: str = "10",
    rate: str = "0",
    time: str | None = None,
    workers: str = "1",
    in_cluster: bool = False,
    plain: bool = False,
) -> bool:
    """Load the lab and judge it by its SLOs; writes an HTML report."""
    plan = load_plan.plan(scenario, users, rate, time, shape, workers)
    report = load.run_in_cluster(plan, plainly(plain)) if in_cluster else load.run(plan, plainly(plain))
    out.print(load_report.render(report))
    return report.ok


@task(
    help={
        "users": "at once, to begin with",
        "rate": "arrivals/s of so many users; 0: each asks again when it was answered",
        "time": "after which it ends, such as 30m",
        "port": "of 127.0.0.1 (8089)",
    }
)
@job
def load_ui(_: Context, users: str = "10", rate: str = "0", time: str = "30m", port: str = "8089") -> None:
    """Open Locust's web page to load the lab by hand; Ctrl-C ends it, and the ledger is counted."""
    plan = load_plan.plan("mixed", users, rate, time)
    out.print(load_page.render(load_page.serve(plan, number("port", port, int) or 0)))


@task(help={"time": "of the measurement, such as 5s", "workers": "processes"})
@job
def load_limit(_: Context, time: str = "5s", workers: str = "1") -> None:
    """Measure how many requests/s this machine's load generator reaches by itself."""
    plan = load_plan.plan("order", "50", "0", time, workers=workers)
    out.print(str(own_limit.measure(Paths(), plan.workers, plan.seconds)))
