"""aws.*: what is refused, and an environment's whole life, on an account that is an emulator's."""

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.checks import cost, leftovers
from lab.core.config import Config
from lab.core.errors import LabError
from lab.core.paths import CHECKOUT, Paths
from lab.core.proc import Completed
from lab.flows import aws_look
from lab.tools import environments
from lab.tools.aws_emulator import ACCOUNT, CREDENTIALS, Emulator, emulator
from lab.tools.environments import PASSWORDS, Environment
from lab.tools.programs import program
from tests.e2e.host_lab import Lab, copied_lab

_REGION = "eu-central-1"
_BUCKET = f"kubeflow-ops-dev-{ACCOUNT}-state"


@dataclass
class Account:
    """A checkout whose dev is the emulator's account."""

    lab: Lab
    emulator: Emulator

    def run(self, *words: str, env: dict[str, str] | None = None) -> Completed:
        own = {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.emulator.endpoint,
            "AWS_CONFIG_FILE": "/nowhere",
            "AWS_EC2_METADATA_DISABLED": "true",
            "LAB_SUBSTITUTES": "1",
            "COLUMNS": "200",
        }
        return self.lab.run(*words, env=own | (env or {}), check=False, timeout=600)

    def client(self, service: str) -> Any:
        return self.emulator.session(_REGION).client(service, endpoint_url=self.emulator.endpoint)  # type: ignore[call-overload] # stubs want a literal

    def fill(self, environment: str, account: str) -> None:
        file = self.folder(environment) / "terraform.tfvars.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "account_id": account, "region": _REGION}))

    def folder(self, environment: str) -> Path:
        return self.lab.checkout / "terraform" / "environments" / environment

    def edit(self, file: Path, old: str, new: str) -> None:
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    def networks(self) -> int:
        return sum(not vpc["IsDefault"] for vpc in self.client("ec2").describe_vpcs()["Vpcs"])


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    try:
        program("terraform")
    except LabError as error:
        pytest.skip(f"{error.what}: {error.why}")
    with copied_lab() as lab, emulator(Paths(), tmp_path_factory.mktemp("emulator"), "test-aws") as running:
        account = Account(lab, running)
        account.fill("dev", ACCOUNT)
        for file in (CHECKOUT / "terraform" / "rehearsal" / "modules").rglob("*.tf"):  # what the emulator has not got
            part = file.relative_to(CHECKOUT / "terraform" / "rehearsal")
            (lab.checkout / "terraform" / part).write_text(file.read_text())
        main = account.folder("dev") / "main.tf"
        account.edit(main, "encrypt      = true", "encrypt      = true\n    use_path_style = true")
        account.edit(main, "allowed_account_ids", "s3_use_path_style = true\n  allowed_account_ids")
        yield account


def refused(done: Completed, *words: str, code: int = 2) -> None:
    assert done.code == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for word in (*words, "next: "):
        assert word in done.stderr


def test_an_environment_that_is_not_there_or_not_filled_in_is_refused(account: Account) -> None:
    refused(account.run("aws.plan", "test"), "'test'", "dev, prod")
    refused(account.run("aws.plan", "prod"), "terraform/environments/prod/terraform.tfvars.json", "account_id")


def test_credentials_of_another_account_are_refused(account: Account) -> None:
    account.fill("prod", "999999999999")
    for task in ("bootstrap", "apply", "destroy", "kubeconfig"):
        refused(account.run(f"aws.{task}", "prod"), f"account {ACCOUNT}", "999999999999", "nothing was done")
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_no_credentials_and_no_such_profile_are_told_apart(account: Account) -> None:
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}
    refused(account.run("aws.status", "dev", env=none), "there are no AWS credentials", "AWS_PROFILE")
    refused(account.run("aws.status", "dev", env={"AWS_PROFILE": "nobody"}), "nobody", "AWS_PROFILE")


