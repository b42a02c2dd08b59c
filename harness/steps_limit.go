package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// mostTries is how often a partner sends an order again after a Retry-After.
const mostTries = 5

// limitSteps speak of a gateway that refuses orders for a while.
func (w *world) limitSteps() []step {
	return []step{
		{`^M-PESA is down$`, func(ctx context.Context) error {
			w.hasty = true
			return w.load(ctx, fmt.Sprintf("name: %q\nrules:\n  - then: {reply: {page: waf_503}}\n", w.name))
		}},
		{`^M-PESA is up again$`, func(ctx context.Context) error {
			w.loaded, w.hasty = false, false
			return w.control.UnloadScenario(ctx)
		}},
		{`^the partner goes on asking other customers for KES (\d+) until it is told to come back later$`, w.asksUntilPaused},
		{`^(\d+) orders had no answer from M-PESA$`, func(orders int) error {
			return failIf(w.unanswered != orders, "%d orders had no answer from M-PESA", w.unanswered)
		}},
		{`^the partner is told to come back later, and nothing is on record$`, w.isPaused},
		{`^the partner comes back when it was told to$`, w.waitRetryAfter},
		{`^M-PESA is left alone$`, w.mpesaIsNotCalled},
		{`^the gateway lets a phone have (\d+) prompts in a minute$`, func(most int) error {
			stack, err := can[Limited](w)
			return cmp.Or(err, failIf(stack.PromptsAMinute() != most, "the stack's limit is %d", stack.PromptsAMinute()))
		}},
		{`^the customer has been asked for KES (\d+) and has paid, (\d+) times$`, func(ctx context.Context, amount int64, times int) error {
			for range times {
				if err := w.orderIsPaid(ctx, amount); err != nil {
					return err
				}
			}
			return nil
		}},
		{`^the partner is told that the phone has had its share$`, func() error { return w.isLimited(http.StatusTooManyRequests) }},
	}
}

// asksUntilPaused makes orders for one customer after the other, until the gateway
// counts M-PESA as down.
func (w *world) asksUntilPaused(ctx context.Context, amount int64) error {
	const most = 10
	w.unanswered = 0
	for range most {
		if err := w.asksFrom(ctx, amount, w.newPhone()); err != nil {
			return err
		}
		switch w.said.status {
		case http.StatusServiceUnavailable:
			return w.isPaused()
		case http.StatusGatewayTimeout:
			w.unanswered++
		case http.StatusBadGateway: // on record, and refused
		default:
			return fmt.Errorf("the gateway answered %s", w.said)
		}
	}
	return fmt.Errorf("after %d orders the gateway still answers %s", most, w.said)
}

func (w *world) isPaused() error { return w.isLimited(http.StatusServiceUnavailable) }

// isLimited compares a refusal that says when to come back, and makes no payment.
func (w *world) isLimited(status int) error {
	return failIf(w.said.status != status || w.said.retryAfter == 0 || w.said.TransactionID != 0,
		"the gateway answered %s, to come back in %s", w.said, w.said.retryAfter)
}

// waitRetryAfter lets as much time pass as the gateway has asked for.
func (w *world) waitRetryAfter(ctx context.Context) error {
	if t, ok := w.stack.(Stepper); ok {
		return t.Advance(ctx, w.said.retryAfter)
	}
	select {
	case <-time.After(w.said.retryAfter):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mpesaIsNotCalled sends more orders, and none may reach M-PESA.
func (w *world) mpesaIsNotCalled(ctx context.Context) error {
	before, err := w.latest(ctx)
	if err != nil {
		return err
	}
	for range 20 {
		err = errors.Join(err, w.asks(ctx, 10), w.isPaused())
	}
	if err != nil {
		return err
	}
	requests, err := w.requests(ctx, before)
	return cmp.Or(err, failIf(len(requests) > 0, "M-PESA was called %d times", len(requests)))
}

// timeSteps let time pass. They need a stack whose time can be moved; others leave
// the scenario out.
func (w *world) timeSteps() []step {
	return []step{
		{`^time can be moved$`, func() error { _, err := can[Stepper](w); return err }},
		{`^(\d+) (second|minute|hour|day)s? pass(?:es)?$`, w.timePasses},
		{`^the gateway has since asked M-PESA for a new token$`, w.hasRenewedItsToken},
	}
}

func (w *world) timePasses(ctx context.Context, n int, unit string) error {
	stack, err := can[Stepper](w)
	if err != nil {
		return err
	}
	if w.passed, err = w.latest(ctx); err != nil {
		return err
	}
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	return stack.Advance(ctx, time.Duration(n)*units[unit])
}

// hasRenewedItsToken looks for a token since time began to pass. There may be several:
// in hours the payments of other scenarios need one as well.
func (w *world) hasRenewedItsToken(ctx context.Context) error {
	requests, err := w.requests(ctx, w.passed)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(requests, func(r request) bool { return r.API == "oauth" && r.Status == http.StatusOK }) {
		return errors.New("the gateway has not asked for a token")
	}
	return nil
}
