package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// overtaken lets something happen before the answer to a push.
type overtaken struct {
	*scripted
	before func(token string)
}

func (o *overtaken) Push(ctx context.Context, order gateway.PushOrder) (gateway.PushAck, error) {
	o.before(order.Token)
	return o.scripted.Push(ctx, order)
}

func (r *rig) count() (n int) {
	r.Helper()
	r.read(func(tx gateway.Tx) error {
		all, err := tx.Payments(gateway.PaymentFilter{})
		n = len(all)
		return err
	})
	return n
}

// While M-PESA may not be called an order is turned away with nothing on record, a
// replay is answered all the same, and the same key may be used when M-PESA is back.
func TestOrdersAreTurnedAwayWhileMpesaIsDown(t *testing.T) {
	r := newRig(t, nil)
	if _, err := r.ask("254708374149", "first"); err != nil {
		t.Fatal(err)
	}
	r.daraja.wait = 7 * time.Second
	_, err := r.ask("254708374149", "second")
	var e *gateway.Error
	if !errors.As(err, &e) || e.Code != gateway.CodeUnavailable || e.RetryAfter != 7*time.Second || e.PaymentID != 0 {
		t.Errorf("got %+v", err)
	}
	if n := r.count(); n != 1 || r.daraja.pushes != 1 {
		t.Errorf("%d payments, %d pushes", n, r.daraja.pushes)
	}
	leaves := r.daraja.leaves
	if got, err := r.ask("254708374149", "first"); err != nil || !got.Duplicate {
		t.Errorf("a replay: %+v, %v", got, err)
	}
	if r.daraja.leaves != leaves {
		t.Error("a replay asked for leave to push")
	}
	r.daraja.wait = 0
	if got, err := r.ask("254708374149", "second"); err != nil || got.Duplicate {
		t.Errorf("when M-PESA is back: %+v, %v", got, err)
	}
}

func TestPhoneLimits(t *testing.T) {
	r := newRig(t, func(g *gateway.Gateway) { g.Phones = gateway.PhoneLimits{Minute: 3, Hour: 5} })
	refused := func(phone string, wait time.Duration) {
		t.Helper()
		_, err := r.ask(phone, "")
		var e *gateway.Error
		if !errors.As(err, &e) || e.Code != gateway.CodeTooMany || e.RetryAfter != wait || strings.Contains(e.Message, "708374149") {
			t.Errorf("got %v, to come back in %s, want %s", err, retryOf(err), wait)
		}
	}
	taken := func(phone string) {
		t.Helper()
		if _, err := r.ask(phone, ""); err != nil {
			t.Errorf("%s: %v", phone, err)
		}
	}
	const phone = "254708374149"
	for range 3 { // at 0, 10 and 20 s
		taken(phone)
		r.clock.Advance(10 * time.Second)
	}
	pushes := r.daraja.leaves
	refused(phone, 30*time.Second)          // at 30 s: the first leaves the minute at 60 s
	refused("0708 374 149", 30*time.Second) // the same phone
	if r.daraja.leaves != pushes {
		t.Error("leave to push was asked for before the limit")
	}
	taken("254708374140")
	r.clock.Advance(29*time.Second + 999*time.Millisecond)
	refused(phone, time.Second)
	r.clock.Advance(time.Millisecond)
	taken(phone) // at 60 s
	refused(phone, 10*time.Second)
	r.clock.Advance(time.Minute)
	taken(phone)                              // at 120 s: five in the hour
	refused(phone, time.Hour-120*time.Second) // until the first is an hour old
	r.clock.Advance(time.Hour - 120*time.Second)
	taken(phone)
}

