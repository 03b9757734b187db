#!/usr/bin/env bash
# A role and a database for each service, where they lack. A password that is there already stays: it may have been rotated since.
# The master user of RDS is no superuser: it gives a database to a role only as a member of it.
set -euo pipefail
folder=${SECRETS_DIR:-/secrets}
secret() { cat "$folder/$1"; }
PGHOST=$(secret host) PGPORT=$(secret port) PGUSER=$(secret master_user) PGPASSWORD=$(secret master_password)
export PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE=postgres PGSSLMODE=${PGSSLMODE:-require} PGCONNECT_TIMEOUT=10
for service in order user notification; do
  NAME=$(secret "${service}_name") ROLE=$(secret "${service}_user") ROLE_PASSWORD=$(secret "${service}_password")
  export NAME ROLE ROLE_PASSWORD
  psql -qX -v ON_ERROR_STOP=1 <<'SQL'
\getenv name NAME
\getenv role ROLE
\getenv password ROLE_PASSWORD
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', :'role', :'password')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
GRANT :"role" TO CURRENT_USER;
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'role')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
  echo "$service: database $NAME of role $ROLE"
done
