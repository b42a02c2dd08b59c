package simulator_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
)

const stamp = "20160101000000" // any age will do

// sink keeps what Daraja would send.
type sink struct{ sent []simulator.Callback }

func (s *sink) Deliver(c simulator.Callback) { s.sent = append(s.sent, c) }

// last is the latest callback, decoded.
func (s *sink) last(t rapid.TB) daraja.STKCallback {
	t.Helper()
	if len(s.sent) == 0 {
		t.Fatalf("no callback came")
	}
	cb, err := daraja.DecodeSTKCallback(s.sent[len(s.sent)-1].Body)
	if err != nil {
		t.Fatalf("decoding the callback: %v", err)
	}
	return cb
}

type bench struct {
	*simulator.World
	clock *clock.Manual
	sink  *sink
}

func newBench(t rapid.TB, settings map[string]string) bench {
	t.Helper()
	b := bench{clock: clock.NewManual(time.Date(2026, 8, 18, 9, 0, 0, 0, time.UTC)), sink: &sink{}}
	world, err := simulator.New(simulator.Config{
		Seed: 1, Clock: b.clock, Sink: b.sink, Settings: settings,
		People: func(daraja.MSISDN) simulator.Person { return simulator.Person{Balance: 1_000_000 * daraja.Shilling} },
	})
	if err != nil {
		t.Fatalf("making a world: %v", err)
	}
	b.World = world
	return b
}

func order(phone daraja.MSISDN, shillings int) daraja.STKPush {
	return daraja.STKPush{
		BusinessShortCode: daraja.SandboxShortcode,
		Password:          daraja.Text(daraja.Password(daraja.SandboxShortcode, daraja.SandboxPasskey, stamp)),
		Timestamp:         stamp,
		TransactionType:   daraja.CustomerPayBillOnline,
		Amount:            daraja.Text(fmt.Sprint(shillings)),
		PartyA:            daraja.Text(phone.Digits()),
		PartyB:            daraja.SandboxShortcode,
		PhoneNumber:       daraja.Text(phone.Digits()),
		CallBackURL:       "http://localhost/callback",
		AccountReference:  "INV-1",
		TransactionDesc:   "Payment",
	}
}

func query(id string) daraja.STKQuery {
	o := order(daraja.SandboxMSISDN, 1)
	return daraja.STKQuery{BusinessShortCode: o.BusinessShortCode, Password: o.Password, Timestamp: o.Timestamp, CheckoutRequestID: daraja.Text(id)}
}

func (b bench) push(t rapid.TB, o daraja.STKPush) daraja.STKPushAck {
	t.Helper()
	ack, err := b.Push(o)
	if err != nil {
		t.Fatalf("push: %v", err)
	}
	return ack
}

func refusal(t *testing.T, err error) *daraja.Error {
	t.Helper()
	var e *daraja.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if e.Reason == "" {
		t.Errorf("%s %s is refused without a reason", e.Code, e.Message)
	}
	return e
}

type decider func(simulator.Request) (simulator.Outcome, bool)

func (d decider) Decide(r simulator.Request) (simulator.Outcome, bool) { return d(r) }
