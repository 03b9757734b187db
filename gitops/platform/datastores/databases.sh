#!/usr/bin/env bash
# Runs once, when PostgreSQL makes its data directory: a role and a database for each service, with its own password out of
# the folder ROLE_PASSWORDS. In the cluster and on the compose rung.
set -euo pipefail
for pair in user:users order:orders notification:notifications; do
  name=${pair#*:}
  LAB_ROLE_PASSWORD=$(cat "$ROLE_PASSWORDS/${pair%:*}") psql -qX -v ON_ERROR_STOP=1 -U postgres -d postgres <<SQL
\getenv password LAB_ROLE_PASSWORD
CREATE ROLE $name LOGIN PASSWORD :'password';
CREATE DATABASE $name OWNER $name;
REVOKE CONNECT ON DATABASE $name FROM PUBLIC;
SQL
done
