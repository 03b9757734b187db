"""What a drill's run leaves to look at: HTML, JSON, JUnit."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement

from pydantic import BaseModel

from lab.core.paths import Paths
from lab.drills.record import Run
from lab.flows import report
from lab.flows.drilling.chart import timeline


class Runs(BaseModel):
    """All runs of one `chaos.all`."""

    began: datetime
    runs: list[Run]


def write(paths: Paths, folder: Path, run: Run) -> str:
    """Write a run's report beside its journal; return its path within the checkout."""
    html = paths.reports / f"drill-{folder.name}.html"
    run = run.model_copy(update={"html": str(html.relative_to(paths.checkout))})
    report.write(html, "drill.html.j2", run, picture=timeline(run))
    junit(html.with_suffix(".xml"), [run])
    return run.html


def postmortem(paths: Paths, folder: Path, run: Run) -> str:
    """Write a postmortem's draft, filled in from the journal; return its path within the checkout."""
    file = paths.reports / f"postmortem-{folder.name}.md"
    file.write_text(report.rendered("postmortem.md.j2", run=run))
    return str(file.relative_to(paths.checkout))


def write_all(paths: Paths, runs: Sequence[Run]) -> str:
    """Write the report of all runs; return its path within the checkout."""
    made = Runs(began=runs[0].began, runs=list(runs))
    html = paths.reports / f"drills-{made.began:%Y%m%dT%H%M%S}.html"
    report.write(html, "drills.html.j2", made)
    junit(html.with_suffix(".xml"), runs)
    return str(html.relative_to(paths.checkout))


def junit(file: Path, runs: Sequence[Run]) -> None:
    """Write the verdicts as JUnit's XML, which CI reads."""
    failed = sum(not run.ok for run in runs)
    suite = Element("testsuite", name="drills", tests=str(len(runs)), failures=str(failed))
    for run in runs:
        case = SubElement(suite, "testcase", classname="drills", name=run.drill, time=f"{run.ended_at:.1f}")
        if not run.ok:
            SubElement(case, "failure", message=run.reasons[0] if run.reasons else "").text = "\n".join(run.reasons)
    ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
