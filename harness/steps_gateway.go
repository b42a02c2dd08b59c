package harness

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// gatewaySteps speak of a payment as the gateway shows it.
func (w *world) gatewaySteps() []step {
	flagged := func(support bool) func(context.Context) error {
		return w.checkPayment(func(t transaction) error {
			return failIf(t.Support != support, "support is %t", t.Support)
		})
	}
	return []step{
		{`^the payment is (pending|successful|failed)$`, w.paymentIs},
		{`^the payment is set aside for review because "([^"]*)"$`, func(ctx context.Context, why string) error {
			if err := w.paymentIs(ctx, review); err != nil {
				return err
			}
			return w.needsReview(ctx, why)
		}},
		{`^the payment needs a review because "([^"]*)"$`, w.needsReview},
		{`^nothing about the payment needs a review$`, w.checkPayment(func(t transaction) error {
			return failIf(t.ReviewReason != nil, "the payment needs a review: %s", reason(t))
		})},
		{`^the payment is flagged for support$`, flagged(true)},
		{`^the payment is not flagged for support$`, flagged(false)},
		{`^the payment has the receipt in M-PESA's ledger$`, w.hasLedgerReceipt},
		{`^the two payments have different receipts$`, w.receiptsDiffer},
		{`^another partner cannot see the payment$`, w.cannotBeSeen},
	}
}

// payment reads the payment that a step speaks of.
func (w *world) payment(ctx context.Context) (transaction, error) {
	o, err := w.current()
	if err != nil {
		return transaction{}, err
	}
	return w.partner.transaction(ctx, o.apiKey, o.id)
}

// checkPayment is a step that looks at the payment.
func (w *world) checkPayment(check func(transaction) error) func(context.Context) error {
	return func(ctx context.Context) error {
		t, err := w.payment(ctx)
		if err != nil {
			return err
		}
		return check(t)
	}
}

// paymentIs waits, but not for a payment to become pending: that it is at once.
func (w *world) paymentIs(ctx context.Context, status string) error {
	look := w.checkPayment(func(t transaction) error {
		return failIf(t.Status != status, "the payment is %s (%s)", t.Status, reason(t))
	})
	if status == "pending" {
		return look(ctx)
	}
	return w.eventually(ctx, look)
}

func reason(t transaction) string {
	if t.ReviewReason == nil {
		return "nothing to review"
	}
	return *t.ReviewReason
}

func (w *world) needsReview(ctx context.Context, why string) error {
	return w.checkPayment(func(t transaction) error {
		return failIf(!strings.Contains(reason(t), why), "the reason for a review is: %s", reason(t))
	})(ctx)
}

// entry is what M-PESA's ledger has for the payment.
func (w *world) entry(ctx context.Context) (controlclient.LedgerEntry, error) {
	promptID, _, err := w.push(ctx)
	if err != nil {
		return controlclient.LedgerEntry{}, err
	}
	entries, err := w.control.Ledger(ctx)
	if err != nil {
		return controlclient.LedgerEntry{}, err
	}
	for _, e := range entries {
		if e.CheckoutRequestID == promptID {
			return e, nil
		}
	}
	return controlclient.LedgerEntry{}, fmt.Errorf("M-PESA's ledger has nothing for prompt %s", promptID)
}

func (w *world) hasLedgerReceipt(ctx context.Context) error {
	e, err := w.entry(ctx)
	if err != nil {
		return err
	}
	return w.checkPayment(func(t transaction) error {
		return failIf(shown(t.Receipt) != e.Receipt, "the payment's receipt is %s, the ledger's %s", shown(t.Receipt), e.Receipt)
	})(ctx)
}

