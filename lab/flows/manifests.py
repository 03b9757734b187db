"""`gitops.validate`: every object of every cluster against its schema, its neighbours and our own rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.checks.manifests import known
from lab.checks.manifests.duplicates import duplicates
from lab.checks.manifests.problem import Problem
from lab.checks.manifests.references import namespaces, references, sources
from lab.checks.manifests.registries import registries
from lab.checks.manifests.rules import rules
from lab.checks.manifests.selectors import selectors
from lab.core.config import Config
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT, Paths
from lab.core.versions import load_lock
from lab.stages.fetched import Notes
from lab.stages.pinned_files import PinnedFiles
from lab.tools import gitops
from lab.tools.crds import Crds
from lab.tools.gitops import Source
from lab.tools.rendered import Rendered
from lab.tools.schemas import Schemas


@dataclass(frozen=True)
class Verdict:
    """What was found of one cluster; `notes` are what could not be looked at, and why."""

    cluster: str
    objects: int
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def validate(cluster: str | None = None, checkout: Path = CHECKOUT, crds: Crds | None = None) -> list[Verdict]:
    """Check one cluster, or all; `crds` are custom resources' schemas (by default those in what lab.fetch brought).

    Raises UsageError for an unknown cluster, CommandError with kustomize's or helm's words.
    """
    names = gitops.clusters(checkout) if cluster is None else [gitops.the_cluster(cluster, checkout)]
    if not names:
        raise UsageError("there are no clusters", why=f"{checkout / 'gitops' / 'clusters'} has none")
    found = crds or fetched_crds()
    schemas = Schemas(kubernetes_version(), found.file)
    return [_cluster(name, checkout, schemas, found.lacking) for name in names]


def lines(verdict: Verdict) -> list[str]:
    """Return a verdict as lines: problems, what was not looked at, and the sum."""
    said = [f"{verdict.cluster}: {words}" for words in (*map(str, verdict.problems), *verdict.notes)]
    return [*said, f"{verdict.cluster}: {verdict.objects} objects, problems: {len(verdict.problems) or 'none'}"]


def kubernetes_version() -> str:
    """Return the version of the pinned node image, as schemas are named: 1.34."""
    return ".".join(_node_version().removeprefix("v").split(".")[:2])


def fetched_crds() -> Crds:
    """Return the CRDs in the charts and manifests that lab.fetch has brought."""
    return Crds(Paths().cache, load_lock(), _node_version())


def fetch(config: Config) -> list[Path]:
    """Bring the definitions of what only clusters on AWS take, by lab.lock; return their files.

    Raises UsageError without a way to them, LabError for one that is not what is pinned.
    """
    cache = Paths().cache
    files = PinnedFiles(cache, config, Notes(cache / "definitions.json", substitutes=config.substitutes))
    return [files.manifest(pin) for pin in load_lock().definition]


def _node_version() -> str:
    return load_lock().the_image("kindest/node").version


def _cluster(name: str, checkout: Path, schemas: Schemas, lacking: Mapping[str, str]) -> Verdict:
    made = gitops.render(name, checkout)
    in_the_lab = name in known.LABS
    parts = known.LAB_PARTS.items() if in_the_lab else ()
    objects = (*made.objects, *(o for path, home in parts for o in gitops.render_part(path, home, checkout)))
    problems, unknown = _against_schemas(objects, schemas)
    problems += [
        *duplicates(objects),
        *references(objects, known.LAB_SECRETS if in_the_lab else {}),
        *sources(made.sources),
        *namespaces(objects),
        *selectors(objects),
        *rules(objects),
        *registries(objects),
    ]
    problems.sort(key=lambda problem: (str(problem.found), problem.field))
    return Verdict(
        name,
        len(objects),
        tuple(problems),
        (*_unknown(unknown, lacking), *_unrendered(made.sources), *_nobodys(name, objects)),
    )


def _against_schemas(objects: Sequence[Rendered], schemas: Schemas) -> tuple[list[Problem], list[Rendered]]:
    """Return what breaks its schema, and what has none here."""
    problems, unknown = [], []
    for found in objects:
        complaints = schemas.complaints(found.body)
        if complaints is None:
            unknown.append(found)
        for field, words in complaints or ():
            problems.append(Problem("schema", found, field, words, "see `kubectl explain`"))
    return problems, unknown


def _unknown(objects: Sequence[Rendered], lacking: Mapping[str, str]) -> Iterator[str]:
    """Yield what has no schema here, group by group; `lacking` says of a group why."""
    for group in sorted({found.group for found in objects}):
        kinds = sorted({found.kind for found in objects if found.group == group})
        count = sum(found.group == group for found in objects)
        yield f"not checked against a schema: {', '.join(kinds)} ({count} of {group}): {lacking[group]}"


def _unrendered(found: Sequence[Source]) -> Iterator[str]:
    for outcome, why in (("chart", "charts are not rendered"), ("other repository", "their paths are not ours")):
        if names := sorted({source.application.name for source in found if source.outcome == outcome}):
            yield f"not looked into: what Application {', '.join(names)} makes: {why}"


def _nobodys(name: str, objects: Sequence[Rendered]) -> Iterator[str]:
    """Yield that a cluster still names the account of AWS's examples: it is right so far, and can't be raised."""
    if any(known.EXAMPLE_ACCOUNT in found.text for found in objects):
        file = f"gitops/clusters/{name}/account/account.yaml"
        yield f"account {known.EXAMPLE_ACCOUNT} is the one of AWS's examples: write yours into {file}"
