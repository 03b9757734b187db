"""What tests need to know of the servers they run against."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Servers:
    """Addresses on 127.0.0.1, and the passwords of PostgreSQL's superuser and of Valkey."""

    kind: str
    postgres: int
    postgres_password: str
    valkey: int
    valkey_password: str
    aws: str
