"""A rung's PostgreSQL as its administrator, by its own programs, wherever they are: here, in a pod, in a container."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from lab.core import proc
from lab.core.errors import CommandError, LabError
from lab.tools import docker
from lab.tools.embedded import Embedded
from lab.tools.programs import program

ADMIN = "postgres"
EMBEDDED = {  # where its server is, and how to speak to it: libpq would take the user's own settings of all this
    "PGHOST": "127.0.0.1",
    "PGHOSTADDR": "127.0.0.1",
    "PGSSLMODE": "disable",
    "PGGSSENCMODE": "disable",
    "PGCHANNELBINDING": "prefer",
    "PGOPTIONS": "",
}
_LONG = 3600  # seconds that a dump or a load may take

# What a database holds: `:told` is one line of JSON.
_TELL = """
SELECT coalesce(string_agg(format('SELECT %L AS name, count(*) AS rows FROM public.%I', relname, relname),
                           ' UNION ALL '), 'SELECT NULL AS name, 0 AS rows WHERE false') AS counting
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \\gset
SELECT to_regclass('public.schema_migrations') IS NOT NULL AS migrated \\gset
SELECT 0 AS migration \\gset
\\if :migrated
SELECT coalesce(max(version), 0) AS migration FROM schema_migrations \\gset
\\endif
SELECT json_build_object(
  'taken_at', now(), 'server', current_setting('server_version_num')::int / 10000, 'migration', :migration,
  'tables', (SELECT coalesce(json_object_agg(name, rows), '{}') FROM (:counting) counted)) AS told \\gset
\\warn :told
"""
# pg_dump sees what the session sees that counted, and standard output is its alone.
_DUMP = f"""
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \\gset
{_TELL}
\\setenv SNAPSHOT :snapshot
\\setenv PG_DUMP :pg_dump
\\setenv PGDATABASE :DBNAME
\\! "$PG_DUMP" --format=custom --snapshot="$SNAPSHOT"
\\if :SHELL_ERROR
DO $$ BEGIN RAISE EXCEPTION 'pg_dump failed'; END $$;
\\endif
"""
_SHELL = 'export PGHOST=127.0.0.1 PGUSER={user} PGPASSWORD="$(cat {file})"; exec "$@"'


class Told(BaseModel):
    """What a database held at one moment, by its server's clock: rows by table.

    `migration` is the newest migration's number (0: none), `server` the server's major version.
    """

    taken_at: datetime
    server: int
    migration: int
    tables: dict[str, int]


@dataclass(frozen=True)
class Admin:
    """Runs PostgreSQL's programs: `before` comes before each, `folder` is where they are ("": on PATH there)."""

    before: tuple[str | Path, ...] = ()
    folder: str = ""
    env: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def embedded(cls, embedded: Embedded, port: int, password: str) -> "Admin":
        """Return the administrator of the host rung's server."""
        env = {**EMBEDDED, "PGPORT": str(port), "PGUSER": ADMIN, "PGPASSWORD": password}
        return cls(folder=f"{embedded.postgres('psql').parent}/", env=env)

    @classmethod
    def in_pod(cls, kubeconfig: Path) -> "Admin":
        """Return the administrator of the cluster's server; its password never leaves the pod."""
        words = ("exec", "--stdin", "--namespace", "data", "postgres-0", "--")
        shell = _SHELL.format(user=ADMIN, file="/secrets/postgres")
        return cls((program("kubectl"), "--kubeconfig", str(kubeconfig), *words, "sh", "-c", shell, "sh"))

    @classmethod
    def in_container(cls, compose: docker.Compose) -> "Admin":
        """Return the administrator of a compose project's server. Raises LabError when it does not run."""
        name = next((c.name for c in compose.containers() if c.service == "postgres" and c.state == "running"), None)
        if name is None:
            raise LabError("the container of postgres does not run", fix="./inv lab.up")
        shell = _SHELL.format(user=ADMIN, file="/secrets/postgres/password")
        return cls(("docker", "exec", "--interactive", name, "sh", "-c", shell, "sh"))

    def sql(self, database: str, text: str, timeout: float = 120) -> str:
        """Run a psql script; return what it answers: a row a line, `|` between fields. Raises CommandError."""
        return self._psql(database, text, timeout=timeout).stdout

    def databases(self) -> set[str]:
        """Return the names of all databases."""
        return set(self.sql(ADMIN, "SELECT datname FROM pg_database;").split())

    def tell(self, database: str) -> Told:
        """Return what a database holds now."""
        return _told(self._psql(database, _TELL, timeout=_LONG))

    def dump(self, database: str, file: Path) -> Told:
        """Write a dump of pg_dump's custom format; return what the same snapshot holds. Raises CommandError."""
        return _told(self._psql(database, _DUMP, "-v", f"pg_dump={self.folder}pg_dump", output=file, timeout=_LONG))

    def read(self, file: Path) -> None:
        """Read a dump to its end, into nothing. Raises CommandError for one that is not whole."""
        self._run("pg_restore", "--file=/dev/null", stdin=file, timeout=_LONG)

    def load(self, database: str, file: Path) -> None:
        """Load a dump into an empty database, all of it or nothing: with its owners, who must be there."""
        words = ("--exit-on-error", "--single-transaction", f"--dbname={database}")
        self._run("pg_restore", *words, stdin=file, timeout=_LONG)

    def _psql(
        self, database: str, text: str, *words: str, output: Path | None = None, timeout: float
    ) -> proc.Completed:
        options = ("-qtAX", "-v", "ON_ERROR_STOP=1", "-d", database, *words, "-f", "-")
        return self._run("psql", *options, stdin=text, output=output, timeout=timeout)

    def _run(
        self, name: str, *words: str, stdin: str | Path, output: Path | None = None, timeout: float
    ) -> proc.Completed:
        argv = [*self.before, f"{self.folder}{name}", *words]
        return proc.run(argv, env=self.env, stdin=stdin, output=output, timeout=timeout, fix="./inv lab.logs postgres")


def _told(done: proc.Completed) -> Told:
    for line in done.stderr.splitlines():
        if line.startswith("{"):
            return Told.model_validate(json.loads(line))
    raise CommandError(done.argv, done.code, why="it did not tell what the database holds", detail=done.stderr)
