package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/darajatest"
	"github.com/darajabox/darajabox/simulator/control/client"
)

// shell runs commands against a simulator.
type shell struct {
	t   *testing.T
	url string
}

// run types a command and expects an exit code, and texts in what it says.
func (s shell) run(code int, command []string, want ...string) string {
	s.t.Helper()
	o := darajabox(s.t, append(command, "--control", s.url)...)
	said := o.stdout + o.stderr
	if o.code != code {
		s.t.Fatalf("darajabox %s: exit %d, want %d\n%s", strings.Join(command, " "), o.code, code, said)
	}
	for _, w := range want {
		if !strings.Contains(said, w) {
			s.t.Errorf("darajabox %s: no %q in\n%s", strings.Join(command, " "), w, said)
		}
	}
	return o.stdout
}

// A scenario that says no name of its own has that of the file that it was sent from.
func TestFileNamesTheScenario(t *testing.T) {
	sim := darajatest.Start(t)
	s := shell{t, strings.TrimSuffix(sim.ControlURL, "/worlds/default")}
	t.Chdir(t.TempDir())
	writeFile(t, "m/08.yaml", "rules:\n  - then: {result: 0}\n")
	s.run(0, words("world load m/08.yaml"), "scenario 08 is active in world default")
	s.run(0, words("world create --id named --scenario m/08.yaml"), "scenario         08")
	writeFile(t, "m/09.yaml", "name: mine\nrules:\n  - then: {result: 0}\n")
	s.run(0, words("world load m/09.yaml"), "scenario mine is active in world default")
	w := sim.World(t, darajatest.ScenarioFile("m/08.yaml"))
	if _, err := w.Push(darajatest.Push{Phone: "254708374149", Amount: 150, CallbackURL: w.Receiver().URL}); err != nil {
		t.Fatal(err)
	}
	if pushes := w.Verify(darajatest.Match{API: "stkpush"}, darajatest.Exactly(1)).Records; len(pushes) != 1 || pushes[0].By != "rule 1 of 08" {
		t.Error(pushes)
	}
}

// A whole test from a shell, against a simulator that runs.
func TestShell(t *testing.T) {
	const phone = "0708374149"
	sim := darajatest.Start(t)
	shop := sim.Receiver()
	s := shell{t, strings.TrimSuffix(sim.ControlURL, "/worlds/default")}
	push := func() string {
		t.Helper()
		ack, err := sim.Push(darajatest.Push{Phone: "254708374149", Amount: 150, Reference: "INV-1", CallbackURL: shop.URL})
		if err != nil {
			t.Fatal(err)
		}
		return ack.CheckoutRequestID
	}

	s.run(0, words("clock"), "Mon 5 Jan 2026 09:00:00 EAT, frozen; nothing is due")
	s.run(0, words("phone list"), "The world has no customer yet")
	s.run(1, words("phone cancel "+phone), "no prompt is open on this phone; --wait 5s waits for one")
	id := push()
	s.run(0, words("journal wait --timeout 5s --api stkpush --reference INV-1"), "ok, found 1", "POST /mpesa/stkpush/v1/processrequest")
	s.run(0, words("phone show "+phone), "KES 150.00 to ", "INV-1", id)
	s.run(0, words("phone cancel "+phone), "prompt   -")
	s.run(0, words("clock advance 90s"), "09:01:30 EAT, frozen")
	expect := "journal verify --kind callback --phone " + phone + " --count 1 --body Body.stkCallback.ResultCode="
	s.run(0, words(expect+"1032"), "ok, found 1", "result 1032; to "+shop.URL)
	s.run(1, words(expect+"0"), "expected exactly 1", "1032")
	s.run(1, words("journal wait --timeout 1ms --kind callback --count 2"), "exactly 2")
	s.run(2, words("journal verify --kind callbak"), `--kind is request, callback or action`)
	s.run(2, words("journal show --kind callbak"), `--kind is request, callback or action`)
	s.run(2, words("journal show --follow --kind callbak"), `--kind is request, callback or action`)
	s.run(2, words("journal export --status x"), `--status`)
	if said := s.run(0, words("journal show --kind action"), "the clock was advanced"); strings.Contains(said, "POST") || strings.Contains(said, "/clock") {
		t.Errorf("an action in a shell:\n%s", said)
	}
	s.run(2, words("journal wait --world w-99 --kind callback"), `there is no world "w-99"`)

	s.run(0, words("callback list"), id, "delivered", "HTTP 200", shop.URL)
	s.run(0, words("callback resend "+id))
	if got := shop.Wait(2, waitLong); len(got) != 2 {
		t.Errorf("%d callbacks", len(got))
	}
	s.run(0, words("callback hold"))
	s.run(0, words("callback list"), "Callbacks are held")
	s.run(0, words("callback release"))
	s.run(1, words("callback resend none"))

	s.run(0, []string{"queue", "add", "--phone", phone, "--then", "{result: 2001, after: 1s}"}, "queued as 1, for the next 1: api stkpush, phone 254708374149, reference any")
	s.run(0, words("queue list"), "254708374149", "2001")
	push()
	s.run(0, words("clock advance --to 2026-01-05T10:00"), "10:00:00 EAT")
	s.run(0, words("journal show --kind callback"), "result 2001")
	s.run(0, words("queue"), "Nothing is queued.")
	s.run(0, words("queue add --result 1"))
	s.run(0, words("queue clear"))
	s.run(1, words("queue add --result 77777"), `--result "77777" is not a result code`, `or --then '{raw_result: {code: 77777}}' for any other`)
	s.run(0, []string{"queue", "add", "--then", "{raw_result: {code: 77777}}"}, "queued as")
	s.run(0, words("queue clear"))

	s.run(0, words("journal show --status 2xx --limit 1"), "SEQ", "--limit shows more")
	s.run(0, words("journal show 2"), "record     2, request", id, `"CheckoutRequestID": "`+id+`"`)
	s.run(1, words("journal show 999"), "no record 999")
	checkExports(t, s)

	s.run(0, words("phone off "+phone), "state    off")
	s.run(0, words("phone on "+phone), "state    on")
	s.run(0, words("phone attend "+phone), "on, prompts wait")
	s.run(0, words("phone leave "+phone), "state")

	worldCommands(s)
	s.run(0, words("journal clear"))
	s.run(0, words("journal"), "The journal is empty.")
	s.run(0, words("clock run --speed 10"), "runs 10 times as fast")
	s.run(1, words("clock advance 1s"), "the clock is running; freeze it first: darajabox clock freeze")
	s.run(0, words("clock freeze"), "frozen")
}

