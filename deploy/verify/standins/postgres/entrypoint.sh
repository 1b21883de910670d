#!/bin/sh
# POSTGRES_USER, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_DB: read when the data is first made.
set -eu
user=${POSTGRES_USER:-postgres}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    password=${POSTGRES_PASSWORD_FILE:-/tmp/password}
    [ -n "${POSTGRES_PASSWORD_FILE:-}" ] || printf '%s\n' "$POSTGRES_PASSWORD" > "$password"
    initdb -D "$PGDATA" --username="$user" --pwfile="$password" \
        --encoding=UTF8 --auth-host=scram-sha-256 --auth-local=trust
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=''" start
    [ "${POSTGRES_DB:-$user}" = postgres ] || createdb -U "$user" "${POSTGRES_DB:-$user}"
    pg_ctl -D "$PGDATA" -w -m fast stop
fi
exec "$@" -c listen_addresses='*'
