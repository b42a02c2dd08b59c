#!/usr/bin/env bash
# Sees to the images of the profile `scale`: one that is neither here nor to be pulled
# is made from Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/.."
docker=${DOCKER:-docker}

image() { # NAME IMAGE
	"$docker" image inspect "$2" >/dev/null 2>&1 || "$docker" pull -q "$2" >/dev/null 2>&1 || scripts/debian-image.sh "$1" "$2"
}
image postgres "${DARAJABOX_POSTGRES_IMAGE:-darajabox-postgres:local}"
image haproxy "${DARAJABOX_HAPROXY_IMAGE:-darajabox-haproxy:local}"
