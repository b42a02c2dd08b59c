package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cucumber/godog"
)

// mostTries is how often a partner orders again that is told to come back.
const mostTries = 5

// limitSteps speak of a gateway that turns orders away for a while.
func (w *world) limitSteps() []step {
	return []step{
		{`^M-PESA is down$`, w.mpesaIsDown},
		{`^M-PESA is up again$`, w.mpesaIsUp},
		{`^the partner goes on asking other customers for KES (\d+) until it is told to come back later$`, w.asksUntilSentAway},
		{`^(\d+) orders had no answer from M-PESA$`, w.hadNoAnswer},
		{`^the partner is told to come back later, and nothing is on record$`, w.isSentAway},
		{`^the partner comes back when it was told to$`, w.comesBack},
		{`^M-PESA is left alone$`, w.mpesaIsLeftAlone},
		{`^the gateway lets a phone have (\d+) prompts in a minute$`, w.aPhoneMayHave},
		{`^the customer has been asked for KES (\d+) and has paid, (\d+) times$`, w.wasAskedAndPaid},
		{`^the partner is told that the phone has had its share$`, w.phoneHadItsShare},
	}
}

func (w *world) mpesaIsDown(ctx context.Context) error {
	w.loaded, w.hasty = true, true
	a, err := w.control.loadFile(ctx, fmt.Sprintf("name: %q\nrules:\n  - then: {reply: {page: waf_503}}\n", w.name))
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("the simulator answered %s", a)
	}
	return err
}

func (w *world) mpesaIsUp(ctx context.Context) error {
	w.loaded, w.hasty = false, false
	return w.control.unload(ctx)
}

// asksUntilSentAway makes orders for one customer after the other, until the gateway
// counts M-PESA as down.
func (w *world) asksUntilSentAway(ctx context.Context, amount int64) error {
	const most = 10
	w.unanswered = 0
	for range most {
		if err := w.asksFrom(ctx, amount, w.newPhone()); err != nil {
			return err
		}
		switch w.said.status {
		case http.StatusServiceUnavailable:
			return w.isSentAway()
		case http.StatusGatewayTimeout:
			w.unanswered++
		case http.StatusBadGateway: // on record, and refused
		default:
			return fmt.Errorf("the gateway answered %s", w.said)
		}
	}
	return fmt.Errorf("after %d orders the gateway still answers %s", most, w.said)
}

func (w *world) hadNoAnswer(orders int) error {
	if w.unanswered != orders {
		return fmt.Errorf("%d orders had no answer from M-PESA", w.unanswered)
	}
	return nil
}

func (w *world) isSentAway() error {
	if w.said.status != http.StatusServiceUnavailable || w.said.wait == 0 || w.said.TransactionID != 0 {
		return fmt.Errorf("the gateway answered %s, to come back in %s", w.said, w.said.wait)
	}
	return nil
}

// comesBack lets as much time pass as the gateway has asked for.
func (w *world) comesBack(ctx context.Context) error {
	if t, ok := w.stack.(Traveller); ok {
		return t.Travel(ctx, w.said.wait)
	}
	select {
	case <-time.After(w.said.wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mpesaIsLeftAlone sends more orders, and none may reach M-PESA.
func (w *world) mpesaIsLeftAlone(ctx context.Context) error {
	before, err := w.control.latest(ctx)
	if err != nil {
		return err
	}
	for range 20 {
		err = errors.Join(err, w.asks(ctx, 10), w.isSentAway())
	}
	if err != nil {
		return err
	}
	requests, err := w.control.requests(ctx, before)
	if err == nil && len(requests) > 0 {
		err = fmt.Errorf("M-PESA was called %d times", len(requests))
	}
	return err
}

func (w *world) aPhoneMayHave(most int) error {
	limited, ok := w.stack.(Limited)
	if !ok {
		w.leftOut = true
		return godog.ErrSkip
	}
	if got := limited.PromptsAMinute(); got != most {
		return fmt.Errorf("the stack's limit is %d", got)
	}
	return nil
}

func (w *world) wasAskedAndPaid(ctx context.Context, amount int64, times int) error {
	for range times {
		if err := w.anOrderWasPaid(ctx, amount); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) phoneHadItsShare() error {
	if w.said.status != http.StatusTooManyRequests || w.said.wait == 0 || w.said.TransactionID != 0 {
		return fmt.Errorf("the gateway answered %s, to come back in %s", w.said, w.said.wait)
	}
	return nil
}
