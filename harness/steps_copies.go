package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// copiesSteps speak of copies of one order that arrive at the same time.
func (w *world) copiesSteps() []step {
	return []step{
		{`^(\d+) copies of an order for KES (\d+) with the key "([^"]*)" arrive at once$`, w.copiesArrive},
		{`^one of them is accepted, and the others are duplicates or told to try again$`, w.oneOfThemIsAccepted},
		{`^one of them is told to try again, because "([^"]*)"$`, w.oneOfThemMustTryAgain},
		{`^the other one is accepted$`, w.theOtherIsAccepted},
	}
}

// copiesArrive sends them and does not wait for the answers.
func (w *world) copiesArrive(ctx context.Context, copies int, amount int64, key string) error {
	o := w.newOrder(amount)
	o.key = w.key(key)
	body, err := json.Marshal(w.body(o))
	if err != nil {
		return err
	}
	w.last, w.copies, w.waiting = o, make(chan verdict, copies), copies
	for range copies {
		go func() {
			v, err := w.order(ctx, o.apiKey, o.key, body)
			if err != nil {
				v.Message = err.Error()
			}
			w.copies <- v
		}()
	}
	return nil
}

// next is the answer to one of the copies.
func (w *world) next(ctx context.Context) (verdict, error) {
	timer := time.NewTimer(w.patience)
	defer timer.Stop()
	select {
	case w.said = <-w.copies:
		w.waiting--
		return w.said, nil
	case <-timer.C:
		return verdict{}, fmt.Errorf("no copy was answered within %s", w.patience)
	case <-ctx.Done():
		return verdict{}, ctx.Err()
	}
}

func (w *world) oneOfThemIsAccepted(ctx context.Context) error {
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
	if accepted != 1 || len(ids) != 1 {
		return fmt.Errorf("%d copies were accepted, and the answers name %d transactions", accepted, len(ids))
	}
	return nil
}

func (w *world) oneOfThemMustTryAgain(ctx context.Context, reason string) error {
	if _, err := w.next(ctx); err != nil {
		return err
	}
	return w.answered(http.StatusConflict, "error", reason)
}

func (w *world) theOtherIsAccepted(ctx context.Context) error {
	v, err := w.next(ctx)
	if err != nil {
		return err
	}
	w.keep(w.last, v)
	return w.isAccepted()
}
