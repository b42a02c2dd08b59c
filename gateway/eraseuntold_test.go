package gateway_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// threeDays is how long a webhook is tried at most: 75 hours 35 minutes, and a tenth more.
const threeDays = 84 * time.Hour

// A webhook that is exhausted does not keep a customer's number, and the answer says that
// its partner was not told.
func TestExhaustedWebhookKeepsNoNumber(t *testing.T) {
	d := newDesk(t)
	d.gone = true
	id := d.pay(jane, "k1")
	if w := d.webhookOf(id); w.State != gateway.DeliveryExhausted {
		t.Fatalf("the webhook is %+v", w)
	}
	if got := d.erase(jane); got.Payments != 1 || len(got.Kept) != 0 || got.Untold != 1 || !got.Until.IsZero() {
		t.Errorf("got %+v", got)
	}
	if left := d.mentions(jane.National()); len(left) > 0 {
		t.Errorf("the number is still in %v", left)
	}
	if _, err := d.Resend(t.Context(), "duka", d.webhookOf(id).ID); gateway.CodeOf(err) != gateway.CodeInvalid {
		t.Errorf("it is sent again: %v", err)
	}
	if got := d.erase(jane); got.Untold != 0 || len(got.Kept) != 0 {
		t.Errorf("once more: %+v", got)
	}
	d.verify()
}

// A webhook that was delivered, or superseded, is not one that was given up.
func TestDeliveredWebhooksAreNotGivenUp(t *testing.T) {
	d := newDesk(t)
	d.pay(john, "k0")
	if _, err := d.order(jane, "k1"); err != nil {
		t.Fatal(err)
	}
	d.down = true
	d.post("k1", cancelled())
	d.deliver()
	d.post("k1", paidWith("UA1AAAAAR1")) // supersedes the webhook
	d.down = false
	d.clock.Advance(time.Minute)
	d.deliver()
	if got := d.erase(jane); got.Payments != 1 || got.Untold != 0 || len(got.Kept) != 0 {
		t.Errorf("got %+v", got)
	}
}

// A webhook that is still tried keeps the number, and the answer says until when at most.
// Resends do not make it longer.
func TestWebhookThatIsTriedKeepsTheNumberForATime(t *testing.T) {
	for _, tt := range []struct {
		name   string
		resend bool
		erase  func(*desk) (payments int)
	}{
		{"on request", false, func(d *desk) int { return d.erase(jane).Payments }},
		{"on request, sent again every hour", true, func(d *desk) int { return d.erase(jane).Payments }},
		{"by age, sent again every hour", true, func(d *desk) int {
			n, err := d.Retain(d.t.Context(), d.clock.Now())
			if err != nil {
				d.t.Fatal(err)
			}
			return n
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.down = true
			id := d.pay(jane, "k1")
			begun := d.clock.Now()
			got := d.erase(jane)
			if len(got.Kept) != 1 || !slices.Equal(got.Trying, []int64{id}) || got.Until.Before(begun.Add(75*time.Hour)) || got.Until.After(begun.Add(threeDays)) {
				t.Fatalf("got %+v", got)
			}
			until := got.Until
			for d.clock.Now().Add(time.Hour).Before(until) {
				d.clock.Advance(time.Hour)
				if tt.resend {
					if _, err := d.Resend(t.Context(), "duka", d.webhookOf(id).ID); err != nil {
						t.Fatal(err)
					}
				}
				if w := d.webhookOf(id); w.State == gateway.DeliveryDue && tt.erase(d) != 0 {
					t.Fatalf("erased %s before the end", until.Sub(d.clock.Now()))
				}
				if !tt.resend && d.webhookOf(id).State == gateway.DeliveryExhausted {
					break
				}
				d.deliver()
			}
			d.clock.Advance(2 * time.Hour)
			if n := tt.erase(d); n != 1 {
				t.Errorf("%d payments were erased at the end", n)
			}
			if left := d.mentions(jane.National()); len(left) > 0 {
				t.Errorf("the number is still in %v", left)
			}
			if w := d.webhookOf(id); w.State != gateway.DeliveryExhausted || !w.DueAt.IsZero() || w.Reason == "" {
				t.Errorf("the webhook is %+v", w)
			}
			d.verify()
		})
	}
}

// A number in another customer's payment is masked although the webhook of that is
// exhausted.
func TestExhaustedWebhookKeepsNoMention(t *testing.T) {
	d := newDesk(t)
	d.gone = true
	_, err := d.Collect(t.Context(), gateway.Partner{Name: "duka"}, gateway.Order{
		Phone: john.Digits(), Amount: "10", Reference: "for " + jane.Digits(), IdempotencyKey: "k1", CallbackURL: "https://duka.example/hook?for=" + jane.Digits(),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.tokens["k1"] = d.token
	d.callback(john, "k1")
	d.deliver()
	if got := d.erase(jane); got.Mentions != 1 || got.Untold != 1 || len(got.Kept) != 0 {
		t.Errorf("got %+v", got)
	}
	if left := d.mentions(jane.National()); len(left) > 0 {
		t.Errorf("the number is still in %v", left)
	}
}

// A gateway that was away for days still tells partners what it owes them before payments
// are erased by their age.
func TestAgeDoesNotEraseWhatWasNeverTried(t *testing.T) {
	d := newDesk(t)
	if _, err := d.order(jane, "k1"); err != nil {
		t.Fatal(err)
	}
	d.callback(jane, "k1")
	d.clock.Advance(10 * 24 * time.Hour)
	if n, err := d.Retain(t.Context(), d.clock.Now()); err != nil || n != 0 {
		t.Errorf("%d were erased, %v", n, err)
	}
	d.deliver()
	d.clock.Advance(time.Hour)
	if n, err := d.Retain(t.Context(), d.clock.Now()); err != nil || n != 1 {
		t.Errorf("%d were erased, want 1, %v", n, err)
	}
}

// sending runs a function while a webhook is being sent.
type sending struct {
	*desk
	during func()
}

func (s sending) Send(ctx context.Context, w gateway.Webhook) (gateway.Reply, error) {
	s.during()
	return s.desk.Send(ctx, w)
}

// What a partner answers to a webhook that was under way during the erasure does not bring
// the number back.
func TestReplyAfterTheErasureBringsNoNumberBack(t *testing.T) {
	d := newDesk(t)
	if _, err := d.order(jane, "k1"); err != nil {
		t.Fatal(err)
	}
	d.callback(jane, "k1")
	d.clock.Advance(threeDays)
	d.reply = "dear 07%31%31222333" // not masked as a number that is spelt out is
	d.Sender = sending{d, func() {
		if got := d.erase(jane); got.Payments != 1 || got.Untold != 1 {
			t.Errorf("got %+v", got)
		}
	}}
	d.deliver()
	if left := append(d.mentions(jane.National()), d.mentions("07%31%31222333")...); len(left) > 0 {
		t.Errorf("the number is still in %v", left)
	}
	if w := d.webhookOf(1); w.State != gateway.DeliveryExhausted || w.Attempts != 1 {
		t.Errorf("the webhook is %+v", w)
	}
}
