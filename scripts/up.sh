#!/usr/bin/env bash
# Starts the three services of docker-compose.yml from the image that is built,
# waits until each is healthy and prints where they are. Called by `make up`.
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra compose <<<"${COMPOSE:-docker compose}"
deadline=$((SECONDS + 60))
services=(simulator gateway inbox)

"${compose[@]}" up --detach --no-build

for service in "${services[@]}"; do
	until [ "$(docker inspect --format '{{.State.Health.Status}}' "$("${compose[@]}" ps -q "$service")")" = healthy ]; do
		if ((SECONDS >= deadline)); then
			echo "up: $service is not healthy after 60 s; its last words:" >&2
			"${compose[@]}" logs --tail=20 "$service" >&2
			exit 1
		fi
		sleep 0.3
	done
done

where() { printf '  %-12s http://%s\n' "$1" "$("${compose[@]}" port "$2" "$3")"; }
echo
where simulator simulator 7070
where control simulator 7071
where gateway gateway 8080
where inbox inbox 8090
echo "  A payment's callback_url is http://inbox:8090/webhook; its webhook shows in: ${compose[*]} logs -f inbox"
