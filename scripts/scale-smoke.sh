#!/usr/bin/env bash
# Runs the profile `scale` of docker-compose.yml: PostgreSQL, three replicas and the
# load balancer. Takes a payment through them, kills the replica that a second one
# may be on, takes a third, and checks that the partner got one webhook for each.
# Images that are missing are made from Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra compose <<<"${COMPOSE:-docker-compose}"
docker=${DOCKER:-docker}
ready_limit=90 # s, until everything answers
webhook_limit=15  # s, from an order to its webhook
export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-darajabox-scale}
export DARAJABOX_SIMULATOR_PORT=0 DARAJABOX_CONTROL_PORT=0 DARAJABOX_GATEWAY_PORT=0 DARAJABOX_INBOX_PORT=0 DARAJABOX_SCALE_PORT=0

run() { "${compose[@]}" --profile scale "$@"; }
fail() {
	echo "scale: $*" >&2
	run logs --tail=15 >&2 || true
	exit 1
}
cleanup() { run down --volumes --timeout 3 >/dev/null 2>&1 || true; }
trap cleanup EXIT
trap 'exit 130' INT TERM

DOCKER=$docker scripts/scale-images.sh

within() { # LIMIT CONDITION…
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.2
	done
}

services=(simulator inbox postgres gateway-a gateway-b gateway-c balancer)
began=$SECONDS
run up --detach --no-build "${services[@]}" >/dev/null 2>&1 || fail "it does not come up"
url=http://$(run port balancer 8080)
all_up() { [ "$(for s in a b c; do "$docker" inspect --format '{{.State.Health.Status}}' "$(run ps -q gateway-$s)"; done | grep -c '^healthy')" = 3 ] && curl -fsS "$url/health" >/dev/null 2>&1; }
within "$ready_limit" all_up || fail "not everything is healthy after $ready_limit s"
echo "scale: three replicas on PostgreSQL are up after $((SECONDS - began)) s"

pay() { # KEY PHONE: prints the transaction's id; a phone has one prompt at a time
	curl -fsS --max-time 20 "$url/api/v1/mpesa/stk_push" -H 'X-API-KEY: dbx_test_local' -H 'Content-Type: application/json' \
		-H "X-Idempotency-Key: $1" -d '{"phone":"'"$2"'","amount":150,"reference":"INV-1","callback_url":"http://inbox:8090/webhook"}' |
		grep -oE '"transaction_id": *[0-9]+' | grep -oE '[0-9]+' || fail "order $1 was not accepted"
}
webhooks() { run logs --no-color inbox 2>/dev/null | grep -c " webhook .* successful" || true; }
notified() { [ "$(webhooks)" -ge "$1" ]; }

first=$(pay one 254708374149)
[ "$(pay one 254708374149)" = "$first" ] || fail "the same idempotency key made another payment"
within "$webhook_limit" notified 1 || fail "no webhook of payment $first within $webhook_limit s"
echo "scale: the webhook of payment $first has come"

second=$(pay two 254708374150)
"$docker" kill --signal KILL "$(run ps -q gateway-b)" >/dev/null
third=$(pay three 254708374151)
within "$webhook_limit" notified 3 || fail "of payments $first, $second and $third only $(webhooks) have a webhook after a replica was killed"
sleep 1
[ "$(webhooks)" = 3 ] || fail "$(webhooks) webhooks of three payments"
echo "scale: the webhooks of payments $second and $third have come, with a replica killed between; $((SECONDS - began)) s in all"
