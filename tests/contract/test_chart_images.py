"""Every image that the charts run with our values is one of lab.lock, by its very tag; and none there is idle."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.core import proc
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.core.versions import Chart, load_lock
from lab.tools import gitops
from lab.tools.programs import program
from lab.tools.rendered import Rendered
from tests.charts import KUBERNETES, archive

_ARGUMENT = re.compile(r"^--prometheus-config-reloader=(\S+)$")  # the operator is told of this image by an argument
_NO_CHART = {
    "docker.io/library/postgres",
    "docker.io/valkey/valkey",
    "quay.io/argoproj/argocd",
    "docker.io/library/redis",
}


def images(found: Any) -> Iterator[str]:
    """Yield every image that an object names, wherever it stands."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name == "image" and isinstance(value, str):
                yield value
            yield from images(value)
    elif isinstance(found, list):
        for value in found:
            match = _ARGUMENT.match(value) if isinstance(value, str) else None
            yield from (match[1],) if match else images(value)


def whole(image: str) -> str:
    """Return a reference with its registry's host."""
    host, _, rest = image.partition("/")
    return image if rest and "." in host else f"docker.io/{image}"


def rendered(application: Rendered, chart: Chart, file: Path) -> Iterator[str]:
    source = application.body["spec"]["sources"][0]
    values = [CHECKOUT / name.removeprefix("$values/") for name in source["helm"]["valueFiles"]]
    flags = [word for value in values if value.is_file() for word in ("--values", value)]
    space = application.body["spec"]["destination"]["namespace"]
    words = ["template", application.name, file, "--namespace", space, "--kube-version", KUBERNETES, "--skip-tests"]
    for found in yaml.safe_load_all(proc.run([program("helm"), *words, *flags], timeout=120).stdout):
        if found and found["kind"] != "CustomResourceDefinition":
            yield from images(found)


def test_charts_run_the_images_of_lab_lock_and_no_others() -> None:
    try:
        program("helm", offline=True)
    except UsageError as error:
        pytest.skip(str(error.what))
    lock, charts = load_lock(), {chart.name: chart for chart in load_lock().chart}
    missing = sorted(chart.file for chart in lock.chart if archive(chart) is None)
    if missing:
        pytest.skip(f"not here: {', '.join(missing)}; ./inv lab.fetch brings them")
    used: set[str] = set()
    for application in (o for o in gitops.render("local", CHECKOUT).objects if o.kind == "Application"):
        for source in application.body["spec"].get("sources", []):
            if "chart" in source:
                chart = charts[source["chart"]]
                file = archive(chart)
                assert file is not None
                assert source["targetRevision"] == chart.version
                used |= {whole(image) for image in rendered(application, chart, file)}
    locked = {image.reference for image in lock.image if image.use == "cluster"}
    assert used - locked == set()
    assert {name for name in locked - used if name.rpartition(":")[0] not in _NO_CHART} == set()
