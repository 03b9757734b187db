#!/usr/bin/env bash
# Makes the passwords that are not there yet, each readable by nobody but its users: PostgreSQL, and uid 65532.
set -euo pipefail
umask 077
cd /secrets

password() { # FILE
  if [ ! -s "$1" ]; then
    mkdir -p "$(dirname "$1")"
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$1.new"
    mv "$1.new" "$1"
  fi
}

for file in postgres/password valkey/password order/database_password user/database_password notification/database_password; do
  password "$file"
done
for service in order user notification; do
  cp "$service/database_password" "postgres/$service"
done
cp valkey/password notification/redis_password
printf '%s\n' "requirepass $(cat valkey/password)" 'dir /data' 'appendonly yes' 'save ""' 'maxmemory 64mb' >valkey/valkey.conf
chmod 0755 .
chown -R postgres:postgres postgres
chown -R 65532:65532 valkey order user notification /data
