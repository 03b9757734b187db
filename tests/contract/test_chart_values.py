"""What charts make of our values, where a value of another name would be taken without a word."""

import re
from base64 import b64decode
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.tools.programs import program
from tests.charts import KUBERNETES, archive, the_chart

VALUES = CHECKOUT / "gitops" / "platform"
PAIR = {"Prometheus", "Alertmanager"}
HOME = {"kyverno": "kyverno", "kube-prometheus-stack": "monitoring"}


@cache
def made(chart: str, cluster: str) -> tuple[dict[str, Any], ...]:
    """Return the objects of a chart with the values that a cluster gives it."""
    pin = the_chart(chart)
    file = archive(pin)
    if file is None:
        pytest.skip(f"{pin.file} was not fetched: ./inv lab.fetch")
    layers = ("", "local") if cluster == "local" else ("", "eks", cluster)
    words: list[str | Path] = [program("helm"), "template", chart, file]
    words += ["--namespace", HOME[chart], "--kube-version", KUBERNETES]
    for layer in layers:
        values = VALUES / chart / layer / "values.yaml"
        words += ["--values", values] if values.is_file() else []
    text = proc.run(words, timeout=120).stdout
    return tuple(found for found in yaml.safe_load_all(text) if found)


def test_kyverno_takes_exceptions_and_looks_at_every_namespace_that_the_docs_do_not_name() -> None:
    objects = made("kyverno", "local")
    controllers = [found for found in objects if found["kind"] == "Deployment"]
    for found in controllers:
        (container,) = found["spec"]["template"]["spec"]["containers"]
        assert {"--enablePolicyException=true", "--exceptionNamespace=kyverno"} <= set(container["args"])
    assert len(controllers) == 2
    (config,) = (found for found in objects if found["kind"] == "ConfigMap" and "resourceFilters" in found["data"])
    docs = (CHECKOUT / "docs" / "policies.md").read_text()
    passed_over = re.findall(r"\[\*/\*,([\w-]+),\*\]", config["data"]["resourceFilters"])
    assert "kyverno" in passed_over
    assert [name for name in passed_over if f"| `{name}` |" not in docs] == []


@pytest.mark.parametrize("cluster", ["local", "dev", "prod"])
def test_one_of_two_stays_while_a_node_goes_and_of_one_nothing_holds_a_node_back(cluster: str) -> None:
    objects = made("kube-prometheus-stack", cluster)
    kept = {found["metadata"]["name"] for found in objects if found["kind"] == "PodDisruptionBudget"}
    pair = {f"kube-prometheus-stack-{name}" for name in ("prometheus", "alertmanager")}
    twice = {o["metadata"]["name"] for o in objects if o["kind"] in PAIR and o["spec"]["replicas"] > 1}
    assert kept == twice == (pair if cluster == "prod" else set())


@pytest.mark.parametrize("cluster", ["dev", "prod"])
def test_an_alert_says_of_which_environment_it_is(cluster: str) -> None:
    (prometheus,) = (found for found in made("kube-prometheus-stack", cluster) if found["kind"] == "Prometheus")
    assert prometheus["spec"]["externalLabels"] == {"env": cluster}
    (secret,) = (
        found
        for found in made("kube-prometheus-stack", cluster)
        if found["kind"] == "Secret" and "alertmanager.yaml" in found.get("data", {})
    )
    receivers = yaml.safe_load(b64decode(secret["data"]["alertmanager.yaml"]))["receivers"]
    titles = [slack["title"] for receiver in receivers for slack in receiver.get("slack_configs", [])]
    assert ["{{ .CommonLabels.env }}" in title for title in titles] == [True, True]