def test_a_chained_role_is_who_we_are(account: Account, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
        f"[profile ops]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/ops\nsource_profile = base\n"
        "[profile other]\nrole_arn = arn:aws:iam::999999999999:role/ops\nsource_profile = base\n"
    )
    chained = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_CONFIG_FILE": str(config)}
    seen = account.run("aws.status", "dev", "--json", env={**chained, "AWS_PROFILE": "ops"})
    assert "assumed-role/ops" in json.loads(seen.stdout)["identity"]
    refused(account.run("aws.status", "dev", env={**chained, "AWS_PROFILE": "other"}), "account 999999999999")


def test_what_is_gone_is_not_left_though_its_tags_are_still_known(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.emulator.endpoint)
    tags = [{"Key": "app", "Value": "kubeflow-ops"}, {"Key": "env", "Value": "prod"}]

    def tagged(kind: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": tags}]

    ec2, kms = account.client("ec2"), account.client("kms")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    wanted = {"SubnetId": subnet, "ConnectivityType": "private", "TagSpecifications": tagged("natgateway")}
    kept, gone = (ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"] for _ in range(2))
    key = kms.create_key(Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags])["KeyMetadata"][
        "KeyId"
    ]
    environment = Environment(name="prod", account_id=ACCOUNT, region=_REGION)
    using = account.emulator.session(_REGION)
    assert {item.arn.rpartition("/")[2] for item in leftovers.look(using, environment)} == {kept, gone, key}
    ec2.delete_nat_gateway(NatGatewayId=gone)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert [item.arn.rpartition("/")[2] for item in leftovers.look(using, environment)] == [kept]
    ec2.delete_nat_gateway(NatGatewayId=kept)


@pytest.mark.timeout(1800)
def test_an_environment_from_nothing_to_nothing(account: Account) -> None:  # noqa: PLR0915 - one life, in its order
    refused(account.run("aws.plan", "dev"), "./inv aws.bootstrap dev")
    made = account.run("aws.bootstrap", "dev")
    assert f"made: bucket {_BUCKET}" in made.stdout
    assert f"made: secret {PASSWORDS}" in made.stdout
    assert "all of it was there" in account.run("aws.bootstrap", "dev").stdout
    s3 = account.client("s3")
    assert s3.get_bucket_versioning(Bucket=_BUCKET)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=_BUCKET)["PublicAccessBlockConfiguration"].values())
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=_BUCKET)["Policy"]
    s3.delete_bucket_policy(Bucket=_BUCKET)  # the emulator is asked without TLS

    refused(account.run("aws.apply", "dev", "--confirm", "dev"), "no plan is saved", "./inv aws.plan dev")
    settings = account.folder("dev") / "settings.tf"
    account.edit(settings, "protected          = false", "protected          = true")
    planned = account.run("aws.plan", "dev")
    assert "to make, 0 to change, 0 to delete" in planned.stdout, planned.stderr
    assert "an estimate" in planned.stdout
    plan = account.lab.paths.state / "aws" / "dev" / "plan"
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    passwords = json.loads(account.client("secretsmanager").get_secret_value(SecretId=PASSWORDS)["SecretString"])
    assert not [word for word in passwords.values() if word in planned.stdout + planned.stderr]

    refused(account.run("aws.apply", "dev"), "--confirm dev")
    refused(account.run("aws.apply", "dev", "--confirm", "prod"), "'prod' is not 'dev'")
    account.edit(settings, "log_retention_days = 7", "log_retention_days = 14")
    refused(
        account.run("aws.apply", "dev", "--confirm", "dev"), "changed after the plan was made", "./inv aws.plan dev"
    )
    account.edit(settings, "log_retention_days = 14", "log_retention_days = 7")
    assert account.networks() == 0

    applied = account.run("aws.apply", "dev", "--confirm", "dev")
    assert applied.code == 0, applied.stderr
    assert f"{ACCOUNT}, as arn:aws:" in applied.stderr
    assert account.networks() == 1
    assert not plan.exists()
    assert s3.head_object(Bucket=_BUCKET, Key="terraform.tfstate")["ContentLength"] > 1000
    refused(account.run("aws.apply", "dev", "--confirm", "dev"), "no plan is saved")
    seen = json.loads(account.run("aws.status", "dev", "--json").stdout)
    assert seen["cluster"] == "ACTIVE"
    assert seen["resources"]["ec2"] > 10

    told = json.loads(account.run("aws.outputs", "dev").stdout)
    assert told["cluster"]["name"] == "kubeflow-ops-dev"
    assert told["image_urls"]["kubeflow-ops/order"].startswith(f"{ACCOUNT}.dkr.ecr.{_REGION}.amazonaws.com")

    file = Path(account.run("aws.kubeconfig", "dev").stdout.strip())
    assert file == account.lab.paths.state / "eks-dev.kubeconfig"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert yaml.safe_load(file.read_text())["current-context"] == "kubeflow-ops-dev"

    kept = account.run("aws.destroy", "dev", "--confirm", "dev")
    refused(kept, "protected against deletion", "module.database.aws_db_instance.this", "protected = false", code=1)
    assert account.networks() == 1
    account.edit(settings, "protected          = true", "protected          = false")
    assert account.run("aws.plan", "dev").code == 0
    assert account.run("aws.apply", "dev", "--confirm", "dev").code == 0

    refused(account.run("aws.destroy", "dev"), "--confirm dev")
    volume = {"Key": "KubernetesCluster", "Value": "kubeflow-ops-dev"}  # as the EBS driver leaves one of a claim
    ec2 = account.client("ec2")
    left = ec2.create_volume(
        AvailabilityZone="eu-central-1a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": [volume]}]
    )["VolumeId"]
    gone = account.run("aws.destroy", "dev", "--confirm", "dev")
    assert gone.code == 1, gone.stderr
    assert left in gone.stdout
    assert account.networks() == 0
    assert "--wipe takes them" in gone.stdout
    ec2.delete_volume(VolumeId=left)
    wiped = account.run("aws.destroy", "dev", "--confirm", "dev", "--wipe")
    assert wiped.code == 0, wiped.stdout + wiped.stderr
    assert "nothing with the environment's tags is left" in wiped.stdout
    assert s3.list_buckets()["Buckets"] == []


