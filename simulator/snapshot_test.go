package simulator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// alternating decides by chance, and counts what was used.
type alternating struct{ consumed int }

func (f *alternating) Decide(r simulator.Request) (simulator.Outcome, bool) {
	codes := []daraja.ResultCode{"0", "1032", "1", ""}
	return simulator.Outcome{
		By: fmt.Sprintf("use %d, attempt %d", f.consumed, r.Attempt), Result: codes[r.Draw%4],
		Callback: simulator.CallbackPlan{Faults: oldReceipt(r.Draw%7 == 0), BeforeAck: r.Draw%11 == 0},
	}, r.API == stk.APIPush && r.Draw%3 > 0
}

func (f *alternating) Consume(simulator.Request, simulator.Outcome) { f.consumed++ }

func (f *alternating) Clone() simulator.Decider {
	forked := *f
	return &forked
}

// step is something that happens to a world.
type step struct {
	kind  int
	phone daraja.MSISDN
	n     int
}

func steps() *rapid.Generator[[]step] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			kind:  rapid.IntRange(0, 13).Draw(t, "kind"),
			phone: daraja.MSISDN(fmt.Sprintf("25471100000%d", rapid.IntRange(0, 3).Draw(t, "phone"))),
			n:     rapid.IntRange(0, 5000).Draw(t, "n"),
		}
	}), 0, 30)
}

// do does steps and returns what was answered.
func (b bench) do(t *rapid.T, steps []step) []any {
	var seen []any
	note := func(values ...any) {
		for _, v := range values {
			if err, ok := v.(error); ok {
				v = err.Error()
			}
			seen = append(seen, v)
		}
	}
	for _, s := range steps {
		switch s.kind {
		case 0, 1, 2, 3:
			ack, reply, err := b.try(t, order(s.phone, s.n))
			note(ack, reply.By, reply.RequestID, err)
		case 4, 5, 6:
			b.advance(t, time.Duration(s.n)*time.Millisecond)
		case 7:
			kinds := []simulator.PhoneActionKind{simulator.ActionPIN, simulator.ActionWrongPIN, simulator.ActionCancel, simulator.ActionIgnore, simulator.ActionOff, simulator.ActionOn}
			note(b.Act(s.phone, simulator.PhoneAction{Kind: kinds[s.n%len(kinds)]}))
		case 8:
			note(b.Enqueue(simulator.Queued{When: when(condition.KeyPhone, s.phone.Digits()), Times: s.n % 3, Outcome: simulator.Outcome{Result: "2"}}))
		case 9:
			balance := daraja.Money(s.n) * 50
			seed := int64(s.n % 2)
			note(b.Apply(simulator.Setup{
				Seed: &seed, Decider: &alternating{}, Settings: map[string]string{simulator.SettingWrongPINTries: "2"},
				Customers:     []simulator.CustomerSetup{{Phone: s.phone, Balance: &balance, Off: s.n%5 == 0}},
				Organisations: []simulator.OrganisationSetup{{Organisation: simulator.Organisation{Shortcode: "600100"}, Balance: &balance}},
			}))
		case 10:
			note(b.Token(simulator.Call{}, credentials()))
		case 11:
			if s.n%4 == 0 {
				b.Reset()
			}
		case 12:
			balance, name, on := daraja.Money(s.n)*100, fmt.Sprintf("Customer %d", s.n), s.n%3 > 0
			pin := fmt.Sprintf("%04d", s.n)
			phone, err := b.EditCustomer(s.phone, simulator.CustomerEdit{Name: &name, PIN: &pin, Balance: &balance, On: &on})
			note(phone, err)
		case 13:
			values := map[string]string{simulator.SettingThinkTime: fmt.Sprintf("%dms", s.n)}
			if s.n%2 == 0 {
				values = map[string]string{simulator.SettingWrongPINTries: fmt.Sprint(1 + s.n%3)}
			}
			note(b.ChangeSettings(values))
		}
	}
	return seen
}

