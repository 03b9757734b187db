"""gitops/: what a cluster's folder makes, and what every Application in it makes of this repository, and so on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from lab.core.errors import UsageError
from lab.tools import kubectl
from lab.tools.fields import Body, bodies, body, text
from lab.tools.rendered import Origin, Rendered, read

ROOT = "root"  # the app of apps: it makes what a cluster's own folder says
_ROOT_HOME = "argocd"

# What Argo CD would do to a path on top of kustomize: nothing here does, so that nothing may ask for it.
_ON_TOP = ("kustomize", "directory", "helm", "plugin")

type Outcome = Literal["rendered", "chart", "other repository", "wrong repository", "missing"]


@dataclass(frozen=True)
class Source:
    """One source of an Application and what became of it.

    `where` is a path or a chart. "wrong repository": the path is one of this repository, its URL is another's.
    """

    application: Rendered
    field: str
    where: str
    repository: str
    outcome: Outcome


@dataclass(frozen=True)
class Rendering:
    """Everything that a cluster makes: its own objects first, then each Application's, by name, children following."""

    cluster: str
    objects: tuple[Rendered, ...]
    sources: tuple[Source, ...]


def clusters(checkout: Path) -> list[str]:
    """Return the names of the clusters there are."""
    return sorted(file.parent.name for file in (checkout / "gitops" / "clusters").glob("*/kustomization.yaml"))


def the_cluster(cluster: str, checkout: Path) -> str:
    """Return `cluster`. Raises UsageError that names those there are when it is none of them."""
    names = clusters(checkout)
    if cluster not in names:
        fix = f"one of: {', '.join(names)}" if names else "make gitops/clusters/<name>/kustomization.yaml"
        raise UsageError(f"no cluster is called {cluster!r}", fix=fix)
    return cluster


def render(cluster: str, checkout: Path) -> Rendering:
    """Render a cluster. Raises UsageError for an unknown one, CommandError with kustomize's words."""
    walk = _Walk(the_cluster(cluster, checkout), checkout)
    walk.folder(Origin(ROOT, f"gitops/clusters/{cluster}", _ROOT_HOME), ())
    return Rendering(cluster, tuple(walk.objects), tuple(walk.sources))


def render_part(path: str, home: str, checkout: Path) -> list[Rendered]:
    """Return the objects of one folder (kustomized) or one file of this repository that no Application makes."""
    origin = Origin("none, lab.up applies it", path, home)
    whole = checkout / path
    return list(read(whole.read_text() if whole.is_file() else kubectl.render(whole), origin))


class _Walk:
    """From a cluster's folder down to the last Application."""

    def __init__(self, cluster: str, checkout: Path) -> None:
        self._checkout = checkout.resolve()
        self._settings = f"gitops/clusters/{_of(cluster, checkout)}/cluster.yaml"
        self._repository = ""
        self.objects: list[Rendered] = []
        self.sources: list[Source] = []

    def folder(self, origin: Origin, above: tuple[str, ...]) -> None:
        """Render one folder, then what its Applications make; `above` are the paths that led here."""
        if origin.path in above:
            why = f"{origin.path} makes it, and is what it makes"
            raise UsageError(f"Application {origin.application} makes itself", why=why, fix="give it a path of its own")
        made = list(read(kubectl.render(self._checkout / origin.path), origin))
        self.objects += made
        if made_of_many := [found for found in made if found.kind == "ApplicationSet"]:
            why = "what its generators make can't be told from the tree"
            raise UsageError(f"{made_of_many[0]} is not understood", why=why, fix="write its Applications one by one")
        applications = (found for found in made if found.kind == "Application" and found.group == "argoproj.io")
        for application in sorted(applications, key=lambda found: found.name):
            self._application(application, (*above, origin.path))

    def _application(self, application: Rendered, above: tuple[str, ...]) -> None:
        spec = body(application.body, "spec")
        home = text(spec, "destination", "namespace")
        many = [(f"spec.sources[{n}]", source) for n, source in enumerate(bodies(spec, "sources"))]
        for field, source in many or [("spec.source", body(spec, "source"))]:
            if "ref" in source and "path" not in source:
                continue  # it lends files to another source and makes nothing by itself
            found = self._source(application, field, source)
            self.sources.append(found)
            if found.outcome == "rendered":
                self.folder(Origin(application.name, found.where, home), above)

    def _source(self, application: Rendered, field: str, source: Body) -> Source:
        url, chart, path = text(source, "repoURL"), text(source, "chart"), text(source, "path").rstrip("/")
        if chart:
            return Source(application, field, chart, url, "chart")
        if url == self._own() and (on_top := [name for name in _ON_TOP if name in source]):
            why = "only the path itself is rendered"
            fix = f"write it into {path}/kustomization.yaml"
            raise UsageError(f"{application}: {field}.{on_top[0]} is not understood", why=why, fix=fix)
        whole = (self._checkout / path).resolve()
        there = bool(path) and whole.is_relative_to(self._checkout) and whole.is_dir()
        if url == self._own():
            return Source(application, field, path, url, "rendered" if there else "missing")
        return Source(application, field, path, url, "wrong repository" if there else "other repository")

    def _own(self) -> str:
        """Return the URL under which the cluster knows this repository."""
        file = self._checkout / self._settings
        if not self._repository:
            try:
                content = yaml.safe_load(file.read_text()) if file.is_file() else None
            except yaml.YAMLError as error:
                raise UsageError(f"{self._settings} is no YAML", why=" ".join(str(error).split())) from error
            self._repository = text(content, "data", "repository")
        if not self._repository:
            why = "its Applications can't be told from those of other repositories"
            raise UsageError(f"{self._settings} does not say data.repository", why=why, fix="see gitops/clusters/local")
        return self._repository


def _of(cluster: str, checkout: Path) -> str:
    """Return the cluster whose settings `cluster` has: its own, or those of the one that it is made of."""
    folder = checkout / "gitops" / "clusters"
    content = yaml.safe_load((folder / cluster / "kustomization.yaml").read_text())
    below = [str(name).removeprefix("../") for name in content.get("resources", [])]
    other = next((name for name in below if (folder / name / "cluster.yaml").is_file()), cluster)
    return cluster if (folder / cluster / "cluster.yaml").is_file() else other
