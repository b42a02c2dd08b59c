package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// file is all that the gateway has of a payment.
type file struct {
	payment    *gateway.Payment
	pushes     []gateway.Push
	deliveries []*gateway.Delivery
}

// asked reports whether M-PESA can be asked about f's latest push.
func (f file) asked() bool {
	return slices.ContainsFunc(f.pushes, func(p gateway.Push) bool { return p.Number == f.payment.Pushes && p.CheckoutRequestID != "" })
}

func (m *machine) files(t *rapid.T) (all []file) {
	m.view(t, func(tx gateway.Tx) error {
		payments, err := tx.Payments(gateway.PaymentFilter{})
		for _, p := range payments {
			pushes, err1 := tx.PushesOf(p.ID)
			deliveries, err2 := tx.DeliveriesOf(p.ID)
			err = errors.Join(err, err1, err2)
			all = append(all, file{p, pushes, deliveries})
		}
		return err
	})
	return all
}

// check is what must be so after each step.
func (m *machine) check(t *rapid.T) {
	m.checkLog(t)
	owners := make(map[string]int64)
	for _, f := range m.files(t) {
		p, prompts := f.payment, m.promptsOf(f.pushes)
		m.checkPushes(t, p, prompts)
		m.checkMoney(t, p, prompts)
		m.checkState(t, p)
		m.checkTold(t, p, f.deliveries)
		if owner := owners[p.Receipt]; p.Receipt != "" && owner != 0 {
			t.Fatalf("receipt %s pays for payments %d and %d", p.Receipt, owner, p.ID)
		}
		owners[p.Receipt] = p.ID
	}
}

func (m *machine) promptsOf(pushes []gateway.Push) (made []*prompt) {
	for _, p := range m.prompts {
		if slices.ContainsFunc(pushes, func(push gateway.Push) bool { return push.Token == p.token }) {
			made = append(made, p)
		}
	}
	return made
}

// One prompt at a time: another is made when M-PESA itself has ended the one before
// by 4005, and never for a prompt of which nothing is known.
func (m *machine) checkPushes(t *rapid.T, p *gateway.Payment, prompts []*prompt) {
	for i, earlier := range prompts {
		if i < len(prompts)-1 && earlier.code != daraja.ResultTimeout {
			t.Fatalf("payment %d made prompt %d after one that ended in %q", p.ID, i+2, earlier.code)
		}
	}
	if len(prompts) > 3 {
		t.Fatalf("payment %d made %d prompts", p.ID, len(prompts))
	}
}

// What is called paid was paid, and what is known to be paid is not called failed.
func (m *machine) checkMoney(t *rapid.T, p *gateway.Payment, prompts []*prompt) {
	var got, heard *prompt
	for _, q := range prompts {
		if q.code == daraja.ResultSuccess {
			got = q
		}
		if q.code == daraja.ResultSuccess && q.heard {
			heard = q
		}
	}
	if p.State == gateway.Paid && got == nil {
		t.Fatalf("payment %d is paid, and nobody paid", p.ID)
	}
	if p.State == gateway.Paid && p.Receipt != "" && p.Receipt != got.receipt {
		t.Fatalf("payment %d has receipt %s, the customer has %s", p.ID, p.Receipt, got.receipt)
	}
	if n := len(prompts); p.State.Status() == gateway.StatusFailed && p.Refusal == "" && (n == 0 || prompts[n-1].code == "" || got != nil) {
		t.Fatalf("payment %d is %s, and M-PESA has not said so", p.ID, p.State)
	}
	if heard != nil && p.State != gateway.Paid && p.State != gateway.Review {
		t.Fatalf("payment %d is %s, and its success was acknowledged", p.ID, p.State)
	}
}

