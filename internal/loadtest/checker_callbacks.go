package loadtest

import (
	"net/http"
	"slices"
	"strings"
)

// What a forger posts, from an address of M-PESA unless it says "from elsewhere". A
// correct gateway may put payments under review whose callbacks contradict the order, and
// believes forgedFailure until the success comes; the others change nothing.
const (
	forgedReceipt  = "the receipt of another payment"
	forgedAmount   = "another amount"
	forgedPhone    = "another phone"
	forgedCopy     = "a copy of another payment's callback"
	forgedBoth     = "two results in one callback"
	forgedFailure  = "a failure before the result"
	unknownCode    = "a code that M-PESA does not have"
	foreignAmount  = "another amount from elsewhere"
	foreignReceipt = "another receipt from elsewhere"
	foreignFailure = "a failure from elsewhere"
	lateFailure    = "a failure after the success"
	repetition     = "the same success again"
	unknownToken   = "a token that does not exist"
)

// recordCallback records a callback of M-PESA or of a forger.
func (c *checker) recordCallback(e Event) {
	if e.Actor == Forgery {
		c.Forged++
	}
	if e.Reference == "" {
		if e.HTTP/100 == 2 {
			c.violated(UnknownTokens, nil, "a callback with a token that does not exist was answered %d", e.HTTP)
		}
		return
	}
	if o := c.order(e); o != nil {
		o.callbacks = append(o.callbacks, e)
	}
}

// contradicts reports whether a callback contradicts its order, so that a correct
// gateway may put the payment under review.
func (e Event) contradicts() bool {
	if e.Actor == Forgery {
		return slices.Contains([]string{forgedReceipt, forgedAmount, forgedPhone, forgedCopy, forgedBoth}, e.Detail)
	}
	return slices.ContainsFunc(e.Faults, func(f string) bool {
		return slices.ContainsFunc([]string{"unknown CheckoutRequestID", "amount ", "phone ", "receipt "}, func(start string) bool {
			return strings.HasPrefix(f, start)
		})
	})
}

// believedFailure reports whether a callback of a forger is a failure that a correct
// gateway believes.
func (e Event) believedFailure() bool { return e.Actor == Forgery && e.Detail == forgedFailure }

// deceived reports whether a forger who knew the token posted a failure from an address
// of M-PESA, and the gateway never got the success.
func (o *order) deceived() bool {
	return slices.ContainsFunc(o.callbacks, Event.believedFailure) && o.success() == nil
}

// mayFail reports whether a correct gateway may report a failure although the customer
// paid: M-PESA sent one, or a forger one that is believed.
func (o *order) mayFail() bool {
	return slices.ContainsFunc(o.callbacks, func(e Event) bool {
		return e.believedFailure() || e.Actor == Mpesa && e.Result != "" && e.Result != "0"
	})
}

// checkFailures finds failures that were reported for a paid order without a proven
// callback.
func (c *checker) checkFailures(o *order) {
	if len(o.paid) == 0 || o.mayFail() {
		return
	}
	for _, w := range o.webhooks {
		if w.Status == "failed" {
			c.violated(Proof, o, "transaction %d is paid and was reported failed without a proven callback", w.Transaction)
			return
		}
	}
}

// timeouts counts the prompts that M-PESA ended with 4005, which asks for another.
func (o *order) timeouts() int {
	prompts := make(map[string]bool)
	for _, e := range o.callbacks {
		if e.Actor == Mpesa && e.Result == "4005" {
			prompts[e.Message] = true
		}
	}
	return len(prompts)
}

// success is an acknowledged callback of M-PESA with the true result.
func (o *order) success() *Event {
	i := slices.IndexFunc(o.callbacks, func(e Event) bool {
		return e.Actor == Mpesa && !e.contradicts() && e.HTTP/100 == 2 && e.Result == "0" && e.Receipt != ""
	})
	if i < 0 {
		return nil
	}
	return &o.callbacks[i]
}

// checkSettled finds payments that wait for a person although M-PESA has sent their
// result, or can be queried.
func (c *checker) checkSettled(o *order) {
	if slices.ContainsFunc(o.callbacks, Event.contradicts) {
		return
	}
	success := o.success()
	switch {
	case success != nil && (o.status.Status != "successful" || o.status.Receipt != success.Receipt):
		c.open(Applied, o, "a success with receipt %s was acknowledged, transaction %d is %s with receipt %q",
			success.Receipt, o.status.Transaction, o.status.Status, o.status.Receipt)
	case o.status.Status == "review" && o.status.Message != "" && len(o.paid) > 0:
		c.open(Settled, o, "transaction %d is paid and under review, although M-PESA can be queried about its prompt %s: %s",
			o.status.Transaction, o.status.Message, o.status.Detail)
	}
}

// checkLog compares the audit log with the callbacks that were acknowledged, by their
// bytes. Without an auditor it checks nothing.
func (c *checker) checkLog(events []Event) {
	logged, acknowledged := make(map[string]int), make(map[string]int)
	audited := false
	for _, e := range events {
		switch {
		case e.Kind == CallbackLogged:
			c.Logged++
			logged[e.Digest]++
		case e.Kind == ChainVerified:
			audited = true
			if e.Detail != "" {
				c.violated(Chain, nil, "%s", e.Detail)
			}
		case e.Kind == CallbackSent && e.HTTP/100 == 2:
			acknowledged[e.Digest]++
		case e.Kind == ReadByOther && e.HTTP != http.StatusNotFound:
			c.violated(Private, nil, "another partner who read transaction %d was answered %d", e.Transaction, e.HTTP)
		}
	}
	if !audited {
		return
	}
	for _, e := range events {
		if e.Kind == CallbackSent && logged[e.Digest] < acknowledged[e.Digest] {
			c.violated(Logged, nil, "of %q a callback was acknowledged %d times and is in the log %d times",
				e.Reference, acknowledged[e.Digest], logged[e.Digest])
			acknowledged[e.Digest] = 0 // once is enough
		}
	}
}

// recordRepeat compares the answer to a repeated order with the first one.
func (c *checker) recordRepeat(e Event) {
	o := c.order(e)
	if o == nil || o.answer == nil {
		return
	}
	first := o.answer
	switch {
	case e.Kind == OrderAltered:
		if e.HTTP != http.StatusUnprocessableEntity {
			c.violated(SameAnswer, o, "another order with its key was answered %d: %s", e.HTTP, e.Detail)
		}
	case e.Transaction != first.Transaction:
		c.violated(SameAnswer, o, "it was transaction %d, and sent again it is %d", first.Transaction, e.Transaction)
	case first.HTTP == http.StatusBadGateway && (e.HTTP != first.HTTP || e.Detail != first.Detail):
		c.violated(SameAnswer, o, "it was answered %d %s, and sent again %d %s", first.HTTP, first.Detail, e.HTTP, e.Detail)
	case first.HTTP != http.StatusBadGateway && (e.HTTP != http.StatusOK || e.Status != "duplicate"):
		c.violated(SameAnswer, o, "it was answered %d, and sent again %d %s %s", first.HTTP, e.HTTP, e.Status, e.Detail)
	}
}
