"""terraform/environments/local applied to LocalStack, with its state in LocalStack's S3."""

import json
import shutil
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from lab.core.paths import Paths
from lab.core.say import say
from lab.stages.terraform_providers import ENVIRONMENT, Providers, sources
from lab.tools import internet
from lab.tools.answers import expected
from lab.tools.localstack import CREDENTIALS, session
from lab.tools.terraform import TFLOCAL, Terraform

_BUCKET, _LOCK = "kubeflow-ops-state", "local/terraform.tfstate.tflock"


class Outputs(BaseModel):
    """What Terraform made."""

    model_config = ConfigDict(frozen=True)

    queue_url: str
    dlq_url: str
    secret_arns: dict[str, str]
    role_arns: dict[str, str]


class LocalCloud:
    """The environment `local` at LocalStack's `endpoint`; `secrets` is what Secrets Manager shall hold."""

    def __init__(
        self, paths: Paths, endpoint: str, secrets: Mapping[str, Mapping[str, str]], providers: Providers
    ) -> None:
        self._paths, self._endpoint, self._secrets, self._providers = paths, endpoint, secrets, providers
        self._root = paths.run / "terraform"

    def ensure(self) -> Outputs:
        """Apply the environment; nothing happens where the cloud is as declared. The caller holds the lab's lock."""
        with expected("LocalStack", "./inv lab.logs localstack"):
            self._ready_bucket()
        return Outputs.model_validate(self._prepared().apply())

    def _ready_bucket(self) -> None:
        """Make the state's bucket; take away the lock of a Terraform that was killed."""
        s3 = session().client("s3", endpoint_url=self._endpoint)
        if _BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
            s3.create_bucket(Bucket=_BUCKET)
            s3.put_bucket_versioning(Bucket=_BUCKET, VersioningConfiguration={"Status": "Enabled"})
        elif s3.list_objects_v2(Bucket=_BUCKET, Prefix=_LOCK).get("KeyCount"):
            say("removing the state's lock, whose holder was ended")
            s3.delete_object(Bucket=_BUCKET, Key=_LOCK)

    def drift(self) -> list[str]:
        """Return what an apply would change, by address: [] when the cloud is as declared."""
        return self._prepared().drift()

    def _prepared(self) -> Terraform:
        """Return Terraform, initialised on a copy below .lab/run: tflocal writes its override beside the files."""
        source, folder = self._paths.checkout / "terraform", self._root / ENVIRONMENT
        modules = folder / ".terraform" / "modules" / "modules.json"
        initialised = modules.is_file() and sources(self._root) == sources(source)
        env = {
            **CREDENTIALS,
            **internet.past("127.0.0.1"),  # for tflocal: Terraform itself asks no proxy for it
            **self._providers.environment(),
            "AWS_ENDPOINT_URL": self._endpoint,
            "S3_HOSTNAME": "127.0.0.1",
            "TF_VAR_secrets": json.dumps(self._secrets),
        }
        terraform = Terraform(folder, env, "./inv lab.up goes on from there", TFLOCAL)
        if not initialised:
            shutil.rmtree(self._root, ignore_errors=True)
            shutil.copytree(source, self._root)
            self._providers.init(terraform, folder)
        return terraform
