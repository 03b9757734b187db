"""The same object twice in one cluster: two Applications would take it from each other for ever."""

from collections.abc import Iterator, Sequence

from lab.checks.manifests.problem import Problem
from lab.tools.rendered import Rendered


def duplicates(objects: Sequence[Rendered]) -> Iterator[Problem]:
    """Yield every object whose group, kind, namespace and name another one before it has."""
    first: dict[tuple[str, str, str, str], Rendered] = {}
    for found in objects:
        other = first.setdefault(found.key, found)
        if other is not found:
            what = f"is made by Application {other.origin.application} ({other.origin.path}) too"
            made = f"Application {found.origin.application} ({found.origin.path})"
            yield Problem("duplicate", found, "metadata.name", what, f"take it out of {made}, or rename it")
