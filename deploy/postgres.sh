#!/bin/sh
# Starts PostgreSQL in an image from scratch, by the variables that the official image
# has. The first start makes the cluster and the database.
set -eu
user=${POSTGRES_USER:-postgres}
: "${POSTGRES_PASSWORD:?is required}"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
	printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
	initdb --pgdata "$PGDATA" --username "$user" --pwfile /tmp/password --auth scram-sha-256 --encoding UTF8 --locale C >/dev/null
	: >/tmp/password
	printf 'host all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
	printf 'CREATE DATABASE "%s"\n' "${POSTGRES_DB:-$user}" | postgres --single -D "$PGDATA" postgres >/dev/null
fi
unset POSTGRES_PASSWORD
exec postgres -D "$PGDATA" -k /tmp -c listen_addresses='*' -c jit=off "$@"
