#!/usr/bin/env bash
# Builds a release: scripts/release.sh dry|publish. `dry` builds every file of it from
# the commit that is checked out, and sends nothing: it works without network and
# without a tag. `publish` builds the tag that is checked out, makes a draft of a
# release on GitHub (GITHUB_TOKEN) and pushes the image to IMAGE_REPOSITORY.
set -euo pipefail
cd "$(dirname "$0")/.."
how=${1:?dry or publish}

tools=$PWD/build/tools dist=build/dist began=$SECONDS
export PATH=$tools:$PATH # goreleaser calls cyclonedx-gomod
RELEASE_VERSION=$(scripts/release-version.sh)
RELEASE_BUILDVCS=true
git status >/dev/null 2>&1 || RELEASE_BUILDVCS=false # not a clone: the binaries don't know their commit
RELEASE_LINUX_GOFLAGS="$(scripts/build.sh --goflags) ${GOFLAGS:-}"
export RELEASE_VERSION RELEASE_BUILDVCS RELEASE_LINUX_GOFLAGS
created=$(git log -1 --format=%cI 2>/dev/null || echo 1970-01-01T00:00:00Z)

# goreleaser asks for the address of the remote; a clone may have none.
git ls-remote --get-url >/dev/null 2>&1 || export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/darajabox/darajabox

die() { echo "release: $*" >&2; exit 1; }

# notes prints the version's section of CHANGELOG.md.
notes() {
	awk -v heading="## [$RELEASE_VERSION]" '/^## \[/ { inside = index($0, heading) == 1; next } inside' CHANGELOG.md
}

goreleaser check --quiet
case $how in
dry)
	for os in linux darwin windows; do GOOS=$os "${GO:-go}" list -deps ./cmd/darajabox >/dev/null; done # downloads what the cache lacks
	export GOPROXY=off GOTOOLCHAIN=local # modules come from the cache or not at all
	goreleaser release --snapshot --clean
	push=()
	;;
publish)
	[ -n "${GITHUB_TOKEN:-}" ] || die "set GITHUB_TOKEN, which may write releases of darajabox/darajabox"
	[ -n "${IMAGE_REPOSITORY:-}" ] || die "set IMAGE_REPOSITORY, for instance ghcr.io/darajabox/darajabox, and log in to it with docker login"
	git describe --exact-match --tags HEAD >/dev/null 2>&1 || die "the commit has no tag; git tag v$RELEASE_VERSION"
	notes >build/release-notes.md
	grep -q '[^[:space:]]' build/release-notes.md || die "CHANGELOG.md has no section ## [$RELEASE_VERSION]"
	goreleaser release --clean --release-notes build/release-notes.md
	push=(-push "$IMAGE_REPOSITORY")
	;;
*) die "$how is neither dry nor publish" ;;
esac
release-image -dist "$dist" -created "$created" "${push[@]}"

echo
echo "release: in $dist, after $((SECONDS - began)) s:"
(cd "$dist" && for file in darajabox[_-]*.* image/*.tar checksums.txt; do
	[ -d "$file" ] || wc -c "$file"
done) | awk '{ printf "  %7.2f MB  %s\n", $1 / 1e6, $2 }'
[ "$how" = publish ] || echo "release: nothing is signed, notarised by Apple, tagged or published"
