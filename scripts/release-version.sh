#!/usr/bin/env bash
# Prints the version in the source, which `darajabox version` prints. Given a version,
# fails unless it is that one or a snapshot of it: scripts/release-version.sh [VERSION].
set -euo pipefail
cd "$(dirname "$0")/.."

source=$(sed -n 's/^const version = "\(.*\)"$/\1/p' cmd/darajabox/version.go)
[ -n "$source" ] || { echo "release: cmd/darajabox/version.go has no line: const version = \"…\"" >&2; exit 1; }
if (($# == 0)); then
	echo "$source"
	exit
fi
case $1 in
"$source" | "$source"-snapshot.*) ;;
*)
	echo "release: the tag says version $1, cmd/darajabox/version.go says $source; change one of them" >&2
	exit 1
	;;
esac