// A settled payment changes in the documented ways only; an open one has somebody
// who looks at it again.
func (m *machine) checkState(t *rapid.T, p *gateway.Payment) {
	next := map[gateway.State][]gateway.State{
		gateway.Paid:           {},
		gateway.Failed:         {gateway.Paid, gateway.Review},
		gateway.PresumedFailed: {gateway.Paid, gateway.Failed, gateway.Review},
		gateway.Unresolved:     {gateway.Paid, gateway.Confirming, gateway.Failed, gateway.PresumedFailed, gateway.Review},
		gateway.Review:         {},
	}
	before := m.states[p.ID]
	if allowed, ended := next[before]; ended && p.State != before && !slices.Contains(allowed, p.State) {
		t.Fatalf("payment %d went from %s to %s", p.ID, before, p.State)
	}
	m.states[p.ID] = p.State
	asks := p.State.Status() == gateway.StatusFailed || p.State == gateway.Unresolved // or not
	if open := p.State.Status() == gateway.StatusPending; open == p.DueAt.IsZero() && !asks {
		t.Fatalf("payment %d is %s and due at %v", p.ID, p.State, p.DueAt)
	}
	settled := p.State.Status() == gateway.StatusSuccessful || p.State.Status() == gateway.StatusFailed
	cannotAsk := p.State == gateway.Unknown && p.CheckoutRequestID == "" // a callback may have told the id
	waits := p.State.Status() == gateway.StatusReview || cannotAsk || settled && p.ReviewReason != ""
	if waits == p.ReviewAt.IsZero() {
		t.Fatalf("payment %d is %s (%q) and waits for a person since %s", p.ID, p.State, p.ReviewReason, p.ReviewAt)
	}
	if p.State == gateway.Review && p.ReviewReason == "" {
		t.Fatalf("nobody knows why payment %d is in review", p.ID)
	}
}

// What the partner is told last is what the payment is.
func (m *machine) checkTold(t *rapid.T, p *gateway.Payment, deliveries []*gateway.Delivery) {
	for _, d := range deliveries {
		if (d.State == gateway.DeliveryDue) == d.DueAt.IsZero() {
			t.Fatalf("delivery %d is %s and due at %v", d.ID, d.State, d.DueAt)
		}
	}
	status := p.State.Status()
	refused := p.Refusal != "" && p.Pushes == 1 && status == gateway.StatusFailed // its own call was told
	if refused || status != gateway.StatusSuccessful && status != gateway.StatusFailed {
		return
	}
	if len(deliveries) == 0 {
		t.Fatalf("payment %d is %s and no webhook says so", p.ID, p.State)
	}
	var told gateway.Report
	if err := json.Unmarshal(deliveries[len(deliveries)-1].Body, &told); err != nil || told.Status != status || told.TransactionID != p.ID {
		t.Fatalf("payment %d is %s and the partner is told %+v, %v", p.ID, p.State, told, err)
	}
	if len(deliveries) > 2 {
		t.Fatalf("payment %d has %d webhooks", p.ID, len(deliveries))
	}
}

// The log is whole and has every callback that was acknowledged, to the byte, in
// order. It may have others, which a crash kept from being acknowledged.
func (m *machine) checkLog(t *rapid.T) {
	audit, err := gateway.VerifyLog(context.Background(), m.store, gateway.Expected{Rows: int64(len(m.acked))})
	if err != nil || !audit.OK() {
		t.Fatalf("the log: %+v, %v", audit, err)
	}
	next := 0
	err = gateway.WalkLog(context.Background(), m.store, func(c *gateway.Callback) {
		if next < len(m.acked) && string(c.Body) == string(m.acked[next]) {
			next++
		}
	})
	if err != nil || next < len(m.acked) {
		t.Fatalf("callback %d of %d that were acknowledged is not in the log; %v", next+1, len(m.acked), err)
	}
}

// calm is the end of all faults: everything settles or waits for a person, and every
// partner has been told, or visibly not.
func (m *machine) calm(t *rapid.T) {
	m.pushes, m.queries, m.partner, m.crashAt = "", "", false, ""
	for _, p := range m.prompts {
		if p.code == "" {
			p.decide("1032")
		}
	}
	for end := m.clock.Now().Add(30 * 24 * time.Hour); m.clock.Now().Before(end); {
		m.work(t)
		for _, p := range m.prompts { // the customers of new prompts pay
			if p.code == "" {
				p.decide(daraja.ResultSuccess)
			}
		}
		payments, deliveries, next := m.due(t)
		switch {
		case len(payments)+len(deliveries) > 0:
		case next.IsZero():
			end = m.clock.Now()
		default:
			m.clock.Advance(next.Sub(m.clock.Now()))
		}
	}
	m.check(t)
	for _, f := range m.files(t) {
		if f.payment.State.Status() == gateway.StatusPending {
			t.Fatalf("payment %d is %s for ever", f.payment.ID, f.payment.State)
		}
		if left := len(m.gw.Waits.Later) - f.payment.Checks; f.payment.State == gateway.Unresolved && f.asked() && left > 0 {
			t.Fatalf("payment %d is unresolved although M-PESA tells its outcome and %d queries are left", f.payment.ID, left)
		}
		for _, d := range f.deliveries {
			if d.State == gateway.DeliveryDue {
				t.Fatalf("delivery %d is due for ever", d.ID)
			}
		}
	}
}
