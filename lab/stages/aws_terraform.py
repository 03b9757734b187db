"""terraform/environments/<dev|prod> on an account: planned into a file, and applied from it alone."""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import boto3
from pydantic import BaseModel, ConfigDict

from lab.checks import cost, plans
from lab.core.config import Config
from lab.core.errors import UsageError
from lab.core.paths import Paths
from lab.stages.fetched import Notes
from lab.stages.terraform_providers import Providers, sources
from lab.tools import aws
from lab.tools.environments import Environment
from lab.tools.terraform import Terraform


class Saved(BaseModel):
    """What is known of a saved plan; the plan itself lies beside it and may hold secrets (mode 0600).

    `sources` is the digest of the configuration that it was made from, `protected` what it would delete against its
    own protection.
    """

    model_config = ConfigDict(frozen=True)

    environment: str
    account: str
    region: str
    kind: Literal["apply", "destroy"]
    made: str
    sources: str
    changes: plans.Changes
    costs: list[cost.Cost]
    protected: list[str]


class Cloud:
    """One environment's Terraform, on a copy below .lab/aws: what it writes beside its files stays out of git."""

    def __init__(self, paths: Paths, environment: Environment, using: boto3.Session, config: Config) -> None:
        self._source, self._environment, self._using = paths.checkout / "terraform", environment, using
        self._folder = paths.state / "aws" / environment.name
        self._plan, self._record = self._folder / "plan", self._folder / "plan.json"
        notes = Notes(paths.cache / "aws-notes.json", substitutes=config.substitutes)
        self._providers = Providers(paths, config, notes)

    def plan(self, *, destroy: bool = False) -> Saved:
        """Make a plan and keep it, in place of the one before."""
        terraform = self._prepared(f"./inv aws.{'destroy' if destroy else 'plan'} {self._environment.name}")
        self.forget()
        shown = terraform.plan(self._plan, destroy=destroy)
        saved = Saved(
            environment=self._environment.name,
            account=self._environment.account_id,
            region=self._environment.region,
            kind="destroy" if destroy else "apply",
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            sources=self._digest(),
            changes=plans.changes(shown),
            costs=cost.estimate(plans.planned(shown), cost.load_prices(self._environment.region)),
            protected=plans.protected(shown),
        )
        self._record.write_text(saved.model_dump_json(indent=2))
        return saved

    def saved(self) -> Saved | None:
        """Return what is known of the saved plan, None when there is none."""
        if not (self._plan.is_file() and self._record.is_file()):
            return None
        return Saved.model_validate_json(self._record.read_text())

    def applicable(self) -> Saved:
        """Return the saved plan to apply. Raises UsageError without one, or when it is of another configuration."""
        saved, again = self.saved(), f"./inv aws.plan {self._environment.name}"
        if saved is None or saved.kind != "apply":
            raise UsageError("no plan is saved", why="what is applied is a plan that somebody has seen", fix=again)
        if (saved.account, saved.region) != (self._environment.account_id, self._environment.region):
            raise UsageError("the saved plan is of another account or region", fix=again)
        if saved.sources != self._digest():
            raise UsageError("terraform/ was changed after the plan was made", fix=again)
        return saved

    def apply(self) -> None:
        """Do what the saved plan says; it is gone afterwards, whether all of it was done or not."""
        name = self._environment.name
        terraform = self._terraform(f"./inv aws.plan {name} shows what is left to do")
        try:
            terraform.apply_saved(self._plan)
        finally:
            self.forget()

    def outputs(self) -> dict[str, Any]:
        """Return what the environment's state tells to others: names, ARNs and URLs, no secrets."""
        name = self._environment.name
        told = self._prepared(f"./inv aws.outputs {name}").outputs()
        if "platform" not in told:
            raise UsageError(f"{name} was never applied", fix=f"./inv aws.plan {name}, then ./inv aws.apply {name}")
        platform: dict[str, Any] = told["platform"]
        return platform

    def forget(self) -> None:
        """Remove the saved plan."""
        self._plan.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)

    def _digest(self) -> str:
        name = self._environment.name
        parts = (self._source / "modules", self._source / "environments" / name)
        return hashlib.sha256(repr([sorted(sources(part).items()) for part in parts]).encode()).hexdigest()

    def _terraform(self, again: str) -> Terraform:
        env = {**aws.environment(self._using), **self._providers.environment()}
        return Terraform(self._where, env, again)

    @property
    def _where(self) -> Path:
        return self._folder / "terraform" / "environments" / self._environment.name

    def _prepared(self, again: str) -> Terraform:
        """Return Terraform on a fresh copy, connected to the environment's state."""
        copy = self._folder / "terraform"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self._source, copy)
        terraform = self._terraform(again)
        settings = {"bucket": self._environment.bucket, "region": self._environment.region}
        self._providers.init(terraform, self._where, settings=settings)
        return terraform
