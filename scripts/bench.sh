#!/usr/bin/env bash
# The simulator's speed, by the standard benchmark harness. Each figure that depends on
# the machine has a yardstick that ran in the same process: only ratios can be compared between machines.
set -euo pipefail
cd "$(dirname "$0")/.."
cpu=${1:-2}
time=${2:-3s}

bench() { # PACKAGE BENCHMARKS
	"$GO" test -run '^$' -bench "^Benchmark($2)\$" -benchtime "$time" -benchmem -cpu "$cpu" "./$1" | grep -E '^(Benchmark|cpu:)'
}

echo "== STK acknowledgements, beside a bare net/http and mux handler with the same JSON"
bench simulator/httpapi Ack
echo "== acknowledged pushes by a simulator process on one core, clients on another, beside a bare handler's process"
taskset -c 1 "$GO" test -run '^$' -bench '^BenchmarkPushes$' -benchtime 200000x -cpu 1 ./internal/e2e | grep -E '^Benchmark'
echo "== whole STK payments: push, payment, callback delivered to a sink; the journal is on"
bench simulator/app Lifecycle
echo "== callbacks alone, beside net/http's client, both with connections used again"
bench simulator/callback Deliver
echo "== start to first token; a world in which nothing happens"
bench simulator/app 'StartToFirstToken|Worlds'
echo "== the journal"
bench simulator/journal 'Add|Body'
echo "== the image"
"$DOCKER" image inspect --format '{{.Size}}' "$IMAGE" | awk '{ printf "%.1f MB\n", $1 / 1e6 }'
