"""Passwords that the lab generates: one file each under .lab/data/secrets, never in git, never in a log."""

import secrets

from lab.core.paths import Paths
from lab.core.state import SERVICES


class Secrets:
    """Generated passwords, one file each (mode 0600), in folders as SECRETS_DIR wants them."""

    def __init__(self, paths: Paths) -> None:
        self.folder = paths.data / "secrets"

    def get(self, owner: str, name: str) -> str:
        """Return a password, made at its first use."""
        file = self.folder / owner / name
        if not file.is_file() or not file.read_text():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(16))
        return file.read_text()

    def make_all(self) -> None:
        """Make every password that a program will ask for."""
        self.get("postgres", "password")
        self.get("supervisor", "password")
        for service in SERVICES:
            self.get(service, "database_password")
        file = self.folder / "notification" / "redis_password"
        file.touch(mode=0o600)
        file.write_text(self.get("valkey", "password"))
