"""terraform/environments/<dev|prod> on an emulator: the same files, with what terraform/rehearsal puts over them."""

import json
import re
import shutil
from types import TracebackType
from typing import Self

from lab.checks import plans
from lab.core.config import Config
from lab.core.paths import Paths
from lab.stages.fetched import Notes
from lab.stages.terraform_providers import Providers
from lab.tools import ports, processes
from lab.tools.answers import expected
from lab.tools.aws_emulator import ACCOUNT, CREDENTIALS, emulator
from lab.tools.environments import OWNERS, PASSWORDS
from lab.tools.terraform import Terraform

_TYPE = re.compile(r'^resource "(\w+)"', re.MULTILINE)


class Rehearsal:
    """One environment on an emulator of its own, which goes at the end with all that was made in it.

    What failed stays to be read until the next one. Two at once end each other: who enters holds the lock of aws.*.
    """

    def __init__(self, paths: Paths, name: str, config: Config) -> None:
        self._source, self._root = paths.checkout / "terraform", paths.rehearsals / name
        self._where = self._root / "terraform" / "environments" / name
        self._providers = Providers(
            paths, config, Notes(paths.cache / "aws-notes.json", substitutes=config.substitutes)
        )
        self._mark = f"{paths.lab_id}-aws"  # not the lab's own id: lab.up and lab.down leave it alone
        self._running = emulator(paths, self._root, self._mark)
        given = json.loads((self._source / "environments" / name / "terraform.tfvars.json").read_text())
        self.region: str = given["region"]
        self._given = {**given, "account_id": ACCOUNT, "github_repository": "example/kubeflow-ops"}

    def __enter__(self) -> Self:
        processes.end(processes.of_lab(self._mark))  # of one that was killed
        shutil.rmtree(self._root, ignore_errors=True)
        self._emulator = self._running.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.__exit__(kind, error, trace)
        if error is None:
            shutil.rmtree(self._root)

    def prepare(self, *, whole: bool = False) -> None:
        """Lay the files out and initialise them; make the passwords that Terraform reads.

        `whole` keeps what the emulator has not got: enough for a plan, which makes nothing.
        """
        shutil.copytree(self._source, self._root / "terraform")
        over = self._source / "rehearsal"
        if not whole:
            shutil.copytree(over / "modules", self._root / "terraform" / "modules", dirs_exist_ok=True)
        shutil.copytree(over / "environment", self._where, dirs_exist_ok=True)
        (self._where / "terraform.tfvars.json").write_text(json.dumps(self._given))
        with expected("the AWS emulator", f"read {self._root}/emulator.log"):
            manager = self._emulator.session(self.region).client("secretsmanager", endpoint_url=self._emulator.endpoint)
            value = {owner: f"{owner}-rehearsal-password" for owner in OWNERS}
            manager.create_secret(Name=PASSWORDS, SecretString=json.dumps(value))
        env = {
            **CREDENTIALS,
            ports.MARK: self._mark,
            **self._providers.environment(),
            "AWS_ENDPOINT_URL": self._emulator.endpoint,
            "AWS_PROFILE": "",
            "AWS_REGION": self.region,
        }
        self._terraform = Terraform(self._where, env, f"read {self._root}/emulator.log")
        self._providers.init(self._terraform, self._where)

    def plan(self) -> list[plans.Resource]:
        """Return what the environment would be made of."""
        self.prepare(whole=True)
        return plans.planned(self._terraform.plan(self._root / "plan"))

    def apply(self) -> plans.Changes:
        """Plan the environment and apply that plan."""
        shown = self._terraform.plan(self._root / "plan")
        self._terraform.apply_saved(self._root / "plan")
        return plans.changes(shown)

    def again(self) -> list[str]:
        """Return what a second apply would change: [] when the first did all."""
        return self._terraform.drift()

    def destroy(self) -> plans.Changes:
        """Delete all of it by a plan; return what that plan did."""
        shown = self._terraform.plan(self._root / "plan", destroy=True)
        self._terraform.apply_saved(self._root / "plan")
        return plans.changes(shown)

    def made(self) -> dict[str, int]:
        """Count what the state knows of by its type."""
        values = self._terraform.show().get("values", {})
        types = [resource.type for resource in plans.planned({"planned_values": values})]
        return {kind: types.count(kind) for kind in sorted(set(types))}

    def calls(self) -> dict[str, int]:
        """Count the calls that the emulator got so far."""
        return dict(self._emulator.calls())

    def declared(self) -> set[str]:
        """Return every type that the modules declare, rehearsed or not."""
        return {kind for file in (self._source / "modules").rglob("*.tf") for kind in _TYPE.findall(file.read_text())}
