"""`lab.doctor`: what would keep the lab from rising, each finding with its fix."""

from rich.console import RenderableType
from rich.table import Table

from lab.checks import machine
from lab.checks.machine import Finding
from lab.core.paths import Paths
from lab.core.state import load

FIRST_PORT = 8001


def doctor(port: int | None) -> list[Finding]:
    """Look at everything, in at most some seconds; nothing is changed."""
    paths = Paths()
    state = load(paths.run)
    if port is None:
        port = state.services["order"] if state else FIRST_PORT
    return [
        machine.system(),
        machine.python(),
        machine.environment_is_whole(),
        machine.memory(),
        machine.disk(paths),
        machine.engine(),
        machine.engine_disk(),
        *machine.service_ports(port, state),
        machine.leftovers(paths, state),
        *machine.tools(),
        machine.proxies(),
        *machine.kernel(),
    ]


def render(findings: list[Finding]) -> RenderableType:
    """Return the findings as a table."""
    table = Table(show_header=False)
    for finding in findings:
        mark = "[green]✓[/]" if finding.ok else "[red]✗[/]" if finding.blocks else "[yellow]![/]"
        table.add_row(mark, finding.what, finding.saw, f"next: {finding.fix}" if finding.fix else "")
    return table
