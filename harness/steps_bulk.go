package harness

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// bulkSteps speak of many payments together.
func (w *world) bulkSteps() []step {
	return []step{
		{`^(\d+) customers are asked for KES (\d+) each$`, w.manyAreAsked},
		{`^every payment comes to its end$`, w.everyPaymentEnds},
		{`^at least (\d+) of the payments are successful$`, w.atLeastSuccessful},
		{`^what M-PESA moved was told to the partner or waits for a person, to the shilling$`, w.ledgersAgree},
	}
}

func (w *world) manyAreAsked(ctx context.Context, customers int, amount int64) {
	for range customers {
		w.newCustomer()
		w.whileTimePasses(ctx, func() { w.asks(ctx, amount) })
	}
	failIf(len(w.orders) != customers, "%d of %d orders are on record", len(w.orders), customers)
}

// whileTimePasses does something that may have to wait for the stack's time, as for
// an answer that M-PESA is slow to give. The time moves only when M-PESA holds an answer
// back, or when do does not end for a while: a busy machine takes none of it.
func (w *world) whileTimePasses(ctx context.Context, do func()) {
	t, ok := w.stack.(Stepper)
	if !ok {
		do()
		return
	}
	done := make(chan error, 1)
	go func() { done <- try(do) }()
	const pause, most = 2 * firstPause, 2 * time.Second
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for still := pause; ; still += pause {
		select {
		case err := <-done:
			check(err)
			return
		case <-tick.C:
			if !t.AnswerHeld() && still < most {
				continue
			}
			still = 0
			if _, err := t.Step(ctx); err != nil {
				check(errors.Join(err, <-done))
			}
		}
	}
}

// everyPaymentEnds waits until none is pending. One that needs a person has ended, too:
// ledgersAgree checks it.
func (w *world) everyPaymentEnds(ctx context.Context) {
	w.eventually(ctx, func(ctx context.Context) {
		pending := w.countStatus(ctx, "pending")
		failIf(pending > 0, "%d of %d payments are pending", pending, len(w.orders))
	})
}

func (w *world) atLeastSuccessful(ctx context.Context, want int) {
	n := w.countStatus(ctx, "successful")
	failIf(n < want, "%d of %d payments are successful", n, len(w.orders))
}

func (w *world) countStatus(ctx context.Context, status string) (n int) {
	for _, o := range w.orders {
		if w.partner.transaction(ctx, o.apiKey, o.id).Status == status {
			n++
		}
	}
	return n
}

// ledgersAgree compares the sums: each shilling that M-PESA moved is in a webhook, unless
// its payment waits for a person, and no other is.
func (w *world) ledgersAgree(ctx context.Context) {
	w.inspect(ctx) // waits for the webhooks, too
	r := w.evidence(ctx, w.partner, w.orders, w.paths()...)
	ours, aside := make(map[string]bool), make(map[string]bool)
	for _, p := range r.Payments {
		ours[p.Phone], aside[p.Phone] = true, p.Status == "review"
	}
	var moved, credited int64
	for _, e := range r.Ledger {
		if ours[e.Phone] && !aside[e.Phone] {
			moved += e.AmountCents
		}
	}
	seen := make(map[int64]bool)
	for _, hook := range r.Webhooks {
		if c := hook.Content(); hook.Delivered() && c.Status == "successful" && !seen[c.TransactionID] {
			seen[c.TransactionID] = true
			credited += c.Amount * 100
		}
	}
	failIf(moved != credited, "M-PESA moved %s, the webhooks have %s", daraja.Money(moved).Grouped(), daraja.Money(credited).Grouped())
}

// duplicateSteps speak of copies of one order that arrive at the same time.
func (w *world) duplicateSteps() []step {
	return []step{
		{`^(\d+) copies of an order for KES (\d+) with the key "([^"]*)" arrive at once$`, w.sendDuplicates},
		{`^one of them is accepted, and the others are duplicates or told to try again$`, w.oneIsAccepted},
		{`^one of them is told to try again, because "([^"]*)"$`, func(ctx context.Context, reason string) {
			w.next(ctx)
			w.answered(http.StatusConflict, "error", reason)
		}},
		{`^the other one is accepted$`, func(ctx context.Context) {
			w.keep(w.last, w.next(ctx))
			w.isAccepted()
		}},
	}
}

// sendDuplicates sends them and does not wait for the answers.
func (w *world) sendDuplicates(ctx context.Context, copies int, amount int64, key string) {
	o := w.newOrder(amount)
	o.key = w.key(key)
	body := must(json.Marshal(w.body(o)))
	w.last, w.duplicates, w.waiting = o, make(chan verdict, copies), copies
	for range copies {
		go func() {
			var v verdict
			if err := try(func() { v = w.order(ctx, o.apiKey, o.key, body) }); err != nil {
				v.Message = err.Error()
			}
			w.duplicates <- v
		}()
	}
}

// next is the answer to one of the duplicates.
func (w *world) next(ctx context.Context) verdict {
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	select {
	case w.said = <-w.duplicates:
		w.waiting--
	case <-ctx.Done():
		fail("no copy was answered within %s: %w", w.timeout, ctx.Err())
	}
	return w.said
}

func (w *world) oneIsAccepted(ctx context.Context) {
	accepted := 0
	o := w.last
	ids := make(map[int64]bool)
	for w.waiting > 0 {
		v := w.next(ctx)
		switch {
		case v.status == http.StatusOK && v.Status == "success":
			accepted++
			w.keep(o, v)
		case v.status == http.StatusOK && v.Status == "duplicate", v.status == http.StatusConflict && v.Status == "error":
		default:
			fail("a copy was answered %s %s", v, v.Message)
		}
		ids[v.TransactionID] = true
	}
	failIf(accepted != 1 || len(ids) != 1, "%d copies were accepted, and the answers name %d transactions", accepted, len(ids))
}
