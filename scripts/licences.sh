#!/usr/bin/env bash
# Writes the licences of all that is linked into the program, for archives and packages:
# scripts/licences.sh FILE. A module without a licence file is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?file}
go=${GO:-go}

modules() {
	local os
	for os in linux darwin windows; do
		CGO_ENABLED=0 GOOS=$os $go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/darajabox
	done | sort -u
}

# section NAME FILE…: the files below a line with the name.
section() {
	printf '\n==== %s\n' "$1"
	shift
	for file; do
		printf '\n'
		cat "$file"
	done
}

{
	echo "darajabox is made with the Go standard library and the modules below. Their licences:"
	section "Go $($go env GOVERSION)" "$($go env GOROOT)/LICENSE"
	modules | while read -r path version dir; do
		mapfile -t files < <(find "$dir" -maxdepth 1 -type f \( -iname 'LICEN[CS]E*' -o -iname 'COPYING*' -o -iname 'NOTICE*' \) | sort)
		((${#files[@]})) || { echo "licences: $path has no licence file in $dir" >&2; exit 1; }
		section "$path $version" "${files[@]}"
	done
	# The library's licence is its own; the page in it has another, whose text is this.
	section "Swagger UI, in github.com/swaggest/swgui: copyright SmartBear Software Inc., Apache License 2.0" \
		"$($go list -m -f '{{.Dir}}' github.com/prometheus/client_golang)/LICENSE"
} >"$out"