func shown(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func (w *world) receiptsDiffer(ctx context.Context) error {
	seen := make(map[string]bool)
	for _, o := range w.orders {
		t, err := w.partner.transaction(ctx, o.apiKey, o.id)
		if err != nil {
			return err
		}
		seen[shown(t.Receipt)] = true
	}
	return failIf(len(w.orders) != 2 || len(seen) != 2 || seen["null"], "%d payments have %d receipts", len(w.orders), len(seen))
}

func (w *world) cannotBeSeen(ctx context.Context) error {
	o, err := w.current()
	if err != nil {
		return err
	}
	a, err := w.client.do(ctx, call{
		method: http.MethodGet, url: transactionURL(w.at.Gateway, o.id), header: map[string]string{"X-API-KEY": w.at.OtherPartnerKey},
	})
	return cmp.Or(err, failIf(a.status != http.StatusNotFound, "another partner was answered %s", a))
}

// reviewSteps speak of payments that need a person.
func (w *world) reviewSteps() []step {
	return []step{
		{`^a partner that wants to hear of reviews asks for KES (\d+)$`, func(ctx context.Context, amount int64) error {
			if _, err := can[Administered](w); err != nil {
				return err
			}
			return w.orderWith(ctx, amount, func(o *order) { o.apiKey = w.at.OtherPartnerKey })
		}},
		{`^the partner's list of payments that need a person has the payment because "([^"]*)"$`, func(ctx context.Context, why string) error {
			return w.eventually(ctx, func(ctx context.Context) error {
				t, err := w.listed(ctx)
				return cmp.Or(err, failIf(t == nil || !strings.Contains(reason(*t), why), "the list has %+v", t))
			})
		}},
		{`^the partner's list of payments that need a person does not have the payment$`, func(ctx context.Context) error {
			t, err := w.listed(ctx)
			if err == nil && t != nil {
				err = fmt.Errorf("the list has the payment: %s", reason(*t))
			}
			return err
		}},
		{`^the partner is told that the payment needs a review because "([^"]*)"$`, w.webhookOfReview},
		{`^the partner is told that the payment failed$`, func(ctx context.Context) error {
			_, _, err := w.webhook(ctx, "failed")
			return err
		}},
		{`^an administrator resolves the review as (failed|is) with the note "([^"]*)"$`, w.resolveReview},
	}
}

// listed finds the payment in its partner's list, or returns nil.
func (w *world) listed(ctx context.Context) (*transaction, error) {
	o, err := w.current()
	if err != nil {
		return nil, err
	}
	var page struct {
		Transactions []transaction `json:"transactions"`
	}
	url := fmt.Sprintf("%s/api/v1/transactions?status=review&limit=1&after=%d", w.at.Gateway, o.id-1)
	if err := w.partner.get(ctx, url, map[string]string{"X-API-KEY": o.apiKey}, &page); err != nil {
		return nil, err
	}
	if len(page.Transactions) == 0 || page.Transactions[0].ID != o.id {
		return nil, nil //nolint:nilnil // it is not listed
	}
	return &page.Transactions[0], nil
}

func (w *world) webhookOfReview(ctx context.Context, why string) error {
	_, hook, err := w.webhook(ctx, review)
	if err != nil {
		return err
	}
	var body struct {
		Reason string `json:"review_reason"`
	}
	if err := json.Unmarshal(hook.Body, &body); err != nil || !strings.Contains(body.Reason, why) {
		return fmt.Errorf("the webhook says %s", hook.Body)
	}
	return nil
}

func (w *world) resolveReview(ctx context.Context, as, note string) error {
	stack, err := can[Administered](w)
	if err != nil {
		return err
	}
	o, err := w.current()
	if err != nil {
		return err
	}
	base, token := stack.Administration()
	body, err := json.Marshal(map[string]string{"as": as, "note": note, "by": "the features"})
	if err != nil {
		return fmt.Errorf("writing a resolution: %w", err)
	}
	if _, err := w.partner.command(ctx, call{
		method: http.MethodPost, url: fmt.Sprintf("%s/admin/v1/reviews/%d/resolve", base, o.id),
		header: map[string]string{"Authorization": "Bearer " + token}, body: body,
	}); err != nil {
		return fmt.Errorf("resolving the review: %w", err)
	}
	return nil
}
