"""What a user may set, by environment variable LAB_<NAME>; a wrong value is named with the way out."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lab.core.errors import UsageError

type Runtime = Literal["host", "compose"]
RUNTIMES: tuple[Runtime, ...] = ("host", "compose")


class Config(BaseSettings):
    """Settings of the lab; tasks' options win over them."""

    model_config = SettingsConfigDict(env_prefix="LAB_")

    runtime: Runtime | None = Field(
        None, description="rung of the ladder; unset: the highest that this machine can hold"
    )
    port: int | None = Field(
        None, ge=1024, le=65533, description="first of three ports: order, user, notification; unset: 8001"
    )
    plain: bool = Field(default=False, description="plain lines instead of live progress")


def load_config() -> Config:
    """Read the settings; raises UsageError that names each wrong variable."""
    try:
        return Config()
    except ValidationError as error:
        wrong = "; ".join(
            f"LAB_{str(item['loc'][0]).upper()}={item['input']!r}: {item['msg']}" for item in error.errors()
        )
        raise UsageError("a setting is wrong", why=wrong, fix="correct or unset the variable") from error
