#!/usr/bin/env bash
# Starts the services of docker-compose.yml from the image that is built, waits until
# each is healthy, and prints their addresses and a payment to paste. Called by `make
# up`, and by `make scale` with the profile's name.
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra compose <<<"${COMPOSE:-docker compose}"
deadline=$((SECONDS + 90))
services=(simulator gateway inbox)
profile=()
if [ "${1:-}" = scale ]; then
	profile=(--profile scale)
	services+=(postgres gateway-a gateway-b gateway-c)
fi

# The simulator hands out the port that it listens on, so it must know of another one.
port=${DARAJABOX_SIMULATOR_PORT:-7070}
if [ -z "${DARAJABOX_PUBLIC_URL:-}" ] && [ "$port" != 7070 ] && [ "$port" != 0 ]; then
	export DARAJABOX_PUBLIC_URL=http://127.0.0.1:$port
fi

"${compose[@]}" "${profile[@]}" up --detach --no-build

for service in "${services[@]}"; do
	until [ "$(docker inspect --format '{{.State.Health.Status}}' "$("${compose[@]}" "${profile[@]}" ps -q "$service")")" = healthy ]; do
		if ((SECONDS >= deadline)); then
			echo "up: $service is not healthy after 90 s; the end of its log:" >&2
			"${compose[@]}" "${profile[@]}" logs --tail=20 "$service" >&2
			exit 1
		fi
		sleep 0.3
	done
done

address() { echo "http://$("${compose[@]}" "${profile[@]}" port "$1" "$2")"; }
row() { printf '  %-10s %-24s %s\n' "$1" "$2" "$3"; }
logs="${compose[*]}${COMPOSE_PROJECT_NAME:+ -p $COMPOSE_PROJECT_NAME} logs -f inbox"
gateway=$(address gateway 8080)
if ((${#profile[@]})); then
	gateway=$(address balancer 8080)
	until curl -fsS "$gateway/health" >/dev/null 2>&1; do
		((SECONDS < deadline)) || { echo "up: the load balancer does not reach a gateway after 90 s" >&2; exit 1; }
		sleep 0.3
	done
fi

echo
row simulator "$(address simulator 7070)" 'Daraja: consumer key sandbox, secret sandbox, shortcode 174379'
row control "$(address simulator 7071)" 'console in the browser; the API at /docs'
row gateway "$gateway" 'partner API, X-API-KEY: dbx_test_local'
row inbox "$(address inbox 8090)" 'plays your shop; for the gateway it is http://inbox:8090/webhook'
[ "$port" != 0 ] || row note '' "the simulator's port was left to Docker, and it hands out 7070; DARAJABOX_SIMULATOR_PORT=17070 make up is a fixed one"
cat <<END

Make a payment, and see its webhook two seconds later:

  curl -sS $gateway/api/v1/mpesa/stk_push -H 'X-API-KEY: dbx_test_local' -H 'Content-Type: application/json' -d '{"phone":"254708374149","amount":150,"reference":"INV-1","callback_url":"http://inbox:8090/webhook"}'
  $logs

In the containers, 127.0.0.1 is the container itself. An app on this machine that listens on 0.0.0.0:3000
is http://host.docker.internal:3000 for callbacks and webhooks. docs/containers.md has more; make down stops.
END
