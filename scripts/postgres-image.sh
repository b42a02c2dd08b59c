#!/usr/bin/env bash
# Makes a PostgreSQL image from Debian's package: scripts/postgres-image.sh [IMAGE].
exec "$(dirname "$0")/debian-image.sh" postgres "${1:-darajabox-postgres:local}"
