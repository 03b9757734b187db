"""PostgreSQL as an embedded process: a data directory made once, a server on 127.0.0.1, a database for each service."""

import os
import pwd
import shutil
from pathlib import Path

from lab.core import proc
from lab.core.errors import UsageError
from lab.tools.embedded import Embedded
from lab.tools.postgres_admin import ADMIN, EMBEDDED


def _as_who() -> list[str]:
    """Return what runs PostgreSQL as somebody who is not root, which it refuses to be.

    The one capability kept lets it reach a checkout below a folder that is closed to others; without
    no_setuid_fixup, access(2) would pass that capability by, and PostgreSQL asks access(2) for its programs.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise UsageError(
            "PostgreSQL refuses to run as root, and setpriv is not there to give root up",
            fix="run the lab as another user, or install util-linux",
        )
    nobody = pwd.getpwnam("nobody")
    caps = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
    return [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", *caps, "--"]


def _give(folder: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def initialise(embedded: Embedded, data: Path, password_file: Path) -> None:
    """Make the data directory when there is none; one that was interrupted half-way is made anew."""
    if (data / "PG_VERSION").exists():
        return
    parts = data.with_name(f"{data.name}.new")
    shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir(mode=0o700, parents=True)
    _give(parts)
    proc.run(
        [
            *_as_who(), embedded.postgres("initdb"), "--pgdata", parts, "--username", ADMIN,
            "--pwfile", password_file, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
        ],
        timeout=120,
    )  # fmt: skip
    parts.rename(data)


def command(embedded: Embedded, data: Path, port: int) -> list[str]:
    """Return what runs the server: small, on 127.0.0.1, without a socket file."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 60,
        "shared_buffers": "32MB",
        "wal_compression": "on",
        "log_checkpoints": "off",
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [*_as_who(), str(embedded.postgres("postgres")), "-D", str(data), *words]


def look(embedded: Embedded, port: int) -> str:
    """Return "" when the server takes connections, else what it says."""
    seen = proc.run([embedded.postgres("pg_isready"), "-p", str(port)], env=EMBEDDED, check=False, timeout=10)
    return "" if seen.code == 0 else seen.stdout.strip() or seen.stderr.strip()


def ensure_database(embedded: Embedded, port: int, admin_password: str, name: str, password: str) -> None:
    """Make role and database `name`, owned by it; both exist already on every run but the first."""
    sql = f"""
        SELECT 'CREATE ROLE {name} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
        ALTER ROLE {name} PASSWORD :'password';
        SELECT 'CREATE DATABASE {name} OWNER {name}'
        WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
        REVOKE CONNECT ON DATABASE {name} FROM PUBLIC;
    """  # noqa: S608 - names are ours; the password is psql's own quoted variable
    _psql(embedded, port, admin_password, f"\\getenv password LAB_ROLE_PASSWORD\n{sql}", LAB_ROLE_PASSWORD=password)


def drop_database(embedded: Embedded, port: int, admin_password: str, name: str) -> None:
    """Remove database `name` and its role, whoever is connected; neither need be there."""
    sql = f"DROP DATABASE IF EXISTS {name} WITH (FORCE);\nDROP ROLE IF EXISTS {name};\n"
    _psql(embedded, port, admin_password, sql)


def _psql(embedded: Embedded, port: int, admin_password: str, sql: str, **env: str) -> None:
    words = ["-p", str(port), "-U", ADMIN, "-d", "postgres", "-qX", "-v", "ON_ERROR_STOP=1"]
    whole = {**EMBEDDED, "PGPASSWORD": admin_password, **env}
    proc.run([embedded.postgres("psql"), *words], stdin=sql, env=whole, timeout=30)
