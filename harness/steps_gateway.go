package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// gatewaySteps speak of a payment as the gateway shows it.
func (w *world) gatewaySteps() []step {
	flagged := func(support bool) func(context.Context) {
		return func(ctx context.Context) { failIf(w.payment(ctx).Support != support, "support is %t", !support) }
	}
	return []step{
		{`^the payment is (pending|successful|failed)$`, w.paymentIs},
		{`^the payment is set aside for review because "([^"]*)"$`, func(ctx context.Context, why string) {
			w.paymentIs(ctx, review)
			w.needsReview(ctx, why)
		}},
		{`^the payment needs a review because "([^"]*)"$`, w.needsReview},
		{`^nothing about the payment needs a review$`, func(ctx context.Context) {
			t := w.payment(ctx)
			failIf(t.ReviewReason != nil, "the payment needs a review: %s", reason(t))
		}},
		{`^the payment is flagged for support$`, flagged(true)},
		{`^the payment is not flagged for support$`, flagged(false)},
		{`^the payment has the receipt in M-PESA's ledger$`, w.hasLedgerReceipt},
		{`^the two payments have different receipts$`, w.receiptsDiffer},
		{`^another partner cannot see the payment$`, w.cannotBeSeen},
	}
}

// payment reads the payment that a step speaks of.
func (w *world) payment(ctx context.Context) transaction {
	o := w.current()
	return w.partner.transaction(ctx, o.apiKey, o.id)
}

// paymentIs waits, but not for a payment to become pending: that it is at once.
func (w *world) paymentIs(ctx context.Context, status string) {
	look := func(ctx context.Context) {
		t := w.payment(ctx)
		failIf(t.Status != status, "the payment is %s (%s)", t.Status, reason(t))
	}
	if status == "pending" {
		look(ctx)
		return
	}
	w.eventually(ctx, look)
}

func reason(t transaction) string {
	if t.ReviewReason == nil {
		return "nothing to review"
	}
	return *t.ReviewReason
}

func (w *world) needsReview(ctx context.Context, why string) {
	got := reason(w.payment(ctx))
	failIf(!strings.Contains(got, why), "the reason for a review is: %s", got)
}

// entry is what M-PESA's ledger has for the payment.
func (w *world) entry(ctx context.Context) controlclient.LedgerEntry {
	promptID, _ := w.push(ctx)
	entries := must(w.control.Ledger(ctx))
	i := slices.IndexFunc(entries, func(e controlclient.LedgerEntry) bool { return e.CheckoutRequestID == promptID })
	failIf(i < 0, "M-PESA's ledger has nothing for prompt %s", promptID)
	return entries[i]
}

func (w *world) hasLedgerReceipt(ctx context.Context) {
	got, want := shown(w.payment(ctx).Receipt), w.entry(ctx).Receipt
	failIf(got != want, "the payment's receipt is %s, the ledger's %s", got, want)
}

func shown(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func (w *world) receiptsDiffer(ctx context.Context) {
	seen := make(map[string]bool)
	for _, o := range w.orders {
		seen[shown(w.partner.transaction(ctx, o.apiKey, o.id).Receipt)] = true
	}
	failIf(len(w.orders) != 2 || len(seen) != 2 || seen["null"], "%d payments have %d receipts", len(w.orders), len(seen))
}

func (w *world) cannotBeSeen(ctx context.Context) {
	a := w.readAs(ctx, w.at.OtherPartnerKey, w.current().id)
	failIf(a.status != http.StatusNotFound, "another partner was answered %s", a)
}

// reviewSteps speak of payments that need a person.
func (w *world) reviewSteps() []step {
	return []step{
		{`^a partner that wants to hear of reviews asks for KES (\d+)$`, func(ctx context.Context, amount int64) {
			can[Administered](w)
			w.orderWith(ctx, amount, func(o *order) { o.apiKey = w.at.OtherPartnerKey })
		}},
		{`^the partner's list of payments that need a person has the payment because "([^"]*)"$`, func(ctx context.Context, why string) {
			w.eventually(ctx, func(ctx context.Context) {
				t := w.listed(ctx)
				failIf(t == nil || !strings.Contains(reason(*t), why), "the list has %+v", t)
			})
		}},
		{`^the partner's list of payments that need a person does not have the payment$`, func(ctx context.Context) {
			if t := w.listed(ctx); t != nil {
				fail("the list has the payment: %s", reason(*t))
			}
		}},
		{`^the partner is told that the payment needs a review because "([^"]*)"$`, w.webhookOfReview},
		{`^the partner is told that the payment failed$`, func(ctx context.Context) {
			w.webhook(ctx, "failed")
		}},
		{`^an administrator resolves the review as (failed|is) with the note "([^"]*)"$`, w.resolveReview},
	}
}

// listed finds the payment in its partner's list, or returns nil.
func (w *world) listed(ctx context.Context) *transaction {
	o := w.current()
	var page struct {
		Transactions []transaction `json:"transactions"`
	}
	url := fmt.Sprintf("%s/api/v1/transactions?status=review&limit=1&after=%d", w.at.Gateway, o.id-1)
	w.partner.get(ctx, url, map[string]string{"X-API-KEY": o.apiKey}, &page)
	if len(page.Transactions) == 0 || page.Transactions[0].ID != o.id {
		return nil
	}
	return &page.Transactions[0]
}

func (w *world) webhookOfReview(ctx context.Context, why string) {
	_, hook := w.webhook(ctx, review)
	failIf(!strings.Contains(gjson.GetBytes(hook.Body, "review_reason").Str, why), "the webhook says %s", hook.Body)
}

func (w *world) resolveReview(ctx context.Context, as, note string) {
	base, token := can[Administered](w).Administration()
	header := map[string]string{"Authorization": "Bearer " + token}
	var read struct {
		Mark string `json:"mark"`
	}
	w.partner.get(ctx, fmt.Sprintf("%s/admin/v1/payments/%d", base, w.current().id), header, &read)
	w.partner.command(ctx, call{
		method: http.MethodPost, url: fmt.Sprintf("%s/admin/v1/reviews/%d/resolve", base, w.current().id), header: header,
		body: must(json.Marshal(map[string]string{"as": as, "seen": read.Mark, "note": note, "by": "the features"})),
	})
}
