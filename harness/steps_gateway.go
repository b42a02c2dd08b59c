package harness

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// gatewaySteps speak of a payment as the gateway shows it.
func (w *world) gatewaySteps() []step {
	return []step{
		{`^the payment is (pending|successful|failed)$`, w.paymentIs},
		{`^the payment is set aside for review because "([^"]*)"$`, w.isSetAside},
		{`^the payment needs a review because "([^"]*)"$`, w.needsReview},
		{`^nothing about the payment needs a review$`, w.needsNoReview},
		{`^the payment is flagged for support$`, func(ctx context.Context) error { return w.isFlagged(ctx, true) }},
		{`^the payment is not flagged for support$`, func(ctx context.Context) error { return w.isFlagged(ctx, false) }},
		{`^the payment has the receipt in M-PESA's ledger$`, w.hasTheReceipt},
		{`^the two payments have different receipts$`, w.receiptsDiffer},
		{`^another partner cannot see the payment$`, w.cannotBeSeen},
	}
}

// payment reads the payment that is spoken of.
func (w *world) payment(ctx context.Context) (transaction, error) {
	o, err := w.current()
	if err != nil {
		return transaction{}, err
	}
	return w.partner.transaction(ctx, o.apiKey, o.id)
}

// paymentIs waits, but not for a payment to become pending: that it is at once.
func (w *world) paymentIs(ctx context.Context, status string) error {
	look := func(ctx context.Context) error {
		t, err := w.payment(ctx)
		if err != nil {
			return err
		}
		if t.Status != status {
			return fmt.Errorf("the payment is %s (%s)", t.Status, reason(t))
		}
		return nil
	}
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

func (w *world) isSetAside(ctx context.Context, why string) error {
	if err := w.paymentIs(ctx, "review"); err != nil {
		return err
	}
	return w.needsReview(ctx, why)
}

func (w *world) needsReview(ctx context.Context, why string) error {
	t, err := w.payment(ctx)
	if err != nil {
		return err
	}
	if !strings.Contains(reason(t), why) {
		return fmt.Errorf("the reason for a review is: %s", reason(t))
	}
	return nil
}

func (w *world) needsNoReview(ctx context.Context) error {
	t, err := w.payment(ctx)
	if err == nil && t.ReviewReason != nil {
		err = fmt.Errorf("the payment needs a review: %s", *t.ReviewReason)
	}
	return err
}

func (w *world) isFlagged(ctx context.Context, support bool) error {
	t, err := w.payment(ctx)
	if err == nil && t.Support != support {
		err = fmt.Errorf("support is %t", t.Support)
	}
	return err
}

// entry is what M-PESA's ledger has for the payment.
func (w *world) entry(ctx context.Context) (entry, error) {
	promptID, _, err := w.push(ctx)
	if err != nil {
		return entry{}, err
	}
	entries, err := w.control.ledger(ctx)
	if err != nil {
		return entry{}, err
	}
	for _, e := range entries {
		if e.PromptID == promptID {
			return e, nil
		}
	}
	return entry{}, fmt.Errorf("M-PESA's ledger has nothing for prompt %s", promptID)
}

func (w *world) hasTheReceipt(ctx context.Context) error {
	e, err := w.entry(ctx)
	if err != nil {
		return err
	}
	t, err := w.payment(ctx)
	if err == nil && (t.Receipt == nil || *t.Receipt != e.Receipt) {
		err = fmt.Errorf("the payment's receipt is %s, the ledger's %s", shown(t.Receipt), e.Receipt)
	}
	return err
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
	if len(w.orders) != 2 || len(seen) != 2 || seen["null"] {
		return fmt.Errorf("%d payments have %d receipts", len(w.orders), len(seen))
	}
	return nil
}

func (w *world) cannotBeSeen(ctx context.Context) error {
	o, err := w.current()
	if err != nil {
		return err
	}
	a, err := w.client.do(ctx, call{
		method: http.MethodGet, url: transactionURL(w.at.Gateway, o.id), header: map[string]string{"X-API-KEY": w.at.OtherPartnerKey},
	})
	if err == nil && a.status != http.StatusNotFound {
		err = fmt.Errorf("another partner was answered %s", a)
	}
	return err
}
