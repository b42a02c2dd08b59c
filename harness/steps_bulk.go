package harness

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

func (w *world) manyAreAsked(ctx context.Context, customers int, amount int64) error {
	for range customers {
		w.newCustomer()
		if err := w.whileTimePasses(ctx, func() error { return w.asks(ctx, amount) }); err != nil {
			return err
		}
	}
	return failIf(len(w.orders) != customers, "%d of %d orders are on record", len(w.orders), customers)
}

// whileTimePasses does something that may have to wait for the stack's time, as for
// an answer that M-PESA is slow to give. The time moves only when M-PESA holds an answer
// back, or when do does not end for a while: a busy machine takes none of it.
func (w *world) whileTimePasses(ctx context.Context, do func() error) error {
	t, ok := w.stack.(Stepper)
	if !ok {
		return do()
	}
	done := make(chan error, 1)
	go func() { done <- do() }()
	const pause, most = 2 * firstPause, 2 * time.Second
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for still := pause; ; still += pause {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if !t.AnswerHeld() && still < most {
				continue
			}
			still = 0
			if _, err := t.Step(ctx); err != nil {
				return errors.Join(err, <-done)
			}
		}
	}
}

// everyPaymentEnds waits until none is pending. One that needs a person has ended, too:
// ledgersAgree checks it.
func (w *world) everyPaymentEnds(ctx context.Context) error {
	return w.eventually(ctx, func(ctx context.Context) error {
		pending, err := w.countStatus(ctx, "pending")
		return cmp.Or(err, failIf(pending > 0, "%d of %d payments are pending", pending, len(w.orders)))
	})
}

func (w *world) atLeastSuccessful(ctx context.Context, want int) error {
	n, err := w.countStatus(ctx, "successful")
	return cmp.Or(err, failIf(n < want, "%d of %d payments are successful", n, len(w.orders)))
}

func (w *world) countStatus(ctx context.Context, status string) (n int, err error) {
	for _, o := range w.orders {
		t, err := w.partner.transaction(ctx, o.apiKey, o.id)
		if err != nil {
			return 0, err
		}
		if t.Status == status {
			n++
		}
	}
	return n, nil
}

// ledgersAgree compares the sums: each shilling that M-PESA moved is in a webhook, unless
// its payment waits for a person, and no other is.
func (w *world) ledgersAgree(ctx context.Context) error {
	if err := w.inspect(ctx); err != nil { // waits for the webhooks, too
		return err
	}
	r, err := w.evidence(ctx, w.partner, w.orders, w.paths()...)
	if err != nil {
		return err
	}
	ours, aside := make(map[string]bool), make(map[string]bool)
	for _, p := range r.Payments {
		ours[p.Phone], aside[p.Phone] = true, p.Status == "review"
	}
	var moved, credited int64
	for _, m := range r.Ledger {
		if ours[m.Phone] && !aside[m.Phone] {
			moved += m.Cents
		}
	}
	seen := make(map[int64]bool)
	for _, hook := range r.Webhooks {
		if c := hook.Content(); hook.Delivered() && c.Status == "successful" && !seen[c.TransactionID] {
			seen[c.TransactionID] = true
			credited += c.Amount * 100
		}
	}
	return failIf(moved != credited, "M-PESA moved %s, the webhooks have %s", daraja.Money(moved).Grouped(), daraja.Money(credited).Grouped())
}

// duplicateSteps speak of copies of one order that arrive at the same time.
func (w *world) duplicateSteps() []step {
	return []step{
		{`^(\d+) copies of an order for KES (\d+) with the key "([^"]*)" arrive at once$`, w.sendDuplicates},
		{`^one of them is accepted, and the others are duplicates or told to try again$`, w.oneIsAccepted},
		{`^one of them is told to try again, because "([^"]*)"$`, func(ctx context.Context, reason string) error {
			if _, err := w.next(ctx); err != nil {
				return err
			}
			return w.answered(http.StatusConflict, "error", reason)
		}},
		{`^the other one is accepted$`, func(ctx context.Context) error {
			v, err := w.next(ctx)
			if err != nil {
				return err
			}
			w.keep(w.last, v)
			return w.isAccepted()
		}},
	}
}

// sendDuplicates sends them and does not wait for the answers.
func (w *world) sendDuplicates(ctx context.Context, copies int, amount int64, key string) error {
	o := w.newOrder(amount)
	o.key = w.key(key)
	body, err := json.Marshal(w.body(o))
	if err != nil {
		return err
	}
	w.last, w.duplicates, w.waiting = o, make(chan verdict, copies), copies
	for range copies {
		go func() {
			v, err := w.order(ctx, o.apiKey, o.key, body)
			if err != nil {
				v.Message = err.Error()
			}
			w.duplicates <- v
		}()
	}
	return nil
}

// next is the answer to one of the duplicates.
func (w *world) next(ctx context.Context) (verdict, error) {
	timer := time.NewTimer(w.timeout)
	defer timer.Stop()
	select {
	case w.said = <-w.duplicates:
		w.waiting--
		return w.said, nil
	case <-timer.C:
		return verdict{}, fmt.Errorf("no copy was answered within %s", w.timeout)
	case <-ctx.Done():
		return verdict{}, ctx.Err()
	}
}

func (w *world) oneIsAccepted(ctx context.Context) error {
	accepted := 0
	o := w.last
	ids := make(map[int64]bool)
	for w.waiting > 0 {
		v, err := w.next(ctx)
		if err != nil {
			return err
		}
		switch {
		case v.status == http.StatusOK && v.Status == "success":
			accepted++
			w.keep(o, v)
		case v.status == http.StatusOK && v.Status == "duplicate", v.status == http.StatusConflict && v.Status == "error":
		default:
			return fmt.Errorf("a copy was answered %s %s", v, v.Message)
		}
		ids[v.TransactionID] = true
	}
	return failIf(accepted != 1 || len(ids) != 1, "%d copies were accepted, and the answers name %d transactions", accepted, len(ids))
}
