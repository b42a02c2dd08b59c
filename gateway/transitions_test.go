package gateway

import (
	"slices"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

func TestTransitionsAreTotal(t *testing.T) {
	table := transitions()
	if len(table) != len(States()) {
		t.Errorf("the table has %d states, there are %d", len(table), len(States()))
	}
	for _, s := range States() {
		if len(table[s]) != len(Events()) {
			t.Errorf("%s has %d events, there are %d", s, len(table[s]), len(Events()))
		}
		for _, e := range Events() {
			next, ok := Next(s, e)
			if !ok {
				t.Errorf("nothing is said of %s on %s", s, e)
				continue
			}
			if !slices.Contains(States(), next.To) {
				t.Errorf("%s on %s goes to %q, which is no state", s, e, next.To)
			}
			if next.Effect == Ignore && next.To != s {
				t.Errorf("%s on %s is ignored and yet goes to %s", s, e, next.To)
			}
		}
	}
}

// What partners were told must stay true, or they must be told again, or a person
// must look.
func TestSettledIsNotSilentlyRewritten(t *testing.T) {
	for _, s := range States() {
		told := s.Status()
		if told != StatusSuccessful && told != StatusFailed {
			continue
		}
		for _, e := range Events() {
			next, _ := Next(s, e)
			if next.To == Confirming { // whose ends are all told or looked at; see below
				continue
			}
			if next.To.Status() != told && next.Effect != Settle && next.Effect != Flag {
				t.Errorf("%s on %s becomes %s, and nobody hears of it", s, e, next.To)
			}
			if s == Paid && next.To != Paid {
				t.Errorf("paid on %s becomes %s", e, next.To)
			}
		}
	}
}

// Whatever ends the doubt about a success is told, or a person looks.
func TestDoubtEnds(t *testing.T) {
	for _, e := range Events() {
		next, _ := Next(Confirming, e)
		if next.To != Confirming && next.Effect != Settle && next.Effect != Flag {
			t.Errorf("confirming on %s becomes %s, and nobody hears of it", e, next.To)
		}
		if (next.To == Failed || next.To == PresumedFailed) && e != ResolvedFailed { // which is a person's word
			t.Errorf("confirming on %s becomes %s, although somebody says that money came", e, next.To)
		}
	}
}

// A partner hears of every settlement, once; the refusal of a first push is told in
// the answer to its order.
func TestSettlingTellsThePartner(t *testing.T) {
	for _, s := range States() {
		for _, e := range Events() {
			next, _ := Next(s, e)
			settles := next.To.Status() == StatusSuccessful || next.To.Status() == StatusFailed
			changes := next.To.Status() != s.Status()
			if settles && changes && next.Effect != Settle && (s != Sending || e != PushWasRefused) {
				t.Errorf("%s on %s becomes %s without a webhook", s, e, next.To)
			}
			if next.Effect == Settle && !changes {
				t.Errorf("%s on %s sends a webhook that says what the last one said", s, e)
			}
			if next.Effect == Settle && !settles {
				t.Errorf("%s on %s sends a webhook about %s", s, e, next.To)
			}
		}
	}
}

func TestPolicyForEveryCode(t *testing.T) {
	for _, r := range daraja.Results() {
		if !PolicyFor(r.Code).Documented {
			t.Errorf("no policy for %s", r.Code)
		}
	}
	for code := range policies() {
		if _, ok := daraja.LookupResult(code); !ok {
			t.Errorf("a policy for %s, which is in no catalogue", code)
		}
	}
	if p := PolicyFor("424242"); p.Paid || p.PushAgain || !p.Support {
		t.Errorf("an unknown code has policy %+v, want a failure for support", p)
	}
	if p := PolicyFor(daraja.ResultTimeout); !p.PushAgain || p.MaxPushes != 3 || p.After.Seconds() != 5 {
		t.Errorf("4005 has policy %+v, want three pushes 5 s apart", p)
	}
	if p := PolicyFor(daraja.ResultInternal); p.Paid || p.PushAgain || !p.Support {
		t.Errorf("9999 has policy %+v, want a failure for support", p)
	}
	for code, p := range policies() {
		if p.Paid != (code == daraja.ResultSuccess) {
			t.Errorf("%s paid: %v", code, p.Paid)
		}
		if p.PushAgain && code != daraja.ResultTimeout {
			t.Errorf("%s pushes again", code)
		}
	}
}