@pytest.mark.timeout(900)
def test_the_page_shows_what_dev_and_prod_cost() -> None:
    page = (CHECKOUT / "docs" / "aws.md").read_text()
    totals = []
    for name in environments.ENVIRONMENTS:
        costs, _ = aws_look.costs(name, Config(substitutes=True))
        assert {"EKS control plane", "Valkey node", "NAT gateway"} <= {line.what for line in costs}
        assert None not in {line.monthly for line in costs}
        totals.append(f"**{cost.total(costs):.0f} USD**")
    assert f"| **in all** | {totals[0]} | {totals[1]} |" in page


@pytest.mark.timeout(900)
def test_dev_is_rehearsed_and_the_report_says_of_what_that_proves_nothing(account: Account) -> None:
    isolated = account.lab.paths.state / "isolated"
    isolated.symlink_to(CHECKOUT / ".lab" / "isolated")
    for name in ("main.tf", "settings.tf"):  # as they are in git
        (account.folder("dev") / name).write_text((CHECKOUT / "terraform/environments/dev" / name).read_text())
    done = account.run("aws.rehearse", "--json", "--plain", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert done.code == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["applied"]["make"] == made["destroyed"]["delete"] > 100
    words = {one["type"]: one["words"] for one in made["types"]}
    assert words["aws_vpc"] == words["aws_db_instance"] == words["aws_eks_cluster"] == "made"
    assert words["aws_eks_addon"] == "left out: the emulator can't do it"
    assert json.loads((account.lab.checkout / made["report"]).read_text()) == made
