package gateway_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// asking counts the queries of a desk.
type asking struct {
	*desk
	about []string
}

func (a *asking) Query(ctx context.Context, partner, id string) (gateway.QueryAnswer, error) {
	a.about = append(a.about, id)
	return a.desk.Query(ctx, partner, id)
}

// After an erasure M-PESA is not asked by an id that is masked.
func TestMaskedPromptIsNotAskedAbout(t *testing.T) {
	d := newDesk(t)
	a := &asking{desk: d}
	d.Daraja, d.Confirm = a, gateway.ConfirmNever
	_, _ = d.order(jane, "k1")
	d.post("k1", cancelled())
	d.deliver()
	d.erase(jane)
	d.Confirm = gateway.ConfirmAlways
	d.post("k1", paidWith("UA1AAAAAAA"))
	for range 40 {
		p := d.payment(1)
		if p.WorkAt().IsZero() {
			break
		}
		d.clock.Advance(max(p.WorkAt().Sub(d.clock.Now()), 0))
		if err := d.WorkPayment(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	p := d.payment(1)
	if len(a.about) > 0 || p.State != gateway.Failed || !p.WorkAt().IsZero() || !strings.Contains(p.ReviewReason, "erased") {
		t.Errorf("%d queries, about %q; the payment is %s, due at %s: %s", len(a.about), a.about, p.State, p.WorkAt(), p.ReviewReason)
	}
}

// payment reads a payment.
func (d *desk) payment(id int64) (p *gateway.Payment) {
	d.t.Helper()
	err := d.Store.View(d.t.Context(), func(tx gateway.Tx) (err error) {
		p, err = tx.Payment(id)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// A second erasure leaves of a prompt's id what the first has left, so that callbacks are
// still compared with it.
func TestSecondErasureKeepsTheBeginningOfAnID(t *testing.T) {
	const masked = "ws_CO_01012026120000123XXXXXXXXX"
	d := newDesk(t)
	_, _ = d.order(jane, "k1")
	d.callback(jane, "k1")
	d.deliver()
	d.erase(jane)
	d.post("k1", paidWith("UA1AAAAARK2")) // a second receipt
	for range 2 {
		if err := d.resolveAsIs(1, "refunded"); err != nil {
			t.Log(err)
		}
		if _, err := d.EraseAgain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	err := d.Store.View(t.Context(), func(tx gateway.Tx) error {
		pushes, err := tx.PushesOf(1)
		for _, push := range pushes {
			if push.CheckoutRequestID != masked {
				t.Errorf("the push's id is %q", push.CheckoutRequestID)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := d.payment(1); p.CheckoutRequestID != masked || p.ErasedAt.IsZero() {
		t.Errorf("the payment's id is %q, erased at %s", p.CheckoutRequestID, p.ErasedAt)
	}
}

// Declarations are no callbacks of nobody: they outlive a retention period, and an erasure
// masks a customer's number in them.
func TestDeclarationsOutliveErasures(t *testing.T) {
	d := newDesk(t)
	_, err := d.DeclareResult(t.Context(), gateway.Declaration{Code: "1050", Outcome: gateway.DeclaredFailed, Note: "seen with " + jane.Digits(), By: "ops"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	d.clock.Advance(1000 * time.Hour)
	if _, err := d.Retain(t.Context(), d.clock.Now()); err != nil {
		t.Fatal(err)
	}
	note := func() string {
		all, err := gateway.Desk{Store: d.Store}.Declarations(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0].Note
	}
	logged := func() (c gateway.Callback) {
		err := d.Store.View(t.Context(), func(tx gateway.Tx) error {
			all, err := tx.CallbacksOf(0, 0, 100)
			c = all[0]
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := logged(); len(c.Body) == 0 || !strings.Contains(note(), jane.Digits()) {
		t.Errorf("after a retention period the log has %q", c.Body)
	}
	d.erase(jane)
	c := logged()
	if note() != "seen with 254XXXXXXXXX" || strings.Contains(string(c.Body), jane.National()) {
		t.Errorf("after an erasure the note is %q, the log has %q", note(), c.Body)
	}
	if !strings.Contains(c.Verdict, "1050 is failed, by ops") {
		t.Errorf("after an erasure the verdict is %q", c.Verdict)
	}
	if audit, err := gateway.VerifyLog(t.Context(), d.Store, gateway.Expected{}); err != nil || !audit.OK() {
		t.Errorf("the log: %+v, %v", audit, err)
	}
}

// A number that is in the time of a prompt's id is not the number of its customer: nothing of
// that payment is erased, masked or kept back.
func TestErasureOfANumberThatIsATime(t *testing.T) {
	d := newDesk(t)
	id := d.pay(jane, "k1")
	prompt := d.payment(id).CheckoutRequestID // of 1 January 2026, 12:00
	before, mentions := *d.payment(id), d.mentions(prompt)
	for _, phone := range []daraja.MSISDN{"254101202612", "254120000123"} {
		if !strings.Contains(prompt, phone.National()) {
			t.Fatalf("%s is not in %s", phone.National(), prompt)
		}
		if done := d.erase(phone); done.Mentions+done.Callbacks+done.Payments+done.Chained+len(done.Kept) != 0 {
			t.Errorf("erasing %s: %+v", phone, done)
		}
	}
	if now := *d.payment(id); now != before || len(d.webhookOf(id).Body) == 0 || fmt.Sprint(d.mentions(prompt)) != fmt.Sprint(mentions) {
		t.Errorf("it was %+v and is %+v, the webhook %q", before, now, d.webhookOf(id).Body)
	}
	d.erase(jane)
	if got, want := d.payment(id).CheckoutRequestID, strings.TrimSuffix(prompt, jane.National())+"XXXXXXXXX"; got != want {
		t.Errorf("after its own customer is erased the prompt is %q, want %q", got, want)
	}
}