// values are what the settings are set to.
func (b bench) values() map[string]string {
	values := make(map[string]string)
	for _, s := range b.Settings() {
		values[s.Name] = s.Value
	}
	return values
}

// play does steps, lets what is open end, and returns everything that can be seen.
func (b bench) play(t *rapid.T, steps []step) string {
	first := len(b.sink.sent)
	seen := b.do(t, steps)
	seen = append(seen, b.clock.Now(), b.Seed(), b.Phones(), b.Organisations(), b.Ledger(), b.values(), b.Payments(simulator.PaymentFilter{Limit: 1000}), slices.Concat(b.Queued()))
	b.advance(t, 5*time.Minute)
	seen = append(seen, b.Phones(), b.Organisations(), b.Ledger(), b.Payments(simulator.PaymentFilter{Limit: 1000}), slices.Concat(b.sink.sent[first:]))
	for _, c := range b.sink.sent[first:] {
		q, err := b.ask(t, c.ID)
		seen = append(seen, q, err)
	}
	text, err := json.MarshalIndent(seen, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// From a snapshot on the same happens again, as often as it is restored, in another
// world too, whatever happened in between.
func TestSnapshots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, other := newBench(t, nil), newBench(t, nil)
		if rapid.Bool().Draw(t, "attended") {
			b.Attend("254711000001")
			other.Attend("254711000001")
		}
		b.do(t, steps().Draw(t, "before"))
		other.do(t, steps().Draw(t, "elsewhere"))
		snapshot, token := b.Snapshot(), *b.token
		rest := steps().Draw(t, "after")
		want := b.play(t, rest)
		b.do(t, steps().Draw(t, "meanwhile"))
		for _, again := range []bench{b, b, other} {
			again.clock.Set(snapshot.At())
			again.Restore(snapshot)
			*again.token = token
			if got := again.play(t, rest); got != want {
				t.Fatal(difference(want, got))
			}
		}
	})
}

// On a clock that was not set back, open prompts have as much time as they had.
func TestRestoreKeepsWhatWasLeft(t *testing.T) {
	b := newBench(t, nil)
	ack := b.push(t, order(daraja.SandboxMSISDN, 1))
	b.advance(t, 1500*time.Millisecond)
	snapshot := b.Snapshot()
	b.advance(t, time.Hour)
	b.Reset()
	b.Restore(snapshot)
	sent := len(b.sink.sent)
	b.advance(t, 500*time.Millisecond-1)
	if len(b.sink.sent) != sent {
		t.Error("too early")
	}
	b.advance(t, 1)
	if cb := b.sink.last(t); len(b.sink.sent) != sent+1 || cb.CheckoutRequestID != ack.CheckoutRequestID || cb.ResultCode != "0" {
		t.Errorf("%d callbacks, the latest %+v", len(b.sink.sent)-sent, cb)
	}
}

// Who holds a phone is not in a snapshot: it is so now.
func TestRestoreAndWhoHoldsThePhone(t *testing.T) {
	b := newBench(t, nil)
	b.push(t, order(daraja.SandboxMSISDN, 1))
	alone := b.Snapshot()
	leave := b.Attend(daraja.SandboxMSISDN)
	held := b.Snapshot()
	b.Restore(alone)
	b.advance(t, 59*time.Second)
	if len(b.sink.sent) != 0 {
		t.Error("the default outcome did not wait for the person who holds the phone now")
	}
	leave()
	b.Restore(held)
	b.advance(t, 2*time.Second)
	if len(b.sink.sent) != 1 {
		t.Error("the prompt waits for a person who left")
	}
}

// difference shows where two texts part.
func difference(want, got string) string {
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	from := max(0, at-300)
	return fmt.Sprintf("first …%s…\nthen …%s…", want[from:min(len(want), at+300)], got[from:min(len(got), at+300)])
}
