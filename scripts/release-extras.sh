#!/usr/bin/env bash
# Writes the completion scripts and the manual pages, which the program itself prints,
# and the licences of what is linked into it, for archives and packages: scripts/release-extras.sh FOLDER.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?folder}

rm -rf "$folder"
mkdir -p "$folder/completions"
CGO_ENABLED=0 ${GO:-go} build -trimpath -ldflags='-s -w' -o "$folder/darajabox" ./cmd/darajabox
"$folder/darajabox" completion bash >"$folder/completions/darajabox.bash"
"$folder/darajabox" completion zsh >"$folder/completions/_darajabox"
"$folder/darajabox" completion fish >"$folder/completions/darajabox.fish"
"$folder/darajabox" man "$folder/man" >/dev/null
gzip -9n "$folder"/man/*.1
rm "$folder/darajabox"
scripts/licences.sh "$folder/THIRD_PARTY_LICENSES"
