"""Every diagram there is, and its file."""

from lab.diagrams import architecture, delivery
from lab.diagrams.drawing import Diagram, svg

FOLDER = "docs/img"
DIAGRAMS: dict[str, Diagram] = {"architecture": architecture.DIAGRAM, "delivery": delivery.DIAGRAM}


def files() -> dict[str, str]:
    """Return what each file of FOLDER must say, by its name."""
    return {f"{name}.svg": svg(diagram) for name, diagram in DIAGRAMS.items()}
