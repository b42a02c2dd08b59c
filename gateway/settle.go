package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// result is what M-PESA said of a prompt.
type result struct {
	code daraja.ResultCode
	desc string
	at   time.Time // zero when M-PESA did not say
}

// settle writes the result that ends p. What the order was answered stays: a later
// push that is refused does not change it.
func (p *Payment) settle(f fact, now time.Time) {
	p.note(f)
	if f.code != "" {
		p.Support = PolicyFor(f.code).Support
	}
	if f.receipt != "" {
		p.Receipt = f.receipt
	}
	if f.refusal != "" && p.ResultCode == "" {
		p.ResultDesc = f.refusal
	}
	p.TransactedAt = now
	p.dated(f, now)
}

// dated takes the time that M-PESA gives a transaction, to the second, unless it cannot
// be right: before M-PESA began, in 2007, or a day from now.
func (p *Payment) dated(f fact, now time.Time) {
	if f.at.Year() >= 2007 && f.at.Before(now.Add(24*time.Hour)) {
		p.TransactedAt = f.at.UTC()
	}
}

// note keeps the latest result.
func (p *Payment) note(f fact) {
	if f.code != "" {
		p.ResultCode, p.ResultDesc = f.code, f.desc
	}
}

// noteUnlessFailed keeps the latest result, but a payment that had failed before the event
// keeps its own: what asks about it, and queries without a result, say nothing else.
func (p *Payment) noteUnlessFailed(f fact, from State) {
	if from != p.State || !from.failed() {
		p.note(f)
	}
}

// otherClaim says which receipt a callback with proof has claimed for p, when p is settled
// with another one or with none: the customer may have paid twice.
func (p *Payment) otherClaim(f fact) string {
	if p.Claimed == "" || p.State != Paid || sameReceipt(p.Claimed, f.receipt) {
		return ""
	}
	return claimsOther + p.Claimed
}

// claimsOther begins the reason for a review that names another receipt than the one on record.
const claimsOther = "a second receipt: a callback that was to be confirmed claims receipt "

// reasonSeparator stands between the reasons for one review.
const reasonSeparator = "; "

// What repeated contradictions may write is bounded, those without proof to the half, so
// that they leave room for one with proof.
const (
	maxReason    = 2000
	withoutProof = ", without proof"
)

// moreReasons counts, in a full reason, what came with proof and has no room there, up to
// mostMore: a person who has read the reason before does not close it unread.
const (
	moreReasons = "and %d more, see the callbacks"
	mostMore    = 99
)

// flag writes down why a person must look. The facts that stood before stay.
func (p *Payment) flag(what string, f fact) {
	if f.reason != "" {
		what = f.reason
	}
	p.addReason(what)
}

// addReason writes what a person must look at beside what stands there; "" adds
// nothing.
func (p *Payment) addReason(what string) {
	what = asReason(what)
	proven, most := !strings.Contains(what, withoutProof), maxReason-2*len(moreReasons)
	if !proven {
		most /= 2
	}
	reasons := p.reasons()
	fits := len(p.ReviewReason)+len(what) <= most
	switch {
	case what == "" || slices.Contains(reasons, what) || !fits && !proven:
		return
	case fits:
		reasons = append(reasons, what)
	default:
		reasons = oneMore(reasons)
	}
	p.ReviewReason = strings.Join(reasons, reasonSeparator)
}

// oneMore counts one more reason that has no room among the others.
func oneMore(reasons []string) []string {
	for i, reason := range reasons {
		n := 0
		if _, err := fmt.Sscanf(reason, moreReasons, &n); err == nil {
			reasons[i] = fmt.Sprintf(moreReasons, min(n+1, mostMore))
			return reasons
		}
	}
	return append(reasons, fmt.Sprintf(moreReasons, 1))
}

// reasons are the single reasons for the review of p, none when it has none.
func (p *Payment) reasons() []string {
	if p.ReviewReason == "" {
		return nil
	}
	return strings.Split(p.ReviewReason, reasonSeparator)
}

// asReason is what in the form of a single reason: M-PESA's words may have the separator.
func asReason(what string) string { return strings.ReplaceAll(what, reasonSeparator, ", ") }

// Reasons for a review that say only that a result is missing begin with one of these.
const (
	noCallback  = "no callback"
	unconfirmed = "an unconfirmed callback says"
	askedAgain  = "M-PESA was asked"
)

// queryDenies is in the reason for a review that a query gives by denying what a callback
// claims. Another such answer says nothing new.
const queryDenies = ", M-PESA's query says "

// answered is what is left of the reason for a review once e has settled the payment: a
// result answers that there was none, and a person's decision answers everything.
func answered(reason string, e Event) string {
	if e == ResolvedPaid || e == ResolvedFailed {
		return ""
	}
	var left []string
	for _, one := range strings.Split(reason, reasonSeparator) {
		missing := func(begin string) bool { return strings.HasPrefix(one, begin) }
		denied := e == QueryFailure && strings.Contains(one, queryDenies)
		if denied || !slices.ContainsFunc([]string{noCallback, unconfirmed, askedAgain, unreadable, notFinal}, missing) {
			left = append(left, one)
		}
	}
	return strings.Join(left, reasonSeparator)
}
