"""terraform/environments/<name>: the environments on AWS, and whose they are."""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT

ENVIRONMENTS = ("dev", "prod")
PASSWORDS = "kubeflow-ops/bootstrap/passwords"
OWNERS = ("order", "user", "notification", "redis", "grafana")  # each has one of them
_FILE = "terraform.tfvars.json"  # Terraform reads it by itself


class Environment(BaseModel):
    """What terraform.tfvars.json says: account (12 digits), region, and what Terraform alone reads."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    account_id: str = Field(pattern=r"^[0-9]{12}$")
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")

    @property
    def cluster(self) -> str:
        """Name of the EKS cluster, and prefix of most that is in the environment."""
        return f"kubeflow-ops-{self.name}"

    @property
    def bucket(self) -> str:
        """Where Terraform's state is: a name that no other account can have taken by chance."""
        return f"{self.cluster}-{self.account_id}-state"

    @property
    def tags(self) -> dict[str, str]:
        """What marks everything of the environment, as the provider's default_tags do."""
        return {"app": "kubeflow-ops", "team": "platform", "env": self.name}


def known(name: str) -> str:
    """Return `name`. Raises UsageError when no environment on AWS is called so."""
    if name not in ENVIRONMENTS:
        raise UsageError(f"no environment on AWS is called {name!r}", fix=f"one of: {', '.join(ENVIRONMENTS)}")
    return name


def read(name: str, checkout: Path = CHECKOUT) -> Environment:
    """Read an environment's file. Raises UsageError that names what is wrong or still to be filled in."""
    file = folder(known(name), checkout) / _FILE
    shown = file.relative_to(checkout)
    try:
        return Environment.model_validate({**json.loads(file.read_text()), "name": name})
    except FileNotFoundError as error:
        raise UsageError(f"{shown} is not there", fix=f"git checkout {shown}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{item['loc'][0]}={item['input']!r}: {item['msg']}" for item in error.errors())
        fix = "write your account's 12 digits and your region there: docs/aws.md says how to find them"
        raise UsageError(f"{shown} is not filled in", why=wrong, fix=fix) from error
    except (ValueError, TypeError) as error:
        raise UsageError(f"{shown} is no JSON object", why=str(error), fix="correct it, or git checkout it") from error


def folder(name: str, checkout: Path = CHECKOUT) -> Path:
    """Return where the environment's configuration is."""
    return checkout / "terraform" / "environments" / name
