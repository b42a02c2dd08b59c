package harness

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// crowdSteps speak of many payments together.
func (w *world) crowdSteps() []step {
	return []step{
		{`^(\d+) customers are asked for KES (\d+) each$`, w.manyAreAsked},
		{`^every payment comes to its end$`, w.everyPaymentEnds},
		{`^at least (\d+) of the payments are successful$`, w.atLeastSuccessful},
		{`^what M-PESA moved was told to the partner or waits for a person, to the shilling$`, w.theBooksAgree},
	}
}

func (w *world) manyAreAsked(ctx context.Context, customers int, amount int64) error {
	for range customers {
		w.aCustomer()
		if err := w.whileTimePasses(ctx, func() error { return w.asks(ctx, amount) }); err != nil {
			return err
		}
	}
	if len(w.orders) != customers {
		return fmt.Errorf("%d of %d orders are on record", len(w.orders), customers)
	}
	return nil
}

// whileTimePasses does something that may have to wait for the stack's time, as for
// an answer that M-PESA is slow to give. The time moves only then: what is merely slow on
// a busy machine takes none. What waits for the time in another way shows by coming to
// nothing for a while.
func (w *world) whileTimePasses(ctx context.Context, do func() error) error {
	t, ok := w.stack.(Traveller)
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
			if !t.Held() && still < most {
				continue
			}
			still = 0
			if _, err := t.Step(ctx); err != nil {
				return errors.Join(err, <-done)
			}
		}
	}
}

// everyPaymentEnds waits until none is pending. One that needs a person has come to
// an end too, which theBooksAgree looks into.
func (w *world) everyPaymentEnds(ctx context.Context) error {
	return w.eventually(ctx, func(ctx context.Context) error {
		var pending []error
		for _, o := range w.orders {
			t, err := w.partner.transaction(ctx, o.apiKey, o.id)
			if err != nil {
				return err
			}
			if t.Status == "pending" {
				pending = append(pending, fmt.Errorf("transaction %d is pending", o.id))
			}
		}
		return errors.Join(pending...)
	})
}

func (w *world) atLeastSuccessful(ctx context.Context, want int) error {
	n := 0
	for _, o := range w.orders {
		t, err := w.partner.transaction(ctx, o.apiKey, o.id)
		if err != nil {
			return err
		}
		if t.Status == "successful" {
			n++
		}
	}
	if n < want {
		return fmt.Errorf("%d of %d payments are successful", n, len(w.orders))
	}
	return nil
}

// theBooksAgree compares the sums: each shilling that M-PESA moved was told to the
// partner, unless its payment is set aside for a person, and no other was told.
func (w *world) theBooksAgree(ctx context.Context) error {
	if err := w.inspect(ctx); err != nil { // waits for the webhooks, too
		return err
	}
	r, err := w.record(ctx, w.partner, w.orders, w.paths()...)
	if err != nil {
		return err
	}
	ours, aside := make(map[string]bool), make(map[string]bool)
	for _, p := range r.Payments {
		ours[p.Phone], aside[p.Phone] = true, p.Status == "review"
	}
	var moved, told int64
	for _, m := range r.Ledger {
		if ours[m.Phone] && !aside[m.Phone] {
			moved += m.Cents
		}
	}
	heard := make(map[int64]bool)
	for _, hook := range r.Webhooks {
		c, err := hook.Content()
		if err != nil {
			return err
		}
		if hook.Delivered() && c.Status == "successful" && !heard[c.TransactionID] {
			heard[c.TransactionID] = true
			told += c.Amount * 100
		}
	}
	if moved != told {
		return fmt.Errorf("M-PESA moved KES %d.%02d, the partner was told of KES %d.%02d", moved/100, moved%100, told/100, told%100)
	}
	return nil
}
