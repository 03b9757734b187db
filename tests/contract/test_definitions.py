"""The lab's definitions are lab.up's: its charts bring none, and what it makes is of kinds that keep their schemas."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.core import proc
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.tools import gitops
from lab.tools.crds import documents
from lab.tools.lean import UNUSED
from lab.tools.programs import program
from lab.tools.rendered import Rendered, parse
from tests.charts import KUBERNETES, archive, the_chart, values

BRING = ("kube-prometheus-stack", "kyverno", "external-secrets")


def made_of(application: Rendered, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what the chart of an Application makes with its values."""
    name = application.body["spec"]["sources"][0]["chart"]
    try:
        helm = program("helm", offline=True)
    except UsageError as error:
        pytest.skip(str(error.what))
    file = archive(the_chart(name))
    if file is None:
        pytest.skip(f"{the_chart(name).file} is not here; ./inv lab.fetch brings it")
    given = folder / "values.yaml"
    given.write_text(yaml.safe_dump(values(application.body)))
    crds = "--skip-crds" if application.body["spec"]["sources"][0]["helm"].get("skipCrds") else "--include-crds"
    words = ("template", name, file, crds, "--kube-version", KUBERNETES, "--values", given)
    yield from filter(None, map(parse, documents(proc.run([helm, *words], timeout=120).stdout)))


def unused(kind: str, group: str) -> bool:
    return any(UNUSED.fullmatch(f"{kind.lower()[:-1]}{end}.{group}") for end in (f"{kind[-1]}s", "ies"))


@pytest.mark.parametrize("cluster", ["local", "core"])
@pytest.mark.parametrize("name", BRING)
def test_a_chart_brings_no_definitions_to_the_lab_and_makes_no_kind_without_a_schema(
    cluster: str, name: str, tmp_path: Path
) -> None:
    applications = [o for o in gitops.render(cluster, CHECKOUT).objects if o.kind == "Application" and o.name == name]
    for application in applications:
        made = [(found["kind"], found["apiVersion"].rpartition("/")[0]) for found in made_of(application, tmp_path)]
        assert ("Deployment", "apps") in made
        assert ("CustomResourceDefinition", "apiextensions.k8s.io") not in made
        assert [kind for kind, group in made if unused(kind, group)] == []
    assert applications or cluster == "core"


@pytest.mark.parametrize("cluster", ["local", "core", "dev", "prod"])
def test_every_kind_that_the_tree_makes_keeps_its_schema(cluster: str) -> None:
    kinds = {(found.kind, found.group) for found in gitops.render(cluster, CHECKOUT).objects}
    assert ("Application", "argoproj.io") in kinds
    assert [kind for kind, group in kinds if unused(kind, group)] == []
    assert unused("ClusterPolicy", "kyverno.io")
    assert unused("ScrapeConfig", "monitoring.coreos.com")
