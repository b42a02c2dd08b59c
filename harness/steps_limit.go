package harness

import (
	"context"
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
		{`^M-PESA is down$`, func(ctx context.Context) {
			w.hasty = true
			w.load(ctx, fmt.Sprintf("name: %q\nrules:\n  - then: {reply: {page: waf_503}}\n", w.name))
		}},
		{`^M-PESA is up again$`, func(ctx context.Context) {
			w.loaded, w.hasty = false, false
			check(w.control.UnloadScenario(ctx))
		}},
		{`^the partner goes on asking other customers for KES (\d+) until it is told to come back later$`, w.asksUntilPaused},
		{`^(\d+) orders had no answer from M-PESA$`, func(orders int) {
			failIf(w.unanswered != orders, "%d orders had no answer from M-PESA", w.unanswered)
		}},
		{`^the partner is told to come back later, and nothing is on record$`, w.isPaused},
		{`^the partner comes back when it was told to$`, w.waitRetryAfter},
		{`^M-PESA is left alone$`, w.mpesaIsNotCalled},
		{`^the gateway lets a phone have (\d+) prompts in a minute$`, func(most int) {
			limit := can[Limited](w).PromptsAMinute()
			failIf(limit != most, "the stack's limit is %d", limit)
		}},
		{`^the customer has been asked for KES (\d+) and has paid, (\d+) times$`, func(ctx context.Context, amount int64, times int) {
			for range times {
				w.orderIsPaid(ctx, amount)
			}
		}},
		{`^the partner is told that the phone has had its share$`, func() { w.isLimited(http.StatusTooManyRequests) }},
	}
}

// asksUntilPaused makes orders for one customer after the other, until the gateway
// counts M-PESA as down.
func (w *world) asksUntilPaused(ctx context.Context, amount int64) {
	const most = 10
	w.unanswered = 0
	for range most {
		w.asksFrom(ctx, amount, w.newPhone())
		switch w.said.status {
		case http.StatusServiceUnavailable:
			w.isPaused()
			return
		case http.StatusGatewayTimeout:
			w.unanswered++
		case http.StatusBadGateway: // on record, and refused
		default:
			fail("the gateway answered %s", w.said)
		}
	}
	fail("after %d orders the gateway still answers %s", most, w.said)
}

func (w *world) isPaused() { w.isLimited(http.StatusServiceUnavailable) }

// isLimited compares a refusal that says when to come back, and makes no payment.
func (w *world) isLimited(status int) {
	failIf(w.said.status != status || w.said.retryAfter == 0 || w.said.TransactionID != 0,
		"the gateway answered %s, to come back in %s", w.said, w.said.retryAfter)
}

// waitRetryAfter lets as much time pass as the gateway has asked for.
func (w *world) waitRetryAfter(ctx context.Context) {
	if t, ok := w.stack.(Stepper); ok {
		check(t.Advance(ctx, w.said.retryAfter))
		return
	}
	check(sleep(ctx, w.said.retryAfter))
}

// mpesaIsNotCalled sends more orders, and none may reach M-PESA.
func (w *world) mpesaIsNotCalled(ctx context.Context) {
	before := w.latest(ctx)
	for range 20 {
		w.asks(ctx, 10)
		w.isPaused()
	}
	n := len(w.requests(ctx, before))
	failIf(n > 0, "M-PESA was called %d times", n)
}

// timeSteps let time pass. They need a stack whose time can be moved; others leave
// the scenario out.
func (w *world) timeSteps() []step {
	return []step{
		{`^time can be moved$`, func() { can[Stepper](w) }},
		{`^(\d+) (second|minute|hour|day)s? pass(?:es)?$`, w.timePasses},
		{`^the gateway has since asked M-PESA for a new token$`, w.hasRenewedItsToken},
	}
}

func (w *world) timePasses(ctx context.Context, n int, unit string) {
	stack := can[Stepper](w)
	w.passed = w.latest(ctx)
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	check(stack.Advance(ctx, time.Duration(n)*units[unit]))
}

// hasRenewedItsToken looks for a token since time began to pass. There may be several:
// in hours the payments of other scenarios need one as well.
func (w *world) hasRenewedItsToken(ctx context.Context) {
	renewed := func(r request) bool { return r.API == "oauth" && r.Status == http.StatusOK }
	failIf(!slices.ContainsFunc(w.requests(ctx, w.passed), renewed), "the gateway has not asked for a token")
}
