#!/usr/bin/env bash
# Makes the images of the profile `scale` that are missing: from the official ones, or
# from Debian's packages where those cannot be pulled.
set -euo pipefail
cd "$(dirname "$0")/.."
docker=${DOCKER:-docker}

image() { # NAME IMAGE
	"$docker" image inspect "$2" >/dev/null 2>&1 || "$docker" pull -q "$2" >/dev/null 2>&1 ||
		"$docker" build -q -t "$2" -f "deploy/$1.Dockerfile" deploy >/dev/null 2>&1 || scripts/debian-image.sh "$1" "$2"
}
image postgres "${DARAJABOX_POSTGRES_IMAGE:-darajabox-postgres:local}"
image haproxy "${DARAJABOX_HAPROXY_IMAGE:-darajabox-haproxy:local}"
