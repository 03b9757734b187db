"""What is told of a version that was shipped, in the terminal and on a page."""

import re
from pathlib import Path

from rich.console import Console

from lab.flows.ship_report import Shipped, render
from tests.unit.lab.shipping import Ship, shipped, url

__all__ = ["shipped", "url"]


def test_a_way_back_that_does_not_help_is_told(shipped: Ship) -> None:
    made, _ = shipped(broken={"1", "2"})
    assert made.after_reasons == ["P95 was 900 ms"]
    assert "not all is well yet" in made.words
    console = Console(width=200)
    with console.capture() as told:
        console.print(render(made))
    assert re.search("still not well .* P95 was 900 ms", told.get())


def test_a_ship_that_was_not_scanned_says_so(shipped: Ship) -> None:
    made, _ = shipped()
    assert made.scanned is False
    cells = [str(cell) for column in render(made).columns for cell in column.cells]  # type: ignore[union-attr] # a table
    assert "no: trivy is not on PATH" in cells


def test_the_report_tells_the_way_there_and_back(shipped: Ship, tmp_path: Path) -> None:
    made, _ = shipped(broken={"2"})
    page = (tmp_path / made.html).read_text()
    for words in (made.words, "P95 was 900 ms", "Under load, after the way back", "back: order"):
        assert words in page
    assert Shipped.model_validate_json((tmp_path / made.html).with_suffix(".json").read_text()) == made
