#!/usr/bin/env bash
# Runs every fuzz test of the module for the time given, one after the other:
# go fuzzes one test of one package at a time. Called by `make fuzz`.
set -euo pipefail
cd "$(dirname "$0")/.."

go=${GO:-go}
time=${1:-10s}
found=0

# go test -list prints the names of a package, then its "ok" line.
while read -r package name; do
	found=$((found + 1))
	echo "== $package $name"
	"$go" test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$package"
done < <("$go" test -list '^Fuzz' ./... | awk '/^Fuzz/ { names[++n] = $1 } /^ok/ { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }')

echo "$found fuzz tests, $time each"
((found > 0))
