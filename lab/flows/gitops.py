"""`gitops.*`: what a cluster makes of this repository, how two differ, and whether one is as it must be."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from lab.checks.manifests.differences import ABSENT, Difference, differences
from lab.checks.manifests.explained import read, why, wrong
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.tools import gitops
from lab.tools.gitops import Rendering, Source


def render(cluster: str, checkout: Path = CHECKOUT) -> str:
    """Return everything that a cluster makes, as one YAML stream; each object below a comment that says what makes it.

    Charts are not rendered: their Applications are shown as they are. Raises UsageError for an unknown cluster or a
    path that is not there, CommandError with kustomize's words.
    """
    found = _whole(cluster, checkout)
    return "".join(
        f"---\n# Application {made.origin.application}: {made.origin.path}\n{made.text}\n" for made in found.objects
    )


def write(content: str, file: Path) -> None:
    """Write a rendering. Raises UsageError where that can't be done."""
    try:
        file.write_text(content)
    except OSError as error:
        raise UsageError(f"{file} can't be written", why=str(error.strerror), fix="--out with another file") from error


def diff(a: str, b: str, checkout: Path = CHECKOUT) -> list[Difference]:
    """Return what differs between two clusters. Raises as `render` does, and UsageError for an object made twice."""
    one, other = _whole(a, checkout), _whole(b, checkout)
    return differences(one.objects, other.objects)


def as_text(found: Sequence[Difference], a: str, b: str) -> str:
    """Return differences as lines: objects that one side has, then each field, A's value -> B's value."""
    lines = []
    for difference in found:
        if difference.only:
            lines.append(f"{difference.name}: only in {a if difference.only == 'a' else b}")
            continue
        lines.append(f"{difference.name}:")
        lines += [f"  {change.field}: {_shown(change.a)} -> {_shown(change.b)}" for change in difference.changes]
    return "\n".join(lines or [f"{a} and {b} make the same"])


def explained(found: Sequence[Difference], a: str, b: str, checkout: Path = CHECKOUT) -> str:
    """Return differences by their reasons, as lines. Raises UsageError when nobody has written down B's against A's."""
    reasons = read(checkout / "gitops" / "clusters" / b / "differences.yaml")
    if reasons.than != a:
        raise UsageError(f"{b}'s differences from {a} are not explained", fix=f"./inv gitops.diff {reasons.than} {b}")
    told = why(found, reasons)
    lines = []
    for reason in reasons.reasons:
        lines.append(reason.why)
        lines += [f"  {name}{field and f': {field}'}" for (name, field), because in told.items() if reason in because]
    return "\n".join([*lines, *wrong(found, reasons)])


def as_json(found: Sequence[Difference], a: str, b: str) -> str:
    """Return differences as JSON; a side that lacks a field lacks its key."""
    changed = [
        {
            "object": difference.name,
            "changes": [
                {"field": change.field}
                | {side: value for side, value in (("a", change.a), ("b", change.b)) if value is not ABSENT}
                for change in difference.changes
            ],
        }
        for difference in found
        if not difference.only
    ]
    only = {side: [difference.name for difference in found if difference.only == side] for side in ("a", "b")}
    return json.dumps({"a": a, "b": b, "only_a": only["a"], "only_b": only["b"], "changed": changed}, indent=2)


def root(cluster: str, checkout: Path = CHECKOUT) -> str:
    """Return the app of apps of a cluster as YAML. Raises UsageError for an unknown one."""
    folder = checkout / "gitops" / "clusters" / gitops.the_cluster(cluster, checkout)
    made = yaml.safe_load((checkout / "gitops" / "platform" / "argocd" / "app-of-apps.yaml").read_text())
    settings = yaml.safe_load((folder / "cluster.yaml").read_text())["data"]
    made["spec"]["source"] = {
        "repoURL": settings["repository"],
        "targetRevision": settings["revision"],
        "path": f"gitops/clusters/{cluster}",
    }
    return yaml.safe_dump(made, sort_keys=False)


def _shown(value: Any) -> str:
    return str(value) if value is ABSENT else json.dumps(value, ensure_ascii=False)


def _whole(cluster: str, checkout: Path) -> Rendering:
    """Return a cluster's rendering. Raises UsageError when a path of it leads nowhere: then it is not all there is."""
    found = gitops.render(cluster, checkout)
    for source in found.sources:
        if source.outcome in {"missing", "wrong repository"}:
            raise UsageError(_lost(source), fix=f"./inv gitops.validate --cluster {cluster} says what to do")
    return found


def _lost(source: Source) -> str:
    return f"{source.application}: {source.where!r} of {source.repository} can't be rendered: {source.outcome}"
