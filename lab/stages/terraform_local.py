"""terraform/environments/local applied to LocalStack, with its state in LocalStack's S3."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lab.core.paths import Paths
from lab.core.say import say
from lab.tools.answers import expected
from lab.tools.localstack import CREDENTIALS, session
from lab.tools.terraform import Terraform

_BUCKET, _LOCK = "kubeflow-ops-state", "local/terraform.tfstate.tflock"


class Outputs(BaseModel):
    """What Terraform made."""

    model_config = ConfigDict(frozen=True)

    queue_url: str
    dlq_url: str
    secret_arns: dict[str, str]
    role_arns: dict[str, str]


def ensure(paths: Paths, endpoint: str, secrets: Mapping[str, Mapping[str, str]]) -> Outputs:
    """Apply the environment; nothing happens where the cloud is as declared. The caller holds the lab's lock."""
    with expected("LocalStack", "./inv lab.logs localstack"):
        _ready_bucket(endpoint)
    return Outputs.model_validate(_prepared(paths, endpoint, secrets).apply())


def _ready_bucket(endpoint: str) -> None:
    """Make the state's bucket; take away the lock of a Terraform that was killed."""
    s3 = session().client("s3", endpoint_url=endpoint)
    if _BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=_BUCKET)
        s3.put_bucket_versioning(Bucket=_BUCKET, VersioningConfiguration={"Status": "Enabled"})
    elif s3.list_objects_v2(Bucket=_BUCKET, Prefix=_LOCK).get("KeyCount"):
        say("removing the state's lock, whose holder was ended")
        s3.delete_object(Bucket=_BUCKET, Key=_LOCK)


def drift(paths: Paths, endpoint: str, secrets: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return what an apply would change, by address: [] when the cloud is as declared."""
    return _prepared(paths, endpoint, secrets).drift()


def _prepared(paths: Paths, endpoint: str, secrets: Mapping[str, Mapping[str, str]]) -> Terraform:
    """Return Terraform, initialised on a copy below .lab/run: tflocal writes its override beside the configuration."""
    root = paths.run / "terraform"
    folder = root / "environments" / "local"
    plugins = paths.cache / "terraform-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    env = {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": endpoint,
        "S3_HOSTNAME": "127.0.0.1",
        "TF_VAR_secrets": json.dumps(secrets),
        "TF_PLUGIN_CACHE_DIR": str(plugins),
        "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
    }
    initialised = (folder / ".terraform" / "modules" / "modules.json").is_file() and _sources(root) == _sources(
        paths.checkout / "terraform"
    )
    if not initialised:
        shutil.copytree(paths.checkout / "terraform", root, dirs_exist_ok=True)
    terraform = Terraform(folder, env)
    if not initialised:
        terraform.init()
    return terraform


def _sources(root: Path) -> dict[str, str]:
    """Return every configuration file of ours below `root` with its content."""
    files = (
        f for f in root.rglob("*.tf") if ".terraform" not in f.parts and f.name != "localstack_providers_override.tf"
    )
    return {str(file.relative_to(root)): file.read_text() for file in files}
