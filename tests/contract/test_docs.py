"""README and docs/: every command is one that exists, every link leads somewhere, every layer named is a folder."""

import re
from pathlib import Path

import pytest

from lab.core.paths import CHECKOUT
from tasks import namespace
from tests.servers.alerting import values

PAGES = sorted(
    [
        CHECKOUT / "README.md",
        CHECKOUT / "CHANGELOG.md",
        CHECKOUT / "CONTRIBUTING.md",
        *(CHECKOUT / "docs").rglob("*.md"),
    ]
)
TASK = re.compile(r"\./inv ([a-z]+(?:\.[a-z-]+)?)((?: --?[a-z-]+| [\w./:]+)*)")


def name(page: Path) -> str:
    return str(page.relative_to(CHECKOUT))


@pytest.fixture(scope="module")
def tasks() -> dict[str, set[str]]:
    """Every task's options by its name."""
    return {str(context.name): set(context.flags) for context in namespace.to_contexts()}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_and_its_options_exist(page: Path, tasks: dict[str, set[str]]) -> None:
    for task, options in TASK.findall(page.read_text()):
        assert task in tasks, f"{name(page)} names ./inv {task}"
        for option in re.findall(r"--[a-z-]+", options):
            assert option in tasks[task], f"{name(page)}: {task} has no {option}"


def test_every_task_says_what_it_does(tasks: dict[str, set[str]]) -> None:
    assert {
        "lab.up",
        "lab.down",
        "lab.status",
        "lab.verify",
        "lab.logs",
        "lab.doctor",
        "load.run",
        "bench.orders",
    } <= set(tasks)
    assert [task for task in tasks if not namespace[task].__doc__] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), f"{name(page)}: {target}"


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_anchor_is_a_heading(page: Path) -> None:
    for path, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
        assert anchor in headings((page.parent / path) if path else page), f"{name(page)}: {path}#{anchor}"


def test_the_readme_names_every_setting_free_file_there_is() -> None:
    text = (CHECKOUT / "README.md").read_text()
    for path in ("services/", "lab/", "loadtests/", "tests/", "docs/", "docker-compose.yml"):
        assert path in text
        assert (CHECKOUT / path).exists()


def test_the_figures_of_the_ladder_are_those_that_were_measured() -> None:
    readme, measured = ((CHECKOUT / name).read_text() for name in ("README.md", "docs/benchmarks.md"))
    measured += (CHECKOUT / "docs" / "cluster.md").read_text()
    for rung in ("host", "compose", "kind"):
        (row,) = re.findall(rf"^\| `{rung}` \|.*$", readme, re.MULTILINE)
        figures = re.findall(r"\b[\d.]+ (?:s|MB|GiB)\b", row)
        assert figures
        assert [figure for figure in figures if figure not in measured] == []


def test_the_page_of_alerts_says_how_soon_people_are_told() -> None:
    page = (CHECKOUT / "docs" / "alerts.md").read_text()
    routes = {cluster: values(cluster)["alertmanager"]["config"]["route"] for cluster in ("local", "eks")}
    for severity in ("page", "ticket"):
        own = {
            name: route | next((r for r in route["routes"] if r["receiver"] == severity), {})
            for name, route in routes.items()
        }
        local, eks = (spelled(own[cluster]["group_wait"]) for cluster in ("local", "eks"))
        assert re.search(
            rf"^\| `{severity}`.* \| pager, after {local} \| `#{severity}s`, after {eks} \|", page, re.MULTILINE
        )
    local, eks = (spelled(routes[cluster]["group_interval"]) for cluster in ("local", "eks"))
    assert f"more of the same group follow after {local} in the lab, {eks} on EKS" in page


def spelled(time: str) -> str:
    """Return Alertmanager's 15s or 1m as pages write it."""
    return time.removesuffix("s") + " s" if time.endswith("s") else time.removesuffix("m") + " min"
