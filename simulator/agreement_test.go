package simulator_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// Whatever happens: the query agrees with the callback, every prompt ends once,
// money is moved for each success and for nothing else, and the same seed gives
// the same bytes.
func TestWorldAgreesWithItself(t *testing.T) {
	codes := daraja.Results()
	rapid.Check(t, func(t *rapid.T) {
		type step struct {
			phone daraja.MSISDN
			kes   int
			wait  time.Duration
		}
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
			phone := daraja.MSISDN(fmt.Sprintf("2547110000%02d", rapid.IntRange(0, 5).Draw(t, "ordinary")))
			if rapid.Bool().Draw(t, "magic") {
				if m := simulator.MagicMSISDN(rapid.SampledFrom(codes).Draw(t, "code").Code); m != "" {
					phone = m
				}
			}
			return step{phone, rapid.IntRange(1, 250_000).Draw(t, "amount"), time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond}
		}), 1, 40).Draw(t, "steps")
		run := func() string {
			b := newBench(t, nil)
			acked := make(map[string]bool)
			for _, s := range steps {
				ack, _, err := b.try(t, order(s.phone, s.kes))
				if err == nil {
					if acked[ack.CheckoutRequestID] {
						t.Fatalf("%s was given twice", ack.CheckoutRequestID)
					}
					acked[ack.CheckoutRequestID] = true
				}
				b.advance(t, s.wait)
			}
			b.advance(t, time.Minute)
			check(t, b, acked)
			log, err := json.Marshal(b.sink.sent)
			if err != nil {
				t.Fatal(err)
			}
			return string(log)
		}
		if one, two := run(), run(); one != two {
			t.Fatalf("the same seed gave\n%s\nand\n%s", one, two)
		}
	})
}

func check(t *rapid.T, b bench, acked map[string]bool) {
	moved := make(map[string]daraja.Money)
	for _, e := range b.Ledger() {
		moved[e.Receipt] += e.Amount
	}
	if len(b.sink.sent) != len(acked) {
		t.Fatalf("%d pushes, %d callbacks", len(acked), len(b.sink.sent))
	}
	for _, sent := range b.sink.sent {
		cb, err := daraja.DecodeSTKCallback(sent.Body)
		if err != nil {
			t.Fatal(err)
		}
		if !acked[cb.CheckoutRequestID] {
			t.Fatalf("a callback for %s, which was not pushed or has ended before", cb.CheckoutRequestID)
		}
		delete(acked, cb.CheckoutRequestID)
		q, err := b.ask(t, cb.CheckoutRequestID)
		if err != nil || string(q.ResultCode) != string(cb.ResultCode) || q.ResultDesc != cb.ResultDesc || q.MerchantRequestID != cb.MerchantRequestID {
			t.Fatalf("query says %+v, %v; the callback said %+v", q, err, cb)
		}
		if cb.Payment == nil {
			continue
		}
		if moved[cb.Payment.Receipt] != cb.Payment.Amount {
			t.Fatalf("receipt %s says %s, the ledger %s", cb.Payment.Receipt, cb.Payment.Amount, moved[cb.Payment.Receipt])
		}
		delete(moved, cb.Payment.Receipt)
	}
	if len(moved) != 0 {
		t.Fatalf("money moved without a callback: %v", moved)
	}
}
