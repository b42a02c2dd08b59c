package simulator_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// stateless is a decider without a memory that other phones could disturb.
type stateless struct{}

func (stateless) Decide(r simulator.Request) (simulator.Outcome, bool) {
	after := time.Duration(r.Draw%4) * 500 * time.Millisecond
	return simulator.Outcome{
		By: "rule 1", After: &after,
		Callback: simulator.CallbackPlan{BeforeAck: r.Draw%5 == 0, Faults: oldReceipt(r.Draw%3 == 0)},
		Reply:    simulator.ReplyFaults{Latency: time.Duration(r.Draw % 1000)},
	}, r.API == stk.APIPush
}

func (stateless) Consume(simulator.Request, simulator.Outcome) {}

func (d stateless) Clone() simulator.Decider { return d }

// Sixteen clients at once, each with a phone of its own: whichever comes first, the
// acknowledgements, callbacks and payments are the same.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	run := func(shuffle uint64) string {
		b := newBench(t, nil)
		b.apply(t, simulator.Setup{Decider: stateless{}})
		call := b.call(t)
		const clients = 16
		acks := make([][]any, clients)
		for round := range 8 {
			var wg sync.WaitGroup
			for _, n := range rand.New(rand.NewPCG(shuffle, uint64(round))).Perm(clients) {
				phone := daraja.MSISDN(fmt.Sprintf("2547110000%02d", n))
				wg.Go(func() {
					for range 2 { // the second one mostly finds the phone busy
						ack, reply, err := b.Push(call, order(phone, 1+n+round))
						q, _, qerr := b.Query(call, query(ack.CheckoutRequestID))
						acks[n] = append(acks[n], ack, reply, text(err), q, text(qerr))
					}
				})
			}
			wg.Wait()
			b.advance(t, 700*time.Millisecond)
		}
		b.advance(t, time.Minute)
		ledger := b.Ledger()
		slices.SortFunc(ledger, func(a, b simulator.Transaction) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
		})
		for i := range ledger {
			ledger[i].ToBalance = 0 // all pay the same organisation
		}
		slices.SortStableFunc(b.sink.sent, func(a, b simulator.Callback) int { return cmp.Compare(a.ID, b.ID) })
		phones := b.Phones()
		all, err := json.MarshalIndent([]any{acks, b.sink.sent, ledger, phones}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if len(ledger) < clients {
			t.Fatalf("%d payments only", len(ledger))
		}
		return string(all)
	}
	first := run(1)
	for shuffle := uint64(2); shuffle < 6; shuffle++ {
		if again := run(shuffle); again != first {
			t.Fatal("another order of arrival gave another run: " + difference(first, again))
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Receipts that fall due at one instant are drawn in order of the prompts' ids, not
// in that in which they were pushed.
func TestReceiptsOfOneInstant(t *testing.T) {
	run := func(numbers []int) string {
		b := newBench(t, nil)
		for _, n := range numbers {
			b.push(t, order(daraja.MSISDN(fmt.Sprintf("254711000%03d", n)), 1))
		}
		b.advance(t, time.Minute)
		return fmt.Sprint(b.Ledger())
	}
	var numbers []int
	for n := range 500 { // some of them fall on one place
		numbers = append(numbers, n)
	}
	first := run(numbers)
	slices.Reverse(numbers)
	if run(numbers) != first {
		t.Error("the order of pushes shows in the ledger")
	}
}

// Which old receipt a callback carries does not depend on who of those that paid at one
// instant came first.
func TestReusedReceiptsOfOneInstant(t *testing.T) {
	run := func(numbers ...daraja.MSISDN) (receipts map[daraja.MSISDN]string) {
		b := newBench(t, nil)
		b.apply(t, simulator.Setup{Decider: always(simulator.Outcome{Callback: simulator.CallbackPlan{BeforeAck: true, Faults: oldReceipt(true)}})})
		receipts = make(map[daraja.MSISDN]string)
		pay := func(number daraja.MSISDN) {
			b.push(t, order(number, 1))
			receipts[number] = b.sink.last(t).Payment.Receipt
		}
		for _, number := range numbers {
			pay(number)
		}
		b.advance(t, time.Second)
		pay("254711000009")
		return receipts
	}
	one, other := run("254711000001", "254711000002", "254711000003"), run("254711000003", "254711000001", "254711000002")
	if !maps.Equal(one, other) {
		t.Errorf("the order of arrival shows: %v, %v", one, other)
	}
	delete(one, "254711000009")
	if !slices.Contains(slices.Collect(maps.Values(one)), other["254711000009"]) {
		t.Errorf("no old receipt was used again: %v", other)
	}
}

// A second run with one seed, at another time, gives other receipts.
func TestReceiptsOfAnotherTime(t *testing.T) {
	seen := make(map[string]bool)
	for run := range 3 {
		b := newBenchAt(t, noon().Add(time.Duration(run)*time.Second), nil)
		for n := range 100 {
			b.push(t, order(daraja.MSISDN(fmt.Sprintf("254711000%03d", n)), 1))
		}
		b.advance(t, 2*time.Second)
		for _, e := range b.Ledger() {
			if seen[e.Receipt] {
				t.Fatalf("run %d repeats %s", run, e.Receipt)
			}
			seen[e.Receipt] = true
		}
	}
}

// A reset at the same instant gives the same chances and other identifiers.
func TestIdentifiersAfterAReset(t *testing.T) {
	b := newBench(t, map[string]string{simulator.SettingThinkTime: "0s"})
	start := b.Snapshot().At()
	d := always(simulator.Outcome{})
	seen := make(map[string]bool)
	var draws []uint64
	for range 3 {
		b.Reset()
		b.apply(t, simulator.Setup{Decider: d})
		ack := b.push(t, order(daraja.SandboxMSISDN, 1))
		b.advance(t, 0)
		for _, id := range []string{ack.CheckoutRequestID, ack.MerchantRequestID, b.sink.last(t).Payment.Receipt} {
			if seen[id] {
				t.Errorf("%s was given twice", id)
			}
			seen[id] = true
		}
		draws = append(draws, d.seen[len(d.seen)-1].Draw)
	}
	if !b.clock.Now().Equal(start) || draws[0] != draws[1] || draws[1] != draws[2] {
		t.Errorf("chances: %v, at %s", draws, b.clock.Now())
	}
}

// Another seed, other customers and chances; those who were met stay who they are.
func TestSeedOfAScenario(t *testing.T) {
	b := newBench(t, nil)
	b.Phone("254711000001")
	seed := int64(7)
	b.apply(t, simulator.Setup{Seed: &seed})
	if got := b.Phone("254711000001").Name + ", " + b.Phone("254711000002").Name; got != "Person 001 of 1, Person 002 of 7" || b.Seed() != 7 {
		t.Errorf("got %s, seed %d", got, b.Seed())
	}
	b.Reset()
	if b.Seed() != 1 || b.Phone("254711000002").Name != "Person 002 of 1" {
		t.Errorf("after the reset seed %d, %s", b.Seed(), b.Phone("254711000002").Name)
	}
	fresh, chances := newBench(t, nil), make(map[uint64]bool)
	for _, w := range []bench{b, fresh} {
		d := always(simulator.Outcome{})
		w.apply(t, simulator.Setup{Decider: d})
		w.push(t, order("254711000003", 1))
		chances[d.seen[len(d.seen)-1].Draw] = true
	}
	if len(chances) != 1 {
		t.Error("chances are still those of the scenario's seed")
	}
}
