"""Databases beside the services': `…_incoming` is loaded, then takes the place of the one in use.

That one becomes `…_before`. The renames are one transaction: whoever dies when, each name is of a whole database.
"""

from collections.abc import Sequence

from lab.stages.host_programs import DATABASES
from lab.tools.postgres_admin import ADMIN, Admin

INCOMING, BEFORE = "_incoming", "_before"
# An order's event that was published and not consumed when the dump was made is in no queue any more: a relay that sees
# another queue than it knew publishes again what was not notified of (docs/adr/0006).
_REPUBLISH = "UPDATE relay_queue SET identity = 'restored';"
_MAKE = """
DROP DATABASE IF EXISTS {name}{incoming} WITH (FORCE);
CREATE DATABASE {name}{incoming} OWNER {name} TEMPLATE template0;
REVOKE CONNECT ON DATABASE {name}{incoming} FROM PUBLIC;
"""
# A rename takes the lock that new connections wait for, then waits up to 5 s for those that are there to end. One that
# came between the two is an error, and the whole is tried again.
_RENAMES = """
      IF EXISTS (SELECT FROM pg_database WHERE datname = '{name}') THEN
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}';
        ALTER DATABASE {name} RENAME TO {name}{before};
      END IF;
      ALTER DATABASE {name}{incoming} RENAME TO {name};
"""
_SWAP = """
DO $$
BEGIN
  FOR try IN 1..12 LOOP
    BEGIN
      PERFORM pg_stat_clear_snapshot();
      {renames}
      RETURN;
    EXCEPTION WHEN object_in_use THEN
      IF try = 12 THEN RAISE; END IF;
    END;
  END LOOP;
END $$;
"""


def make(admin: Admin, service: str) -> str:
    """Make the empty database to load into, owned as the one in use; return its name. Raises CommandError."""
    name = DATABASES[service]
    admin.sql(ADMIN, _MAKE.format(name=name, incoming=INCOMING))
    return f"{name}{INCOMING}"


def republish(admin: Admin, database: str) -> None:
    """Have the relay publish again what notification-service does not know. `database` is one of orders."""
    admin.sql(database, _REPUBLISH)


def swap(admin: Admin, services: Sequence[str]) -> None:
    """Put the loaded databases in the place of those in use, all or none; who is connected is cut off."""
    parts = [_RENAMES.format(name=DATABASES[service], incoming=INCOMING, before=BEFORE) for service in services]
    admin.sql(ADMIN, _SWAP.format(renames="".join(parts)))


def replaced(admin: Admin) -> list[str]:
    """Return the services whose former database is still there."""
    there = admin.databases()
    return [service for service, name in DATABASES.items() if f"{name}{BEFORE}" in there]


def drop_replaced(admin: Admin, services: Sequence[str]) -> None:
    """Remove the former databases of some services."""
    for service in services:
        admin.sql(ADMIN, f"DROP DATABASE IF EXISTS {DATABASES[service]}{BEFORE} WITH (FORCE);")
