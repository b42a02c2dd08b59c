package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/testkit"
)

// never is the wait of a payment whose state calls for no act.
const never = time.Duration(-1)

// oldReceipt is the receipt that a callback before the upgrade claims for a payment.
func oldReceipt(id int64) string { return fmt.Sprintf("UA1CCCCC%02d", id) }

// OldPayment is a payment as the release before the inquiries of pushes left it. Its nth
// push was accepted with the prompt of OldPrompt.
type OldPayment struct {
	ID        int64
	State     gateway.State
	Prompt    int    // the push whose prompt is the payment's
	Claimed   string // receipt
	Pushes    int
	Checks    int
	Due       bool // a query is due at once
	Reason    string
	Questions int // of the push whose prompt is the payment's

	name    string
	state   gateway.State             // after the upgrade
	inquiry gateway.Inquiry           // of that push
	wait    time.Duration             // until the state calls for an act; never when it does not
	answers map[int]daraja.ResultCode // of M-PESA about the prompt of each push
	ends    gateway.State             // then
	receipt string
	asked   int  // the push that M-PESA is asked about first; 0 when it is not asked
	listed  bool // a person must look in the end
}

// OldPrompt is the CheckoutRequestID of the nth push of a payment.
func OldPrompt(id int64, push int) string { return fmt.Sprintf("ws_CO_%d_%d", id, push) }

// OldPayments are what an upgrade to the inquiries of pushes must keep.
func OldPayments() []OldPayment {
	const what = "a callback before the upgrade"
	claims := func(id int64, asked int) gateway.Inquiry {
		return gateway.Inquiry{Asked: asked, Claimed: oldReceipt(id), What: what, Money: true, Proven: true}
	}
	return []OldPayment{
		{
			name: "a claim of an earlier push is asked about, and paid",
			ID:   1, State: gateway.Confirming, Prompt: 1, Claimed: oldReceipt(1), Pushes: 2, Checks: 1, Due: true, Questions: 1,
			state: gateway.Pending, inquiry: claims(1, 0), wait: time.Hour,
			answers: map[int]daraja.ResultCode{1: "0", 2: "1032"}, ends: gateway.Paid, receipt: oldReceipt(1), asked: 1,
		},
		{
			name: "a claim of an earlier push is denied, and the latest push has failed",
			ID:   2, State: gateway.Confirming, Prompt: 1, Claimed: oldReceipt(2), Pushes: 2, Checks: 1, Due: true, Questions: 1,
			state: gateway.Pending, inquiry: claims(2, 0), wait: time.Hour,
			answers: map[int]daraja.ResultCode{1: "1032", 2: "1032"}, ends: gateway.PresumedFailed, asked: 1, listed: true,
		},
		{
			name: "an unresolved claim of an earlier push",
			ID:   3, State: gateway.Unresolved, Prompt: 1, Claimed: oldReceipt(3), Pushes: 2, Checks: 3, Due: true, Questions: 1, Reason: "an unconfirmed callback says that receipt " + oldReceipt(3) + " paid, and 7 queries gave no answer",
			state: gateway.Unresolved, inquiry: claims(3, 0), wait: time.Hour,
			answers: map[int]daraja.ResultCode{1: "0", 2: "1032"}, ends: gateway.Paid, receipt: oldReceipt(3), asked: 1,
		},
		{
			name: "an unresolved claim without a receipt is denied",
			ID:   4, State: gateway.Unresolved, Prompt: 1, Pushes: 1, Due: true, Questions: 1,
			Reason: "an unconfirmed callback says that the customer paid, and 7 queries gave no answer",
			state:  gateway.Unresolved, inquiry: gateway.Inquiry{What: what, Money: true, Proven: true},
			answers: map[int]daraja.ResultCode{1: "1032"}, ends: gateway.Review, asked: 1, listed: true,
		},
		{
			name: "an unresolved payment without a callback is denied",
			ID:   5, State: gateway.Unresolved, Prompt: 1, Pushes: 1, Due: true, Reason: "no callback, and no answer to 7 queries",
			state:   gateway.Unresolved,
			answers: map[int]daraja.ResultCode{1: "1032"}, ends: gateway.PresumedFailed, asked: 1,
		},
		{
			name: "a failed payment with an open question is paid",
			ID:   6, State: gateway.Failed, Prompt: 1, Claimed: oldReceipt(6), Pushes: 2, Checks: 1, Due: true, Questions: 1,
			state: gateway.Failed, inquiry: claims(6, 1), wait: never,
			answers: map[int]daraja.ResultCode{1: "0"}, ends: gateway.Paid, receipt: oldReceipt(6), asked: 1,
		},
		{
			name: "a payment that a query failed, with an open question, is not",
			ID:   7, State: gateway.PresumedFailed, Prompt: 1, Claimed: oldReceipt(7), Pushes: 1, Checks: 1, Due: true, Questions: 1,
			state: gateway.PresumedFailed, inquiry: claims(7, 1), wait: never,
			answers: map[int]daraja.ResultCode{1: "1032"}, ends: gateway.PresumedFailed, asked: 1, listed: true,
		},
		{
			name: "a failed payment without a question",
			ID:   8, State: gateway.Failed, Prompt: 1, Pushes: 1, state: gateway.Failed, wait: never, ends: gateway.Failed,
		},
		{
			name: "a claim of the latest push stays with the payment",
			ID:   9, State: gateway.Confirming, Prompt: 2, Claimed: oldReceipt(9), Pushes: 2, Due: true, Questions: 1,
			state: gateway.Confirming, inquiry: gateway.Inquiry{What: what, Money: true, Proven: true},
			answers: map[int]daraja.ResultCode{2: "0"}, ends: gateway.Paid, receipt: oldReceipt(9), asked: 2,
		},
		{
			name: "a pending payment",
			ID:   10, State: gateway.Pending, Prompt: 1, Pushes: 1, Due: true, Questions: 1, state: gateway.Pending,
			answers: map[int]daraja.ResultCode{1: "1032"}, ends: gateway.PresumedFailed, asked: 1,
		},
	}
}

