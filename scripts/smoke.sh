#!/usr/bin/env bash
# Does what a newcomer does: runs README's first command, pastes the curl that it
# prints, waits for the webhook on the terminal and presses Ctrl-C. Ports are the
# kernel's choice, so nothing that runs already is in the way.
set -euo pipefail
cd "$(dirname "$0")/.."

ready_limit=600  # s, since the first run compiles
webhook_limit=5  # s from the paste to the webhook
stop_limit=5     # s from Ctrl-C to the end

work=$(mktemp -d)
out=$work/terminal
group=

cleanup() {
	[ -z "$group" ] || kill -KILL -- "-$group" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
	echo "smoke: $*" >&2
	echo "--- what it printed:" >&2
	cat "$out" >&2 2>/dev/null || true
	exit 1
}

now() { # milliseconds
	local t=${EPOCHREALTIME:-$(date +%s).000000}
	echo $((${t/[.,]/} / 1000))
}
since() { local ms=$(($(now) - $1)); printf '%d.%01d s' $((ms / 1000)) $((ms % 1000 / 100)); }

# within LIMIT CONDITION…: tries until the condition holds; 1 when time is over.
within() {
	local end=$(($(now) + $1 * 1000))
	shift
	until "$@"; do
		(($(now) < end)) || return 1
		sleep 0.05
	done
}
running() { kill -0 -- "-$group" 2>/dev/null; }
ended() { ! running; }
printed() { grep -q "$1" "$out"; }
ready() { printed '^  curl ' || ended; }

# What this shell happens to have set must not reach the command.
for name in ${!DARAJABOX_@}; do unset "$name"; done

command='go run ./cmd/darajabox up'
first=$(grep -oE -m1 '^[ $]*go run \./cmd/darajabox.*' README.md || true)
case $first in
*"$command"*) ;;
*) echo "smoke: README's first command should be '$command', it is '$first'" >&2; exit 1 ;;
esac

[ -z "${DARAJABOX:-}" ] || command="$DARAJABOX up" # another binary, an installed one for instance

echo "smoke: $command"
: >"$out"
began=$(now)
set -m # a process group of its own, as a terminal gives, so that Ctrl-C reaches all of it
$command --simulator-addr 127.0.0.1:0 --control-addr 127.0.0.1:0 \
	--gateway-addr 127.0.0.1:0 --admin-addr 127.0.0.1:0 --inbox-addr 127.0.0.1:0 >"$out" 2>&1 </dev/null &
group=$!
set +m

within "$ready_limit" ready || fail "no curl to paste after $ready_limit s"
running || fail "it ended before it was ready"
echo "smoke: ready after $(since "$began"), compiling included"

paste=$(grep -m1 '^  curl ' "$out")
echo "smoke:$paste"
began=$(now)
answer=$(bash -c "$paste" 2>"$work/curl") || fail "the pasted curl failed: $(cat "$work/curl")"
echo "smoke: $answer"
case $answer in
*'"status":"success"'*) ;;
*) fail "the payment was not accepted" ;;
esac

webhook='^[0-9:]* EAT  webhook  '
within "$webhook_limit" printed "$webhook" || fail "no webhook within $webhook_limit s of the curl"
echo "smoke: $(grep -m1 "$webhook" "$out")"
printed "$webhook.*INV-1.*successful, .*, signature ok; answered 200" || fail "the webhook does not tell of a successful payment"
for step in 'push  .*accepted' 'callback .*paid, receipt .*answered 200'; do
	within "$webhook_limit" printed "EAT  $step" || fail "there is no line for the $step"
done
echo "smoke: webhook on the terminal after $(since "$began")"

partners=$(sed -nE 's/^  admin +[^ ]+ +//p' "$out" | head -1)
case $partners in
"${command% up} "*) ;;
*) fail "the command for partners does not begin as this one was started: $partners" ;;
esac
bash -c "$partners" >"$work/partners" 2>&1 && grep -q '^local ' "$work/partners" || fail "the pasted '$partners' failed: $(cat "$work/partners")"
echo "smoke: $partners"

began=$(now)
kill -INT -- "-$group"
within "$stop_limit" ended || fail "still running $stop_limit s after Ctrl-C"
# go run itself exits with 1 after every interrupt; how the program ended it says
# in a last line, "exit status 3" or "signal: killed", and says nothing when it was 0.
code=0
wait "$group" || code=$?
! printed '^exit status \|^signal: ' || fail "$(grep '^exit status \|^signal: ' "$out") after Ctrl-C"
((code <= 1)) || fail "exit code $code after Ctrl-C"
echo "smoke: stopped $(since "$began") after Ctrl-C, exit code 0"
