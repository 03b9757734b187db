"""What must pass, and the pipeline that begins with it."""

from invoke.context import Context
from invoke.tasks import task

from lab.core.state import SERVICES
from lab.flows import load_plan, quality, ship, ship_report
from lab.flows.command import job, out, plainly


@task(
    help={
        "service": f"one of {', '.join(SERVICES)}; all by default",
        "level": f"of tests that run first: one of {', '.join(quality.LEVELS)}; {' and '.join(ship.LEVELS)} by default",
        "skip_tests": "run none",
        "time": "under load that judges the new version, such as 30s or 2m",
        "json": "machine-readable",
        "plain": "no live progress",
    },
    name="ship",
)
@job
def ship_tree(
    _: Context,
    service: str | None = None,
    level: str | None = None,
    skip_tests: bool = False,
    time: str = "30s",
    json: bool = False,
    plain: bool = False,
) -> bool:
    """Test, scan, build, push, sync and prove the working tree; roll back by itself what breaks an SLO (kind)."""
    levels = () if skip_tests else (level,) if level else ship.LEVELS
    made = ship.ship(service, levels, load_plan.seconds(time), plainly(plain))
    print(made.model_dump_json(indent=2)) if json else out.print(ship_report.render(made))
    return made.ok


@task(help={"plain": "no live progress"})
@job
def lint(_: Context, plain: bool = False) -> None:
    """Ruff, mypy and the import contracts."""
    quality.lint(plain=plainly(plain))


@task(
    name="test",
    help={
        "level": f"one of {', '.join(quality.LEVELS)}, {quality.CLUSTER}; all but the last two by default",
        "keyword": "as pytest -k",
        "plain": "no live progress",
    },
)
@job
def run_tests(_: Context, level: str | None = None, keyword: str | None = None, plain: bool = False) -> None:
    """Everything that must pass: lint, types, contracts, unit, services, end to end."""
    if level is None and keyword is None:
        quality.lint(plain=plainly(plain))
    quality.test(level, keyword)