// answering is M-PESA, which has an answer about each prompt, and accepts no push.
type answering struct {
	answers map[string]daraja.ResultCode
	asked   []string
}

// Ready implements gateway.Daraja.
func (*answering) Ready(string) time.Duration { return 0 }

// Push implements gateway.Daraja.
func (*answering) Push(context.Context, gateway.PushOrder) (gateway.PushAck, error) {
	return gateway.PushAck{}, &gateway.PushError{Message: "no push is expected"}
}

// Query implements gateway.Daraja.
func (a *answering) Query(_ context.Context, _, id string) (gateway.QueryAnswer, error) {
	a.asked = append(a.asked, id)
	code, ok := a.answers[id]
	return gateway.QueryAnswer{Pending: !ok, ResultCode: code, ResultDesc: "as the query has it"}, nil
}

// UpgradedInquiries checks that a store, which was upgraded with OldPayments in it, has the
// right inquiries, and that a gateway on it asks M-PESA about the right pushes. What was due
// is due at the clock's time.
func UpgradedInquiries(t *testing.T, store gateway.Store, clock *testkit.Clock) {
	t.Helper()
	m := &answering{answers: map[string]daraja.ResultCode{}}
	g := &gateway.Gateway{
		Store: store, Daraja: m, Clock: clock, Random: NewDice(), Waits: gateway.StandardWaits(), Log: slog.New(slog.DiscardHandler),
	}
	for _, old := range OldPayments() { // before the clock is moved
		old.checkUpgraded(t, store, clock.Now())
		for n, code := range old.answers {
			m.answers[OldPrompt(old.ID, n)] = code
		}
	}
	for _, old := range OldPayments() {
		t.Run(old.name, func(t *testing.T) {
			m.asked = nil
			old.checkEnd(t, g, clock, m)
		})
	}
}

// checkEnd works on a payment until nothing is due, and checks how it ends.
func (old OldPayment) checkEnd(t *testing.T, g *gateway.Gateway, clock *testkit.Clock, m *answering) {
	t.Helper()
	p := old.load(t, g.Store)
	for works := 0; !p.WorkAt().IsZero(); works++ {
		if works > 100 {
			t.Fatalf("the work on a payment in %s does not end", p.State)
		}
		clock.Advance(max(p.WorkAt().Sub(clock.Now()), 0))
		if err := g.WorkPayment(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		p = old.load(t, g.Store)
	}
	if p.State != old.ends || p.Receipt != old.receipt || old.listed == p.ReviewAt.IsZero() {
		t.Errorf("it ends %s with receipt %q, in review since %s: %q", p.State, p.Receipt, p.ReviewAt, p.ReviewReason)
	}
	first := ""
	if old.asked != 0 {
		first = OldPrompt(old.ID, old.asked)
	}
	if len(m.asked) == 0 && first != "" || len(m.asked) > 0 && m.asked[0] != first {
		t.Errorf("M-PESA was asked about %q, want %q first", m.asked, first)
	}
}

func (old OldPayment) load(t *testing.T, store gateway.Store) (p *gateway.Payment) {
	t.Helper()
	err := store.View(t.Context(), func(tx gateway.Tx) (err error) {
		p, err = tx.Payment(old.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkUpgraded checks what the upgrade has made of a payment and its pushes.
func (old OldPayment) checkUpgraded(t *testing.T, store gateway.Store, now time.Time) {
	t.Helper()
	p := old.load(t, store)
	due, inquiryAt, want := time.Time{}, time.Time{}, old.inquiry
	if old.wait != never {
		due = now.Add(old.wait)
	}
	if want.Claimed != "" { // an inquiry that is open
		inquiryAt, want.DueAt = now, now
	}
	if p.State != old.state || !p.DueAt.Equal(due) || !p.InquiryAt.Equal(inquiryAt) {
		t.Errorf("%s: %s, due at %s, inquiry at %s; want %s, %s, %s", old.name, p.State, p.DueAt, p.InquiryAt, old.state, due, inquiryAt)
	}
	err := store.View(t.Context(), func(tx gateway.Tx) error {
		pushes, err := tx.PushesOf(old.ID)
		for _, push := range pushes {
			expected := gateway.Inquiry{}
			if push.Number == old.Prompt {
				expected = want
			}
			if push.Inquiry != expected {
				t.Errorf("%s: the inquiry of push %d is %+v, want %+v", old.name, push.Number, push.Inquiry, expected)
			}
		}
		if len(pushes) != old.Pushes {
			t.Errorf("%s: %d pushes", old.name, len(pushes))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
