"""Figures of this machine."""

from invoke.context import Context
from invoke.tasks import task

from lab.core.config import RUNTIMES, load_config
from lab.flows import bench, bench_report, cycles, load_plan
from lab.flows.command import job, number, out, plainly, rung


@task(help={"time": "for the handlers in all, such as 60s", "plain": "no live progress"})
@job
def bench_orders(_: Context, time: str = "40s", plain: bool = False) -> None:
    """Measure orders beside a minimal handler, the relay and the consumer."""
    out.print(bench_report.render(bench.orders(load_plan.seconds(time), plainly(plain))))


@task(
    help={
        "count": "cycles (3)",
        "runtime": f"rung: {', '.join(RUNTIMES)}",
        "plain": "no live progress",
    }
)
@job
def bench_cycles(_: Context, count: str = "3", runtime: str | None = None, plain: bool = False) -> None:
    """Raise and end the lab again and again; what each step takes, and what it takes when idle."""
    made = cycles.cycles(number("count", count, int) or 0, rung(runtime), plainly(plain), load_config())
    out.print(cycles.render(made))
