"""What a plan of Terraform does, what it costs, and what a rehearsal of it proves."""

from pathlib import Path
from typing import Any

import pytest

from lab.checks import cost, plans
from lab.checks.exercised import exercised
from lab.checks.plans import Resource
from lab.core.config import Config
from lab.core.errors import CheckError, UsageError
from lab.core.paths import CHECKOUT, Paths
from lab.flows.command import confirmed
from lab.stages.rehearsal import Rehearsal
from lab.tools import environments

PRICES = cost.load_prices("eu-central-1")


def change(address: str, *actions: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"mode": "managed", "address": address, "change": {"actions": list(actions), "before": before}}


def test_what_is_replaced_is_deleted_and_made() -> None:
    plan = {"resource_changes": [change("a", "delete", "create"), change("b", "update"), change("c", "no-op")]}
    assert str(plans.changes(plan)) == "1 to make, 1 to change, 1 to delete"
    assert not plans.changes({}).any


def test_what_is_read_is_no_change() -> None:
    assert not plans.changes({"resource_changes": [{**change("a", "create"), "mode": "data"}]}).any


def test_what_is_protected_and_would_go_is_named() -> None:
    plan = {
        "resource_changes": [
            change("database", "delete", before={"deletion_protection": True}),
            change("replaced", "delete", "create", before={"deletion_protection": True}),
            change("changed", "update", before={"deletion_protection": True}),
            change("free", "delete", before={"deletion_protection": False}),
            change("new", "create"),
        ]
    }
    assert plans.protected(plan) == ["database", "replaced"]


def test_resources_of_modules_within_modules_are_found() -> None:
    inner = {"resources": [{"mode": "managed", "type": "aws_vpc", "address": "module.a.aws_vpc.this", "values": {}}]}
    plan = {"planned_values": {"root_module": {"child_modules": [{"child_modules": [inner]}]}}}
    assert [resource.type for resource in plans.planned(plan)] == ["aws_vpc"]


def database(**values: Any) -> Resource:
    return Resource("aws_db_instance", "db", {"instance_class": "db.t4g.micro", "allocated_storage": 20, **values})


def test_a_standby_costs_as_much_again() -> None:
    alone, both = (cost.estimate([database(multi_az=both)], PRICES)[0] for both in (False, True))
    assert alone.monthly == pytest.approx(0.018 * 730 + 20 * 0.137)
    assert both.monthly == pytest.approx(2 * (alone.monthly or 0))
    assert both.count == 2


def test_a_size_without_a_price_is_unknown_and_comes_first() -> None:
    known, unpriced = database(multi_az=False), database(instance_class="db.x9.huge", multi_az=False)
    costs = cost.estimate([known, unpriced], PRICES)
    assert costs[0].size == "db.x9.huge"
    assert costs[0].monthly is None
    assert cost.total(costs) == costs[1].monthly


def test_an_interface_endpoint_is_paid_in_each_zone_and_a_gateway_endpoint_not_at_all() -> None:
    zones = [Resource("aws_subnet", zone, {"availability_zone": zone}) for zone in ("a", "b", "a", "b")]
    endpoints = [Resource("aws_vpc_endpoint", kind, {"vpc_endpoint_type": kind}) for kind in ("Interface", "Gateway")]
    (line,) = cost.estimate([*zones, *endpoints], PRICES)
    assert line.count == 2
    assert line.monthly == pytest.approx(2 * 0.012 * 730)


def test_nodes_are_paid_with_their_disks() -> None:
    template = Resource("aws_launch_template", "t", {"block_device_mappings": [{"ebs": [{"volume_size": 40}]}]})
    group = {"scaling_config": [{"desired_size": 3}], "instance_types": ["t3.large", "m7i.large"]}
    (line,) = cost.estimate([template, Resource("aws_eks_node_group", "g", group)], PRICES)
    assert line.monthly == pytest.approx(3 * (0.096 * 730 + 40 * 0.0952))


def test_prices_of_another_region_say_so() -> None:
    assert "eu-central-1, for want of those of us-east-1" in cost.load_prices("us-east-1").note
    assert "for want" not in PRICES.note


def test_a_wrong_file_of_prices_is_named(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text("dated = 1")
    with pytest.raises(UsageError, match=r"prices\.toml can't be read"):
        cost.load_prices("eu-central-1", tmp_path / "prices.toml")


def test_every_size_of_the_environments_has_a_price() -> None:
    text = "".join((environments.folder(name) / "settings.tf").read_text() for name in environments.ENVIRONMENTS)
    for kind, prices in (("database", PRICES.database), ("cache", PRICES.cache)):
        sizes = [line.split('"')[1] for line in text.splitlines() if line.startswith(f"  {kind} ")]
        assert sizes
        assert set(sizes) <= set(prices)


def test_a_type_is_exercised_when_the_emulator_was_asked_for_each() -> None:
    made = {"aws_vpc": 1, "aws_subnet": 4, "aws_launch_template": 1}
    calls = {"ec2 CreateVpc": 1, "ec2 CreateSubnet": 3}
    words = {one.type: one.words for one in exercised([*made, "aws_eks_addon"], made, calls)}
    assert words["aws_vpc"] == "made"
    assert words["aws_subnet"].startswith("in Terraform's state alone")
    assert words["aws_launch_template"].startswith("in Terraform's state alone")
    assert words["aws_eks_addon"].startswith("left out")


def test_of_every_declared_type_it_is_known_what_makes_it() -> None:
    declared = Rehearsal(Paths(), "dev", Config()).declared()
    assert {one.type for one in exercised(declared, {}, {})} == declared
    with pytest.raises(CheckError, match=r"what makes aws_nothing, aws_somewhere\n"):
        exercised([*declared, "aws_somewhere", "aws_nothing"], {}, {})


def test_a_name_that_is_not_the_environments_stops_everything() -> None:
    confirmed("dev", "dev", "this deletes dev", "--confirm dev")
    for answer in ("prod", "", "DEV", "yes"):
        with pytest.raises(UsageError, match="is not 'dev'"):
            confirmed("dev", answer, "this deletes dev", "--confirm dev")


def test_what_is_not_filled_in_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "terraform" / "environments" / "dev"
    folder.mkdir(parents=True)
    file = folder / "terraform.tfvars.json"
    for content, words in (("[]", "no JSON object"), ("{", "no JSON object"), ('{"account_id": "1"}', "not filled in")):
        file.write_text(content)
        with pytest.raises(UsageError, match=words):
            environments.read("dev", tmp_path)
    file.write_text('{"account_id": "123456789012", "region": "eu-central-1", "administrators": {}}')
    assert environments.read("dev", tmp_path).bucket == "kubeflow-ops-dev-123456789012-state"


def test_nobodys_account_is_in_git() -> None:
    for name in environments.ENVIRONMENTS:
        assert '"account_id": ""' in (environments.folder(name, CHECKOUT) / "terraform.tfvars.json").read_text()
