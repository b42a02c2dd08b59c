package gateway_test

import (
	"errors"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// A webhook can be sent again once in ten seconds, whoever asks for it, so that its attempts
// do not grow without bound.
func TestResendsAreLimited(t *testing.T) {
	d := newDesk(t)
	id := d.pay(jane, "k1")
	w := d.webhookOf(id)
	for i, tt := range []struct {
		after time.Duration
		by    string
		retry time.Duration // 0 is sent
	}{
		{0, "duka", 0}, {0, "duka", 10 * time.Second}, {9 * time.Second, "", time.Second}, {time.Second, "duka", 0}, {0, "", 10 * time.Second}, {10 * time.Second, "", 0},
	} {
		d.clock.Advance(tt.after)
		_, err := d.Resend(t.Context(), tt.by, w.ID)
		var e *gateway.Error
		switch {
		case tt.retry == 0 && err != nil:
			t.Errorf("time %d: %v", i, err)
		case tt.retry != 0 && (!errors.As(err, &e) || e.Code != gateway.CodeTooMany || e.RetryAfter != tt.retry):
			t.Errorf("time %d: %v, want to be told to wait %s", i, err, tt.retry)
		}
		d.deliver()
	}
	if got := d.webhookOf(id); got.Resends != 3 || got.Attempts != 4 {
		t.Errorf("it was sent again %d times, in %d attempts", got.Resends, got.Attempts)
	}
}

// The newest hundred attempts are shown, and how many there are.
func TestNewestAttemptsAreShown(t *testing.T) {
	d := newDesk(t)
	id := d.pay(jane, "k1")
	d.fill(id, 0, 150)
	f, err := gateway.Desk{Store: d.Store}.Delivery(t.Context(), d.webhookOf(id).ID)
	if err != nil || len(f.Attempts) != 100 || f.Attempts[99].Number != 151 || f.Delivery.Attempts != 151 {
		t.Errorf("%d attempts of %d, %v", len(f.Attempts), f.Delivery.Attempts, err)
	}
}

// While one pause of a second follows another, a webhook that waits is written about once a
// minute after the first.
func TestWaitingForPausesCostsAWriteAMinute(t *testing.T) {
	d := newDesk(t)
	d.down = true
	id := d.pay(jane, "k1")
	w := d.webhookOf(id)
	writes := 0
	for range 10 * 60 { // seconds
		now := d.clock.Now()
		err := d.Store.Update(t.Context(), func(tx gateway.Tx) error {
			return tx.SaveEndpoint(gateway.Endpoint{Partner: w.Partner, URL: w.URL, PausedUntil: now.Add(time.Second), Reason: "it answered 429 to another webhook"})
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.webhookOf(id); !got.DueAt.After(now) {
			if err := d.WorkDelivery(t.Context(), w.ID); err != nil {
				t.Fatal(err)
			}
			writes++
			if got := d.webhookOf(id); got.Attempts != w.Attempts || !got.DueAt.After(now) || got.DueAt.After(now.Add(66*time.Second)) {
				t.Fatalf("after the work it is %+v", got)
			}
		}
		d.clock.Advance(time.Second)
	}
	if writes < 5 || writes > 17 { // 1, 2, 4 … 32 s, then a minute
		t.Errorf("ten minutes of pauses cost %d writes", writes)
	}
}
