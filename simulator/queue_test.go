package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

func (b bench) enqueue(t *testing.T, q simulator.Queued) simulator.Queued {
	t.Helper()
	q, err := b.Enqueue(q)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// when is the condition that a field is as a text says.
func when(key, text string) condition.Condition {
	return condition.Condition{Tests: []condition.Test{condition.Any(key, condition.Text(text))}}
}

// pay pushes and returns its result.
func (b bench) pay(t *testing.T, phone daraja.MSISDN) daraja.ResultCode {
	t.Helper()
	b.push(t, order(phone, 10))
	b.advance(t, time.Minute)
	return b.sink.last(t).ResultCode
}

// The queue comes before the scenario, the scenario before the number, and that
// before the default outcome.
func TestOrderOfOutcomes(t *testing.T) {
	b := newBench(t, nil)
	phone := simulator.MagicMSISDN("1036")
	leave := b.Attend(phone)
	defer leave()
	if got := b.pay(t, phone); got != "1036" || b.sink.sent[0].By != "the phone number" {
		t.Errorf("the number gave %s, by %s", got, b.sink.sent[0].By)
	}
	d := always(simulator.Outcome{Result: "1032", By: "rule 1"})
	b.apply(t, simulator.Setup{Decider: d})
	if got := b.pay(t, phone); got != "1032" {
		t.Errorf("the scenario gave %s", got)
	}
	q := b.enqueue(t, simulator.Queued{Outcome: simulator.Outcome{Result: "2001"}})
	if got := b.pay(t, phone); got != "2001" || len(d.seen) != 2 || len(d.consumed) != 1 {
		t.Errorf("the queue gave %s; the rules saw %d, consumed %d", got, len(d.seen), len(d.consumed))
	}
	if by := b.sink.sent[2].By; by != q.Outcome.By || !strings.Contains(by, "1") {
		t.Errorf("by %q, want %q", by, q.Outcome.By)
	}
	if got := b.pay(t, phone); got != "1032" {
		t.Errorf("after the queue was used up, %s", got)
	}
}

func TestQueueMatches(t *testing.T) {
	b := newBench(t, nil)
	b.enqueue(t, simulator.Queued{When: when(condition.KeyPhone, "254711000002"), Times: 2, Outcome: simulator.Outcome{Result: "2"}})
	b.enqueue(t, simulator.Queued{When: when(condition.KeyReference, "INV-*"), Outcome: simulator.Outcome{Result: "3"}})
	b.enqueue(t, simulator.Queued{API: stk.APIQuery, Outcome: simulator.Outcome{Reply: simulator.ReplyFaults{Error: busy()}}})
	var got []daraja.ResultCode
	for _, phone := range []daraja.MSISDN{"254711000002", "254711000001", "254711000002", "254711000002"} {
		got = append(got, b.pay(t, phone))
	}
	if want := "2 3 2 0"; join(got) != want {
		t.Errorf("got %s, want %s", join(got), want)
	}
	left := b.Queued()
	if len(left) != 1 || left[0].API != stk.APIQuery || left[0].ID != 3 || left[0].Times != 1 {
		t.Errorf("left: %+v", left)
	}
	if _, err := b.ask(t, "no id"); refusal(t, err).Code != "500.003.02" {
		t.Error(err)
	}
	b.enqueue(t, simulator.Queued{Outcome: simulator.Outcome{Result: "2"}})
	b.ClearQueue()
	if got := b.pay(t, daraja.SandboxMSISDN); got != "0" || len(b.Queued()) != 0 {
		t.Errorf("after it was cleared, %s", got)
	}
}

func join(codes []daraja.ResultCode) string {
	var s []string
	for _, c := range codes {
		s = append(s, string(c))
	}
	return strings.Join(s, " ")
}

// A refused push leaves what is queued for the next one, and an outcome of a prompt
// is not spent on a token.
func TestQueueIsNotWasted(t *testing.T) {
	b := newBench(t, nil)
	if q := b.enqueue(t, simulator.Queued{}); q.API != stk.APIPush || q.Times != 1 {
		t.Errorf("queued as %+v", q)
	}
	b.ClearQueue()
	b.enqueue(t, simulator.Queued{Outcome: simulator.Outcome{Result: "1032"}})
	wrong := order(daraja.SandboxMSISDN, 0)
	if _, _, err := b.try(t, wrong); err == nil {
		t.Fatal("not refused")
	}
	if got := b.pay(t, daraja.SandboxMSISDN); got != "1032" {
		t.Errorf("got %s", got)
	}
}

func TestEnqueueRefuses(t *testing.T) {
	b := newBench(t, nil)
	for want, q := range map[string]simulator.Queued{
		"no api":    {API: "nowhere"},
		"paths":     {API: simulator.APIUnknown},
		"times":     {Times: -1},
		"no phone":  {API: oauth.API, When: when(condition.KeyPhone, "254708374149")},
		"no amount": {API: oauth.API, When: when(condition.KeyAmount, "5")},

		"a callback of balance has no phone; of its own it has nothing": {
			API: "balance", Outcome: simulator.Outcome{Callback: simulator.CallbackPlan{Faults: simulator.Faults{"phone": "254711000003"}}},
		},
		"a callback of c2bsimulate has no unknown_id; of its own it has amount, phone": {
			API: "c2bsimulate", Outcome: simulator.Outcome{Callback: simulator.CallbackPlan{Faults: simulator.Faults{"amount": "1.00", "unknown_id": "true"}}},
		},
	} {
		if _, err := b.Enqueue(q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q in it", q, err, want)
		}
	}
	for range 1000 {
		b.enqueue(t, simulator.Queued{})
	}
	if _, err := b.Enqueue(simulator.Queued{}); err == nil || !strings.Contains(err.Error(), "empty the queue") {
		t.Error(err)
	}
}
