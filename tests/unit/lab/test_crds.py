"""CRDs are found in what lab.lock pins, wherever a chart keeps them; what can't be had is said, never passed over."""

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.core import proc
from lab.core.errors import CommandError, UsageError
from lab.core.versions import Chart, Lock, Manifest
from lab.tools import crds
from lab.tools.crds import Crds
from lab.tools.programs import program
from lab.tools.schemas import Schemas

GROUP = "external-secrets.io"
CHART = Chart(name="external-secrets", version="1.0.0", repository="https://charts.example", sha256="0" * 64)
MANIFEST = Manifest(name="argo-cd", version="3.0.0", url="https://example/install.yaml", sha256="0" * 64)
LOCK = Lock(image=[], chart=[CHART], manifest=[MANIFEST], tool=[])


def crd(kind: str, group: str = GROUP, served: bool = True) -> str:
    schema = {
        "openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {}}}}}
    }
    version = {"name": "v1", "served": served, "schema": schema}
    spec = {"group": group, "names": {"kind": kind}, "versions": [version]}
    name = f"{kind.lower()}s.{group}"
    whole = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name}}
    return yaml.safe_dump(whole | {"spec": spec})


def archive(folder: Path, files: dict[str, str]) -> None:
    head = {"external-secrets/Chart.yaml": "apiVersion: v2\nname: external-secrets\nversion: 1.0.0\n"}
    with tarfile.open(folder / CHART.file, "w:gz") as made:
        for name, text in (head | files).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            made.addfile(entry, io.BytesIO(text.encode()))


@pytest.fixture
def helm() -> None:
    try:
        program("helm")
    except UsageError as error:
        pytest.skip(f"no chart can be rendered: {error.what}")


@pytest.mark.usefixtures("helm")
def test_a_charts_crds_are_those_it_carries_those_of_its_parts_and_those_it_templates(tmp_path: Path) -> None:
    part = "external-secrets/charts/part"
    files = {
        "external-secrets/crds/a.yaml": crd("Carried"),
        f"{part}/Chart.yaml": "apiVersion: v2\nname: part\nversion: 1.0.0\n",
        f"{part}/crds/b.yaml": crd("Partial"),
        "external-secrets/values.yaml": "crds: true\n",
        "external-secrets/templates/c.yaml": "{{- if .Values.crds }}\n" + crd("Templated") + "{{- end }}\n",
        "external-secrets/templates/d.yaml": "{{- if not .Values.crds }}\n" + crd("LeftOut") + "{{- end }}\n",
        "external-secrets/templates/e.yaml": "kind: Service\napiVersion: v1\nmetadata: {name: a}\n",
    }
    archive(tmp_path, files)
    found = Crds(tmp_path, LOCK, "v1.34.3")
    schemas = Schemas("1.34", found.file)
    for kind in ("Carried", "Partial", "Templated"):
        right = {"apiVersion": f"{GROUP}/v1", "kind": kind, "spec": {"size": 1}}
        assert schemas.complaints(right) == []
        assert len(schemas.complaints(right | {"spec": {"sise": 1}}) or []) == 1
    ((_, words),) = schemas.complaints({"apiVersion": f"{GROUP}/v1", "kind": "LeftOut"}) or []
    assert words == f"there is no LeftOut of {GROUP}/v1 in the CRDs of {GROUP}"
    assert found.lacking == {}


@pytest.mark.usefixtures("helm")
def test_a_chart_is_rendered_once_until_it_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []
    run = proc.run

    def counted(words: Any, **more: Any) -> proc.Completed:
        ran.append(words)
        return run(words, **more)

    monkeypatch.setattr(proc, "run", counted)
    for kind, rendered in (("One", 1), ("Two", 2)):
        archive(tmp_path, {"external-secrets/crds/a.yaml": crd(kind)})
        for _ in range(2):
            file = Crds(tmp_path, LOCK, "v1.34.3").file(GROUP)
            assert file is not None
            assert f"kind: {kind}" in file.read_text()
        assert sum("template" in words for words in ran) == rendered


@pytest.mark.usefixtures("helm")
def test_a_chart_that_cannot_be_rendered_is_an_error_in_helms_words(tmp_path: Path) -> None:
    archive(tmp_path, {"external-secrets/templates/a.yaml": "{{ nothing }}"})
    with pytest.raises(CommandError, match="nothing"):
        Crds(tmp_path, LOCK, "v1.34.3").file(GROUP)


def test_a_releases_own_file_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "argo-cd-3.0.0.yaml"
    file.write_text(crd("Application", "argoproj.io") + "---\n" + crd("Old", "argoproj.io", served=False))
    schemas = Schemas("1.34", Crds(tmp_path, LOCK, "v1.34.3").file)
    assert schemas.complaints({"apiVersion": "argoproj.io/v1", "kind": "Application"}) == []
    ((_, words),) = schemas.complaints({"apiVersion": "argoproj.io/v1", "kind": "Old"}) or []
    assert words == "there is no Old of argoproj.io/v1 in the CRDs of argoproj.io"


def test_what_can_not_be_had_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Crds(tmp_path, LOCK, "v1.34.3")
    assert [found.file(group) for group in (GROUP, "argoproj.io", "policies.kyverno.io", "other.example")] == [None] * 4
    assert found.lacking == {
        GROUP: "external-secrets 1.0.0 is not in .lab/cache: ./inv lab.fetch brings it",
        "argoproj.io": "argo-cd 3.0.0 is not in .lab/cache: ./inv lab.fetch brings it",
        "policies.kyverno.io": "nothing that lab.lock pins is known to have their CRDs",
        "other.example": "nothing that lab.lock pins is known to have their CRDs",
    }

    def gone(name: str) -> Path:
        raise UsageError(f"{name} can't be downloaded")

    archive(tmp_path, {})
    monkeypatch.setattr(crds, "program", gone)
    assert found.file(GROUP) is None
    assert found.lacking[GROUP] == "helm reads them out of chart external-secrets, and helm can't be downloaded"
