"""What a user may set, by environment variable LAB_<NAME>; a wrong value is named with the way out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lab.core.errors import UsageError

type Runtime = Literal["host", "compose", "kind"]
RUNTIMES: tuple[Runtime, ...] = ("host", "compose", "kind")
type Profile = Literal["core", "full"]  # how much of the platform the kind rung raises
PROFILES: tuple[Profile, ...] = ("core", "full")


class Config(BaseSettings):
    """Settings of the lab; tasks' options win over them."""

    model_config = SettingsConfigDict(env_prefix="LAB_", env_ignore_empty=True)

    runtime: Runtime | None = Field(
        None, description="rung of the ladder; unset: the highest that this machine can hold"
    )
    port: int | None = Field(
        None, ge=1024, le=65533, description="first of three ports: order, user, notification; unset: 8001"
    )
    nodes: int | None = Field(None, ge=2, le=6, description="kind rung: nodes; unset: 2, or 3 on more than 4 CPUs")
    profile: Profile | None = Field(
        None, description="kind rung: core (Prometheus alone) or full; unset: full where Docker has the memory"
    )
    bundle: Path | None = Field(None, description="kind rung: folder of `lab.bundle` to take artefacts from")
    substitutes: bool = Field(default=False, description="kind rung: take what stands in for a locked version")
    offline: bool = Field(default=False, description="kind rung: nothing is asked of the internet")
    plain: bool = Field(default=False, description="plain lines instead of live progress")


def load_config(**options: Any) -> Config:
    """Read the settings; an option that is not None wins over its variable.

    Raises UsageError that names each wrong one.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Config(**given)
    except ValidationError as error:
        wrong = "; ".join(
            f"{_called(str(item['loc'][0]), given)}={item['input']!r}: {item['msg']}" for item in error.errors()
        )
        raise UsageError("a setting is wrong", why=wrong, fix="correct it or leave it out") from error


def _called(field: str, given: Mapping[str, Any]) -> str:
    return f"--{field}" if field in given else f"LAB_{field.upper()}"
