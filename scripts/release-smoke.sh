#!/usr/bin/env bash
# Tries what `make release-dry` built as a user would: checksums, archives, SBOM, the
# rpm's list of files; installs the deb on this machine, makes README's first payment
# with it and with the image, installs the module as `go install` would, and removes
# everything again. Needs root or sudo for the deb. Given names, it tries these parts
# only: scripts/release-smoke.sh [files|rpm|deb|image|go_install …].
set -euo pipefail
cd "$(dirname "$0")/.."

dist=$PWD/build/dist
docker=${DOCKER:-docker} go=${GO:-go}
ready_limit=30  # s, until the container prints its curl
webhook_limit=5 # s, from the curl to the webhook
version=$(scripts/release-version.sh)
work=$(mktemp -d)
sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
installed= container= images=()

cleanup() {
	[ -z "$container" ] || "$docker" rm --force "$container" >/dev/null 2>&1 || true
	((${#images[@]} == 0)) || "$docker" image rm "${images[@]}" >/dev/null 2>&1 || true
	[ -z "$installed" ] || $sudo dpkg --purge darajabox >/dev/null || true
	chmod -R u+w "$work" # the module cache is read-only
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() { echo "release-smoke: $*" >&2; exit 1; }
say() { echo "release-smoke: $*"; }

# one PATTERN: the one file of build/dist that matches.
one() {
	local found
	mapfile -t found < <(compgen -G "$dist/$1")
	((${#found[@]} == 1)) || fail "${#found[@]} files match build/dist/$1; run make release-dry"
	echo "${found[0]}"
}

# has LIST FILE…: each file is a line of the list.
has() {
	local list=$1 file
	shift
	for file; do grep -qxF "$file" <<<"$list" || fail "$file is missing in:"$'\n'"$list"; done
}

check_files() {
	local os arch archive list
	(cd "$dist" && sha256sum --check --quiet checksums.txt) || fail "the checksums differ"
	say "$(wc -l <"$dist/checksums.txt") checksums hold"
	for os in linux darwin windows; do
		for arch in amd64 arm64; do
			if [ "$os" = windows ]; then
				archive=$(one "darajabox_*_windows_$arch.zip")
				list=$(python3 -c 'import sys, zipfile; print("\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))' "$archive" | sed 's,^[^/]*/,,')
				has "$list" darajabox.exe
			else
				archive=$(one "darajabox_*_${os}_$arch.tar.gz")
				list=$(tar -tzf "$archive" | sed 's,^[^/]*/,,')
				has "$list" darajabox
			fi
			has "$list" LICENSE THIRD_PARTY_LICENSES README.md man/darajabox.1.gz man/darajabox-up.1.gz completions/darajabox.bash completions/_darajabox completions/darajabox.fish
			grep -q "GOOS=$os\$" <<<"$("$go" version -m "$(one "darajabox_${os}_${arch}_*/darajabox*")")" || fail "$archive was built for another system"
			python3 - "$(one "darajabox_*_${os}_$arch.cdx.json")" "goos=$os" "goarch=$arch" <<-'END' || fail "the SBOM of $os/$arch is not complete"
				import json, sys
				bom = json.load(open(sys.argv[1]))
				names = {c["name"] for c in bom["components"]}
				assert bom["bomFormat"] == "CycloneDX" and {"modernc.org/sqlite", "std"} <= names, names
				assert all("goos=" not in c["purl"] or all(p in c["purl"] for p in sys.argv[2:]) for c in bom["components"]), sys.argv
			END
		done
	done
	say "six archives are complete, each with an SBOM"
}

check_rpm() {
	command -v rpm >/dev/null || { say "rpm is not installed, so the rpm is not looked into"; return; }
	local list
	list=$(rpm -qlp "$(one "darajabox-*.$(uname -m).rpm")" 2>/dev/null)
	has "$list" /usr/bin/darajabox /usr/share/man/man1/darajabox.1.gz /usr/share/bash-completion/completions/darajabox \
		/usr/share/zsh/site-functions/_darajabox /usr/share/fish/vendor_completions.d/darajabox.fish /usr/share/licenses/darajabox/LICENSE
	say "the rpm has $(wc -l <<<"$list") files"
}

check_deb() {
	local deb file files
	deb=$(one "darajabox_*_$(dpkg --print-architecture).deb")
	! dpkg -s darajabox >/dev/null 2>&1 || fail "the package darajabox is installed already; this test would remove it"
	installed=yes
	$sudo dpkg --install "$deb" >/dev/null
	files=(/usr/bin/darajabox /usr/share/man/man1/darajabox.1.gz /usr/share/man/man1/darajabox-up.1.gz /usr/share/doc/darajabox/copyright
		/usr/share/bash-completion/completions/darajabox /usr/share/zsh/vendor-completions/_darajabox /usr/share/fish/vendor_completions.d/darajabox.fish)
	has "$(dpkg -L darajabox)" "${files[@]}"
	for file in "${files[@]}"; do # small machines tell dpkg to leave manuals out
		[ -s "$file" ] || grep -rqs '^path-exclude' /etc/dpkg/dpkg.cfg.d || fail "$file is not there"
	done
	[ "$(command -v darajabox)" = /usr/bin/darajabox ] || fail "another darajabox comes first in the PATH: $(command -v darajabox)"
	darajabox version | grep -q "^darajabox $version " || fail "it says: $(darajabox version)"
	dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/share/man/man1/darajabox.1.gz | gunzip | grep -q '^\.TH "DARAJABOX" "1"' || fail "darajabox.1 is no manual page"
	bash -c 'source /usr/share/bash-completion/completions/darajabox && complete -p darajabox' >/dev/null || fail "bash has no completion for it"
	grep -qx simulator <<<"$(COMP_LINE='darajabox sim' COMP_POINT=13 darajabox)" || fail "'darajabox sim' is not completed"
	say "the deb is installed: $(darajabox version)"
	DARAJABOX=darajabox scripts/smoke.sh
	$sudo dpkg --purge darajabox >/dev/null
	installed=
	[ ! -e /usr/bin/darajabox ] || fail "/usr/bin/darajabox is there after the package was removed"
	say "the deb is removed"
}

within() { # LIMIT CONDITION…
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}
printed() { "$docker" logs "$container" 2>&1 | grep "$1" >"$work/found"; }
settings() { "$docker" image inspect --format '{{json .Config.User}} {{json .Config.WorkingDir}} {{json .Config.Env}} {{json .Config.ExposedPorts}} {{json .Config.Volumes}} {{json .Config.Entrypoint}} {{json .Config.Cmd}}' "$1"; }

# check_settings IMAGE: it has the settings of an image that is built from the Dockerfile.
check_settings() {
	local other=darajabox:release-smoke-$$
	mkdir -p "$work/context/build/docker/empty"
	cp Dockerfile "$work/context"
	touch "$work/context/build/docker/darajabox"
	images+=("$other")
	"$docker" build -q --target prebuilt -t "$other" "$work/context" >/dev/null
	[ "$(settings "$1")" = "$(settings "$other")" ] || fail "the image's settings are not the Dockerfile's:"$'\n'"$(settings "$1")"$'\n'"$(settings "$other")"
}

check_image() {
	local image paste port
	image=$("$docker" load -i "$(one "image/darajabox_*_image_linux_$(dpkg --print-architecture).tar")" | sed -n 's/^Loaded image: //p')
	[ -n "$image" ] || fail "docker load names no image"
	images+=("$image")
	"$docker" run --rm "$image" version | grep -q "^darajabox $version " || fail "the image says: $("$docker" run --rm "$image" version)"
	check_settings "$image"
	container=$("$docker" run --detach -p 127.0.0.1::8080 "$image" up --simulator-addr 0.0.0.0:7070 --control-addr 0.0.0.0:7071 \
		--gateway-addr 0.0.0.0:8080 --inbox-addr 0.0.0.0:8090) # as docs/install.md has it
	within "$ready_limit" printed '^ *curl .*stk_push' || fail "the container prints no curl:"$'\n'"$("$docker" logs "$container" 2>&1)"
	# The curl that it prints is for a port of the container; the host has another for it.
	port=$("$docker" port "$container" 8080/tcp | head -n 1)
	paste=$(head -n 1 "$work/found" | sed -E "s#http://[^/ ]+/api#http://$port/api#; s#(\"callback_url\":\"http://)[^/]*/#\1127.0.0.1:8090/#")
	say "$paste"
	bash -c "$paste" | grep '"status":"success"' || fail "the payment was not accepted"
	within "$webhook_limit" printed 'webhook .*successful.*answered[ =]200' || fail "no webhook within $webhook_limit s:"$'\n'"$("$docker" logs "$container" 2>&1)"
	say "the image $image: $(cat "$work/found")"
}

# check_go_install: the module as the proxy would serve it. The modules that it needs
# come from this machine's cache.
check_go_install() {
	local module=github.com/darajabox/darajabox cache said
	local at=$work/proxy/$module/@v
	cache=$("$go" env GOMODCACHE)
	mkdir -p "$at" "$work/bin"
	echo "{\"Version\":\"v$version\"}" >"$at/v$version.info"
	echo "v$version" >"$at/list"
	cp go.mod "$at/v$version.mod"
	git archive --format=zip --prefix="$module@v$version/" -o "$at/v$version.zip" HEAD . ':!tools'
	(cd "$work" && GOPROXY="file://$work/proxy,file://$cache/cache/download" GONOSUMDB=$module GOSUMDB=off CGO_ENABLED=0 GOFLAGS='-modcacherw -trimpath' \
		GOMODCACHE=$work/modules GOBIN=$work/bin "$go" install "$module/cmd/darajabox@v$version")
	said=$("$work/bin/darajabox" version)
	[[ $said == "darajabox $version (module v$version, "* ]] || fail "go install gave: $said"
	say "go install $module/cmd/darajabox@v$version: $said"
}

parts=("$@")
((${#parts[@]})) || parts=(files rpm deb image go_install)
for part in "${parts[@]}"; do "check_$part"; done
say "passed in $SECONDS s"
