package app_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// answeringSender answers each webhook with a status.
type answeringSender struct {
	status int
	after  string // Retry-After
	during func()
}

func (s *answeringSender) Send(context.Context, gateway.Webhook) (gateway.Reply, error) {
	if s.during != nil {
		s.during()
	}
	if s.status == 200 {
		return gateway.Reply{Status: 200}, nil
	}
	return gateway.Reply{Status: s.status, RetryAfter: s.after}, fmt.Errorf("answered %d", s.status)
}

// aheadClock is a clock that is ahead by some time, until it is put right.
type aheadClock struct {
	gateway.Clock
	by time.Duration
}

func (c *aheadClock) Now() time.Time { return c.Clock.Now().Add(c.by) }

func (r *rig) deliveries(id int64) (ds []*gateway.Delivery) {
	r.Helper()
	r.read(func(tx gateway.Tx) (err error) {
		ds, err = tx.DeliveriesOf(id)
		return err
	})
	return ds
}

// webhookOf is a paid payment's webhook, tried once.
func (r *rig) webhookOf(n int, phone, receipt string) (delivery int64) {
	r.Helper()
	got, err := r.ask(phone, "")
	if err != nil {
		r.Fatal(err)
	}
	r.called(got.PaymentID, gateway.Proven, r.paid(n, receipt, func(cb *daraja.STKCallback) { cb.Payment.Phone = phone }))
	delivery = r.deliveries(got.PaymentID)[0].ID
	if err := r.WorkDelivery(r.Context(), delivery); err != nil {
		r.Fatal(err)
	}
	return delivery
}

func (r *rig) delivery(id int64) (d *gateway.Delivery) {
	r.Helper()
	r.read(func(tx gateway.Tx) (err error) {
		d, err = tx.Delivery(id)
		return err
	})
	return d
}

// A pause of a URL from a clock that was ahead ends when the clock is put right.
func TestPauseOfAClockThatWasAhead(t *testing.T) {
	r := newRig(t, nil)
	s, clock := &answeringSender{status: 429, after: "1"}, &aheadClock{r.clock, 24 * time.Hour}
	r.Sender, r.Clock = s, clock
	r.webhookOf(1, "254708374149", "UA1AAAAAAA")
	clock.by, s.status = 0, 200
	if d := r.delivery(r.webhookOf(2, "254711111111", "UA1BBBBBBB")); d.State != gateway.DeliveryDone {
		t.Errorf("a webhook made after that is %s, due in %v, %q", d.State, d.DueAt.Sub(r.clock.Now()), d.Reason)
	}
}

// What is due at a time of such a clock waits as long as it was to wait, from now on.
func TestDueTimesOfAClockThatWasAhead(t *testing.T) {
	for after, want := range map[string]time.Duration{"": time.Minute, "3600": time.Hour} {
		t.Run("Retry-After "+after, func(t *testing.T) {
			r := newRig(t, nil)
			s, clock := &answeringSender{status: 503, after: after}, &aheadClock{r.clock, 24 * time.Hour}
			r.Sender, r.Clock = s, clock
			id := r.webhookOf(1, "254708374149", "UA1AAAAAAA")
			pending, err := r.ask("254711111111", "")
			if err != nil {
				t.Fatal(err)
			}
			clock.by = 0
			if n, err := r.Redate(t.Context()); n != 2 || err != nil {
				t.Errorf("%d were dated again, %v", n, err)
			}
			if d := r.delivery(id); d.DueAt.Sub(r.clock.Now()) > want || d.DueAt.Before(r.clock.Now()) {
				t.Errorf("the webhook is due in %v, %q", d.DueAt.Sub(r.clock.Now()), d.Reason)
			}
			if p := r.payment(pending.PaymentID); p.DueAt.Sub(r.clock.Now()) != r.Waits.Callback {
				t.Errorf("the query is due in %v", p.DueAt.Sub(r.clock.Now()))
			}
			if n, err := r.Redate(t.Context()); n != 0 || err != nil {
				t.Errorf("again %d, %v", n, err)
			}
		})
	}
	t.Run("a clock that is right", func(t *testing.T) {
		r := newRig(t, nil)
		r.Sender = &answeringSender{status: 503, after: "3600"}
		id := r.webhookOf(1, "254708374149", "UA1AAAAAAA")
		due := r.delivery(id).DueAt
		if n, err := r.Redate(t.Context()); n != 0 || err != nil || !r.delivery(id).DueAt.Equal(due) {
			t.Errorf("%d were dated again, %v", n, err)
		}
	})
}

// A webhook that was sent again under such a clock can be sent again.
func TestResendOfAClockThatWasAhead(t *testing.T) {
	r := newRig(t, nil)
	clock := &aheadClock{r.clock, 24 * time.Hour}
	r.Sender, r.Clock = &answeringSender{status: 500}, clock
	id := r.webhookOf(1, "254708374149", "UA1AAAAAAA")
	if _, err := r.Resend(t.Context(), "", id); err != nil {
		t.Fatal(err)
	}
	clock.by = 0
	if _, err := r.Resend(t.Context(), "", id); err != nil {
		t.Errorf("after the clock is put right: %v", err)
	}
	if _, err := r.Resend(t.Context(), "", id); gateway.CodeOf(err) != gateway.CodeTooMany {
		t.Errorf("at once after that: %v", err)
	}
}

// An attempt takes no negative time when the clock is put back during it.
func TestClockIsPutBackWhileAPartnerAnswers(t *testing.T) {
	r := newRig(t, nil)
	clock := &aheadClock{Clock: r.clock}
	r.Sender, r.Clock = &answeringSender{status: 200, during: func() { clock.by = -time.Second }}, clock
	if d := r.delivery(r.webhookOf(1, "254708374149", "UA1AAAAAAA")); d.State != gateway.DeliveryDone || d.Attempts != 1 {
		t.Errorf("the webhook is %s after %d attempts", d.State, d.Attempts)
	}
}