// A clock that was ahead and is put right leaves payments with times that are still to
// come. They refuse no order.
func TestPaymentsFromAClockThatWasAheadDoNotCount(t *testing.T) {
	for name, tt := range map[string]struct {
		ahead time.Duration
		wait  time.Duration // of the third order, 0 is none
	}{
		"a day":                           {24 * time.Hour, 0},
		"just over a minute":              {time.Minute + time.Second, 0},
		"as much as replicas may differ":  {time.Minute, 2 * time.Minute},
		"a little":                        {10 * time.Second, 70 * time.Second},
		"not at all":                      {0, time.Minute},
		"behind, which is as time passes": {-20 * time.Second, 40 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(g *gateway.Gateway) { g.Phones = gateway.PhoneLimits{Minute: 2} })
			r.mustAsk()
			r.mustAsk()
			r.clock.Advance(-tt.ahead)
			if _, err := r.ask("254708374149", ""); retryOf(err) != tt.wait || (err == nil) != (tt.wait == 0) {
				t.Fatalf("got %v, to come back in %s", err, retryOf(err))
			}
			r.clock.Advance(tt.wait)
			if _, err := r.ask("254708374149", ""); err != nil {
				t.Errorf("after the wait: %v", err)
			}
		})
	}
}

func retryOf(err error) time.Duration {
	var e *gateway.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// The limit holds however many orders come at once: it is counted where the order is
// put on record.
func TestPhoneLimitIsExact(t *testing.T) {
	r := newRig(t, func(g *gateway.Gateway) { g.Phones = gateway.PhoneLimits{Minute: 5} })
	var taken atomic.Int64
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := r.ask("254708374149", ""); err == nil {
				taken.Add(1)
			}
		})
	}
	all.Wait()
	if taken.Load() != 5 || r.daraja.pushes != 5 {
		t.Errorf("%d orders were taken, %d pushed; want 5", taken.Load(), r.daraja.pushes)
	}
}

// A query that may not be made is put off and does not count; one that fails does.
func TestQueriesArePutOffUncounted(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.daraja.askErr = fmt.Errorf("asking M-PESA: %w", &gateway.NotNow{Wait: 30 * time.Second})
	r.work(id)
	for range 100 { // fifty minutes, longer than the whole schedule
		at := r.clock.Now()
		r.work(id)
		if got := r.clock.Now().Sub(at); got != 30*time.Second {
			t.Fatalf("it came back after %s", got)
		}
	}
	if p := r.is(id, gateway.Pending); p.Checks != 0 {
		t.Errorf("%d queries are counted", p.Checks)
	}
	r.daraja.askErr = nil
	r.daraja.says("0")
	r.work(id)
	r.is(id, gateway.Paid, "successful")
}

// A push that M-PESA itself asked for waits for M-PESA, but not for so long that the
// customer has forgotten what it is about.
func TestAnotherPushWaitsForMpesa(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.called(id, gateway.Proven, r.failed(1, daraja.ResultTimeout))
	r.daraja.wait = 20 * time.Second
	begun := r.clock.Now()
	for r.payment(id).State == gateway.Retrying {
		if r.daraja.pushErr = error(&gateway.PushError{Message: "M-PESA could not be reached"}); r.clock.Now().Sub(begun) > 10*time.Minute {
			t.Fatal("it waits for good")
		}
		r.work(id)
	}
	if took := r.clock.Now().Sub(begun); took < 5*time.Minute || r.daraja.pushes != 2 {
		t.Errorf("%d pushes after %s", r.daraja.pushes, took)
	}
	r.is(id, gateway.Failed, "failed")
	for _, partner := range r.daraja.readyFor {
		if partner != "local" {
			t.Errorf("leave was asked for %q, not for the partner of the payment", partner)
		}
	}
}

// An order that M-PESA refused made no prompt, so it does not count. One
// without a clear answer may have made one.
func TestRefusedOrdersDoNotCountAgainstThePhone(t *testing.T) {
	r := newRig(t, func(g *gateway.Gateway) { g.Phones = gateway.PhoneLimits{Minute: 2} })
	r.daraja.pushErr = &gateway.PushError{Message: "Wrong credentials (500.001.1001)"}
	for range 5 {
		if _, err := r.ask("254708374149", ""); gateway.CodeOf(err) != gateway.CodeRefused {
			t.Fatalf("got %v", err)
		}
	}
	r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
	for range 2 {
		if _, err := r.ask("254708374149", ""); gateway.CodeOf(err) != gateway.CodeUnanswered {
			t.Fatalf("got %v", err)
		}
	}
	r.daraja.pushErr = nil
	if _, err := r.ask("254708374149", ""); gateway.CodeOf(err) != gateway.CodeTooMany {
		t.Errorf("after two prompts that may be there: %v", err)
	}
}
