"""Settings from the environment and a secrets directory; a wrong value stops the process with its name and reason."""

import os
import sys
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, Json, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsError


class Faults(BaseModel):
    """What goes wrong from now on: added latency in milliseconds, and the share of requests that fail."""

    model_config = ConfigDict(extra="forbid")

    latency_ms: int = Field(0, ge=0, le=60_000)
    error_ratio: float = Field(0, ge=0, le=1)
    status: int = Field(503, ge=500, le=599)


class Settings(BaseSettings):
    """What every service is told. Times are seconds.

    Secrets may be files of `SECRETS_DIR` named as the field (`database_password`), as Kubernetes mounts them.
    """

    environment: str = "local"
    host: str = "0.0.0.0"
    port: int = Field(8000, ge=1, le=65535)
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    database_host: str
    database_port: int = Field(5432, ge=1, le=65535)
    database_name: str
    database_user: str
    database_password: SecretStr
    database_tls: Literal["prefer", "require"] = Field("prefer", description="require: nothing is said in the clear")
    database_pool_size: int = Field(10, ge=1, le=200, description="and one more for probes")
    database_acquire_seconds: float = Field(2, gt=0, le=60, description="longest wait for a connection of the pool")
    database_statement_seconds: float = Field(3, gt=0, le=300, description="the server ends a statement after it")
    otel_exporter_otlp_endpoint: HttpUrl | None = Field(None, description="unset: spans are made, none exported")
    faults_enabled: bool = Field(default=False, description="only where drills run: lets PUT /faults break the service")
    faults: Json[Faults] | None = Field(None, description="what is broken from the start, as PUT /faults takes it")
    drain_seconds: float = Field(10, ge=0, le=300, description="longest wait for what is under way after SIGTERM")
    shutdown_delay_seconds: float = Field(0, ge=0, le=60, description="not ready but serving, until endpoints are gone")

    @model_validator(mode="after")
    def _faults_are_enabled(self) -> Self:
        """Refuse faults where no drill runs: a setting that got into prod must not go unnoticed, nor break it."""
        if self.faults is not None and not self.faults_enabled:
            raise ValueError("FAULTS wants FAULTS_ENABLED=true")
        return self


QUEUE_NAME = r"^[A-Za-z0-9_-]{1,80}$"


class QueueSettings(Settings):
    """For services that speak SQS."""

    aws_endpoint_url: HttpUrl | None = Field(None, description="LocalStack; unset: AWS")
    aws_region: str = Field("us-east-1", pattern="^[a-z0-9-]{1,63}$")
    order_queue: str = Field("order-queue", pattern=QUEUE_NAME)


def load[T: Settings](kind: type[T]) -> T:
    """Read `kind` from the environment; on a wrong or missing value say which and why, and exit with 2."""
    directory = os.environ.get("SECRETS_DIR")
    if directory and not os.path.isdir(directory):  # noqa: PTH112 - a string check at start, no path work
        sys.stderr.write(f"settings: SECRETS_DIR={directory!r} is not a directory\n")
        raise SystemExit(2)
    try:
        return kind(_secrets_dir=directory)
    except SettingsError as error:  # a secret's file; its words have the field in quotes
        reason = "not UTF-8 text" if isinstance(error.__cause__, UnicodeError) else str(error.__cause__)
        sys.stderr.write(f"settings: {str(error).split('"')[1].upper()}: {reason}\n")
        raise SystemExit(2) from None
    except ValidationError as error:
        for item in error.errors():
            first, *rest = [str(part) for part in item["loc"]] or [""]
            name = ".".join((first.upper(), *rest))
            given = "" if item["type"] == "missing" or "password" in name.lower() else f" (is {item['input']!r})"
            sys.stderr.write(f"settings: {name + ': ' if name else ''}{item['msg']}{given if name else ''}\n")
        raise SystemExit(2) from None
