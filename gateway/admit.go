package gateway

import (
	"fmt"
	"sort"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// PhoneLimits bound how often one phone is prompted, by all partners together. A
// flood of prompts is abuse that hurts a person. 0 is no limit.
type PhoneLimits struct {
	Minute int
	Hour   int
}

// StandardPhoneLimits leave room for a customer who mistypes a PIN.
func StandardPhoneLimits() PhoneLimits { return PhoneLimits{Minute: 5, Hour: 30} }

// mayPrompt says what speaks against a new order of a partner for phone, as an *Error. It is
// asked in the transaction that puts the order on record, so the limit is exact, and
// last, since leave to push is given for one push.
func (g *Gateway) mayPrompt(tx Tx, partner string, phone daraja.MSISDN, now time.Time) error {
	for _, l := range []struct {
		most   int
		window time.Duration
		name   string
	}{{g.Phones.Minute, time.Minute, "minute"}, {g.Phones.Hour, time.Hour, "hour"}} {
		wait, err := overLimit(tx, phone, now, l.most, l.window)
		if err != nil {
			return err
		}
		if wait > 0 {
			return &Error{Code: CodeTooMany, RetryAfter: wait,
				Message: fmt.Sprintf("this phone may get %d prompts in one %s; try again later", l.most, l.name)}
		}
	}
	if wait := g.Daraja.Ready(partner); wait > 0 {
		return &Error{Code: CodeUnavailable, RetryAfter: wait,
			Message: "M-PESA takes no orders at the moment; nothing is on record, and the same request may be sent again"}
	}
	return nil
}

// clocksDiffer is how much the clocks of replicas may differ. Payments with later times are
// from a clock that was wrong and has been put right; they count against no limit.
const clocksDiffer = time.Minute

// overLimit says how long it takes, in whole seconds, until fewer than most payments
// of a phone are younger than window; 0 is at once.
func overLimit(tx Tx, phone daraja.MSISDN, now time.Time, most int, window time.Duration) (time.Duration, error) {
	if most == 0 {
		return 0, nil
	}
	var err error
	since := func(wait time.Duration) int {
		n, countErr := tx.PaymentsBetween(phone, now.Add(wait-window).Add(time.Microsecond), now.Add(clocksDiffer)) // times are kept to the microsecond
		if countErr != nil {
			err = fmt.Errorf("counting the prompts of a phone: %w", countErr)
		}
		return n
	}
	if since(0) < most || err != nil {
		return 0, err
	}
	seconds := sort.Search(int((window+clocksDiffer)/time.Second), func(i int) bool { return since(time.Duration(i)*time.Second) < most })
	return time.Duration(seconds) * time.Second, err
}

// longestPutOff is how long a push that Daraja itself asked for may wait for Daraja.
// After that it is made whatever Ready says, and what comes of it is the end: nobody
// wants a prompt for a purchase of an hour ago.
const longestPutOff = 5 * time.Minute

// tooOld reports whether the latest push of p is too old for another one. The payment
// then fails with the result that called for it, as where that came late or the gateway
// was stopped: the customer does not wait any more.
func (g *Gateway) tooOld(tx Tx, p *Payment) (bool, error) {
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return false, fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	return g.now().Sub(latestOf(pushes, p).CreatedAt) > g.Waits.Repush, nil
}

// waitFor says how long the next push of p must wait.
func (g *Gateway) waitFor(p *Payment) time.Duration {
	if g.now().Sub(p.UpdatedAt) > longestPutOff {
		return 0
	}
	return g.Daraja.Ready(p.Partner)
}
