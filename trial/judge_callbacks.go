package trial

import (
	"net/http"
	"slices"
	"strings"
)

// What a forger posts, from an address of M-PESA unless it says "from elsewhere". A
// correct gateway may put aside the payments that contradictions are posted for, and
// believes forgedFailure until the success comes; the others change nothing.
const (
	forgedReceipt = "the receipt of another payment"
	forgedAmount  = "another amount"
	forgedPhone   = "another phone"
	forgedCopy    = "a copy of another payment's callback"
	forgedBoth    = "two results in one callback"
	forgedFailure = "a failure before the result"
	unknownCode   = "a code that M-PESA does not have"
	farAmount     = "another amount from elsewhere"
	farReceipt    = "another receipt from elsewhere"
	farFailure    = "a failure from elsewhere"
	lateFailure   = "a failure after the success"
	repetition    = "the same success again"
	stranger      = "a token that does not exist"
)

// contradictions are what a payment may wait for a person for.
func contradictions() []string {
	return []string{forgedReceipt, forgedAmount, forgedPhone, forgedCopy, forgedBoth}
}

// hearCallback notes a callback that was sent, by M-PESA or by a forger.
func (c *court) hearCallback(e Event) {
	if e.Who == Forgery {
		c.Forged++
	}
	if e.Reference == "" {
		if e.HTTP/100 == 2 {
			c.violated(Strangers, nil, "a callback with a token that does not exist was answered %d", e.HTTP)
		}
		return
	}
	if o := c.order(e); o != nil {
		o.called = append(o.called, e)
	}
}

// plain reports whether e is a callback of M-PESA that nothing was done to.
func (e Event) plain() bool { return e.Who == Mpesa && !e.misleads() }

// misleads reports whether a callback says something else than what happened, so that
// its payment may wait for a person.
func (e Event) misleads() bool {
	if e.Who == Forgery {
		return slices.Contains(contradictions(), e.Detail)
	}
	return slices.ContainsFunc(e.Faults, func(f string) bool {
		for _, start := range []string{"unknown CheckoutRequestID", "amount ", "phone ", "receipt "} {
			if strings.HasPrefix(f, start) {
				return true
			}
		}
		return false
	})
}

// misled reports whether something contradicts the payment's true result.
func (o *order) misled() bool { return slices.ContainsFunc(o.called, Event.misleads) }

// deceived reports whether a forger who knew the token posted a failure from an address
// of M-PESA, and the gateway never got the success.
func (o *order) deceived() bool {
	return slices.ContainsFunc(o.called, Event.believedFailure) && o.success() == nil
}

// believedFailure reports whether a callback of a forger is a failure that a correct
// gateway believes.
func (e Event) believedFailure() bool { return e.Who == Forgery && e.Detail == forgedFailure }

// mayFail reports whether a correct gateway may tell of a failure, although the customer
// paid: M-PESA sent one, or a forger one that is believed.
func (o *order) mayFail() bool {
	return slices.ContainsFunc(o.called, func(e Event) bool {
		return e.believedFailure() || e.Who == Mpesa && e.Result != "" && e.Result != "0"
	})
}

// checkFailures finds failures that were told for a paid order, and that no proven
// callback says.
func (c *court) checkFailures(o *order) {
	if len(o.received) == 0 || o.mayFail() {
		return
	}
	for _, t := range o.told {
		if t.Status == "failed" {
			c.violated(Proof, o, "transaction %d is paid and was told to be failed, and no proven callback says so", t.Transaction)
			return
		}
	}
}

// timeouts counts the prompts that M-PESA ended with 4005, which asks for another.
func (o *order) timeouts() int {
	prompts := make(map[string]bool)
	for _, e := range o.called {
		if e.Who == Mpesa && e.Result == "4005" {
			prompts[e.Message] = true
		}
	}
	return len(prompts)
}

// success is a callback that says what M-PESA's ledger says, and was acknowledged.
func (o *order) success() *Event {
	i := slices.IndexFunc(o.called, func(e Event) bool {
		return e.plain() && e.HTTP/100 == 2 && e.Result == "0" && e.Receipt != ""
	})
	if i < 0 {
		return nil
	}
	return &o.called[i]
}

// checkSettled finds payments that wait for a person although M-PESA has told what
// became of them, or can be asked.
func (c *court) checkSettled(o *order) {
	if o.misled() {
		return
	}
	told := o.success()
	switch {
	case told != nil && (o.stands.Status != "successful" || o.stands.Receipt != told.Receipt):
		c.unsettled(Applied, o, "a success with receipt %s was acknowledged, transaction %d is %s with receipt %q",
			told.Receipt, o.stands.Transaction, o.stands.Status, o.stands.Receipt)
	case o.stands.Status == "review" && o.stands.Message != "" && len(o.received) > 0:
		c.unsettled(Settled, o, "transaction %d is paid and under review, although M-PESA can be asked about its prompt %s: %s",
			o.stands.Transaction, o.stands.Message, o.stands.Detail)
	}
}

// checkLog compares the audit log with the callbacks that were acknowledged, by their
// bytes. Without an auditor it checks nothing.
func (c *court) checkLog(events []Event) {
	kept, acknowledged := make(map[string]int), make(map[string]int)
	audited := false
	for _, e := range events {
		switch {
		case e.What == Logged:
			c.Kept++
			kept[e.Digest]++
		case e.What == Checked:
			audited = true
			if e.Detail != "" {
				c.violated(Chain, nil, "%s", e.Detail)
			}
		case e.What == Called && e.HTTP/100 == 2:
			acknowledged[e.Digest]++
		case e.What == Peeked && e.HTTP != http.StatusNotFound:
			c.violated(Private, nil, "another partner who asked for transaction %d was answered %d", e.Transaction, e.HTTP)
		}
	}
	if !audited {
		return
	}
	for _, e := range events {
		if e.What == Called && kept[e.Digest] < acknowledged[e.Digest] {
			c.violated(Kept, nil, "of %q a callback was acknowledged %d times and is in the log %d times", e.Reference, acknowledged[e.Digest], kept[e.Digest])
			acknowledged[e.Digest] = 0 // once is enough
		}
	}
}

// hearAgain compares what a finished order is answered with what it was answered first.
func (c *court) hearAgain(e Event) {
	o := c.order(e)
	if o == nil || o.final == nil {
		return
	}
	switch {
	case e.What == Altered:
		if e.HTTP != http.StatusUnprocessableEntity {
			c.violated(SameAnswer, o, "another order with its key was answered %d: %s", e.HTTP, e.Detail)
		}
	case e.Transaction != o.final.Transaction:
		c.violated(SameAnswer, o, "it was transaction %d, and sent again it is %d", o.final.Transaction, e.Transaction)
	case o.final.HTTP == http.StatusBadGateway && (e.HTTP != o.final.HTTP || e.Detail != o.final.Detail):
		c.violated(SameAnswer, o, "it was answered %d %s, and sent again %d %s", o.final.HTTP, o.final.Detail, e.HTTP, e.Detail)
	case o.final.HTTP != http.StatusBadGateway && (e.HTTP != http.StatusOK || e.Status != "duplicate"):
		c.violated(SameAnswer, o, "it was answered %d, and sent again %d %s %s", o.final.HTTP, e.HTTP, e.Status, e.Detail)
	}
}
