"""gitops/platform/alertmanager: every alert reaches somebody, no secret is in it, and the chart takes it as it is."""

import re
import shutil
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.checks.alerts import NOBODY
from lab.core import proc
from lab.core.errors import CommandError
from lab.core.paths import CHECKOUT
from lab.pager.inbox import QUIET
from lab.tools.programs import program
from tests.charts import KUBERNETES, archive, the_chart
from tests.servers.alerting import values

if shutil.which("amtool") is None:
    pytest.skip("amtool is not on PATH: Alertmanager's configuration is not checked", allow_module_level=True)

INVALID = CHECKOUT / "tests" / "invalid" / "alertmanager"
CLUSTERS = ("local", "eks")
SECRET = re.compile(r"(api_url|slack_api_url|service_key|routing_key|password|credentials|token|bearer_token)$")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
type Config = dict[str, Any]


@pytest.fixture(params=CLUSTERS)
def cluster(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def config(cluster: str) -> Config:
    """What Alertmanager gets on a cluster."""
    found: Config = values(cluster)["alertmanager"]["config"]
    return found


def written(config: Config, folder: Path) -> Path:
    file = folder / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(config))
    return file


def problems(config: Config, file: Path) -> set[str]:
    """Return what is wrong with a configuration, by the names of the files in tests/invalid/alertmanager."""
    found = {"receiver"} if proc.run(["amtool", "check-config", file], check=False).code else set()
    if any(SECRET.search(path) for path, _ in leaves(config)):
        found.add("secret")
    for receiver in config["receivers"]:
        ways = [way for key, many in receiver.items() if key.endswith("_configs") for way in many]
        if not ways and receiver["name"] != NOBODY:
            found.add("unheard")
        if receiver["name"] != "heartbeat" and not all(way.get("send_resolved") for way in ways):
            found.add("unresolved")
    if any(seconds(text) >= QUIET for path, text in leaves(config) if path.endswith("repeat_interval")):
        found.add("repeat")
    return found


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value with the names that lead to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, content in inner:
        yield from leaves(content, f"{path}.{key}")
    if not isinstance(value, dict | list):
        yield path, str(value)


def seconds(text: str) -> timedelta:
    return timedelta(seconds=sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([smhd])", text)))


def test_a_clusters_configuration_is_one_that_alertmanager_takes_and_has_no_secret(
    config: Config, tmp_path: Path
) -> None:
    assert problems(config, written(config, tmp_path)) == set()


@pytest.mark.parametrize("file", sorted(INVALID.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_configuration_that_breaks_one_rule_is_refused_by_that_rule(file: Path) -> None:
    assert problems(yaml.safe_load(file.read_text()), file) == {file.stem}


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=HighErrorRate severity=page", "page"),
        ("alertname=SlowOrders severity=ticket", "ticket"),
        ("alertname=Quiet severity=none", "nobody"),
        ("alertname=Watchdog severity=none", "heartbeat"),
        ("alertname=etcdMembersDown severity=critical", "page"),
        ("alertname=TargetDown severity=warning", "ticket"),
        ("alertname=CPUThrottlingHigh severity=info", "nobody"),
        ("alertname=Unlabelled", "ticket"),
        ("alertname=Misspelt severity=pgae", "ticket"),
    ],
)
def test_an_alert_of_each_severity_reaches_who_is_to_know(
    config: Config, tmp_path: Path, labels: str, receiver: str
) -> None:
    file = f"--config.file={written(config, tmp_path)}"
    words = ["amtool", "config", "routes", "test", file, f"--verify.receivers={receiver}", *labels.split()]
    assert proc.run(words).stdout.split() == [receiver]


def test_a_route_that_leads_elsewhere_is_seen(config: Config, tmp_path: Path) -> None:
    config["route"]["routes"][2]["receiver"] = "ticket"
    with pytest.raises(CommandError, match=r"--verify\.receivers=page"):
        test_an_alert_of_each_severity_reaches_who_is_to_know(config, tmp_path, "severity=page", "page")


def test_the_lab_is_told_soon_and_differs_from_eks_in_nothing_but_who_and_how_soon() -> None:
    configs = {name: dict(leaves(values(name)["alertmanager"]["config"])) for name in CLUSTERS}
    paths = {path for each in configs.values() for path in each}
    differ = {path for path in paths if configs["local"].get(path) != configs["eks"].get(path)}
    assert {path for path in differ if not path.startswith(".receivers.")} == {
        ".global.http_config.authorization.type",
        ".global.http_config.authorization.credentials_file",
        ".global.slack_api_url_file",
        ".route.group_wait",
        ".route.group_interval",
    }
    assert configs["local"][".route.group_wait"] == "5s"
    assert configs["local"][".route.routes.0.group_wait"] == "0s"


def test_every_file_that_it_reads_is_of_a_secret_that_is_mounted(cluster: str) -> None:
    made = values(cluster)
    mounted = made["alertmanager"]["alertmanagerSpec"]["secrets"]
    files = [text for path, text in leaves(made["alertmanager"]["config"]) if path.endswith("_file")]
    assert files
    assert {file.rpartition("/")[0] for file in files} == {f"/etc/alertmanager/secrets/{name}" for name in mounted}


def test_the_chart_makes_exactly_that_of_it(cluster: str, config: Config, tmp_path: Path) -> None:
    """The chart merges its own first values in: a key that is not ours would come from there."""
    pin = the_chart("kube-prometheus-stack")
    chart = archive(pin)
    if chart is None:
        pytest.skip(f"{pin.file} was not fetched: ./inv lab.fetch")
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values(cluster)))
    shown = ["--show-only", "templates/alertmanager/secret.yaml", "--kube-version", KUBERNETES]
    made = yaml.safe_load(proc.run([program("helm"), "template", "x", chart, "--values", file, *shown]).stdout)
    assert yaml.safe_load(b64decode(made["data"]["alertmanager.yaml"])) == config