const waitLong = 60e9 // a minute, in which a callback surely comes

func words(s string) []string { return strings.Fields(s) }

func checkExports(t *testing.T, s shell) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(s.run(0, words("journal export --kind callback"))), "\n")
	if len(lines) != 3 {
		t.Errorf("%d lines: %s", len(lines), lines)
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) || !strings.Contains(line, `"kind":"callback"`) {
			t.Error(line)
		}
	}
	var har struct {
		Log struct {
			Entries []json.RawMessage `json:"entries"`
		} `json:"log"`
	}
	if err := json.Unmarshal([]byte(s.run(0, words("journal export --format har"))), &har); err != nil || len(har.Log.Entries) == 0 {
		t.Errorf("HAR: %v, %d entries", err, len(har.Log.Entries))
	}
}

func worldCommands(s shell) {
	s.t.Helper()
	s.run(0, words("world snapshot --name before"), "snapshot ")
	s.run(0, words("world load cancelled"), "scenario cancelled is active in world default")
	s.run(0, words("world show"), "scenario         cancelled")
	s.run(1, words("world load canceled"), `did you mean "cancelled"?`)
	s.run(0, words("world restore"), "before")
	s.run(0, words("world restore before"), "world default is as it was")
	s.run(1, words("world restore none"))
	s.run(0, words("world load "+filepath.Join("..", "..", "scenarios", "paid.yaml")), "scenario paid is active")
	s.run(0, words("world unload"))
	var info client.World
	if err := json.Unmarshal([]byte(s.run(0, words("world create --id shop --seed 7 --scenario cancelled --frozen --at 2026-11-24T12:00 -o json"))), &info); err != nil {
		s.t.Fatal(err)
	}
	if info.ID != "shop" || info.Seed != 7 || info.Scenario != "cancelled" || info.ConsumerKey == "" {
		s.t.Errorf("%+v", info)
	}
	s.run(1, words("world create --id shop"), "shop")
	s.run(0, words("world list"), "default", "shop", "cancelled")
	s.run(0, words("clock --world shop"), "Tue 24 Nov 2026 12:00:00 EAT, frozen")
	s.run(0, words("world reset --world shop"))
	s.run(0, words("world delete shop"))
	s.run(1, words("clock --world shop"), `there is no world "shop"`)
	s.run(1, words("world delete default"))
}
