package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// noResultYet is what the inquiry of a push is about whose prompt may be open, or have been
// paid, while the state of its payment has M-PESA asked no more: another push has paid it, or a
// person decides. That there is a prompt needs no other proof than M-PESA's answer to the push.
const noResultYet = "its prompt has no result yet"

// opened reports whether an inquiry is about a prompt of which nothing is known.
func (q Inquiry) opened() bool { return q.What == noResultYet }

// leavesOpen reports whether a payment that goes from one state to another has its latest push
// asked about no more by its state, although nothing is known of the prompt.
func leavesOpen(from, to State) bool {
	awaits := from == Sending || from == Resending || from.asks()
	return awaits && (to == Paid || to == Review || to.failed())
}

// askOnAboutLatest has M-PESA asked on, by an inquiry, about the latest push of p, which has no
// result. due is when the state that p has left would have asked next, zero when it would not;
// checks is how often it has. The caller saves p.
func (g *Gateway) askOnAboutLatest(tx Tx, p *Payment, from State, due time.Time, checks int) error {
	if from == Unresolved { // the usual queries have ended
		checks = len(g.Waits.Query)
	}
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	push := latestOf(pushes, p)
	if push.Inquiry.Proven { // askAboutOthers, or the person's decision, has M-PESA asked what a callback says of it
		return nil
	}
	if !push.mayBeAsked() && (push.State == PushRefused || p.State == Review) { // a person looks at it anyway
		return nil
	}
	push.Inquiry.open(due, checks)
	if push.Inquiry.DueAt.IsZero() {
		push.Inquiry.DueAt = g.soon()
	}
	if err := saveInquiry(tx, p, push); err != nil {
		return err
	}
	if p.State == Review {
		p.addReason(push.Inquiry.summary(p, push))
	}
	return nil
}

// mayBeAsked reports whether a query can ask about a push, or its answer may still bring its id.
func (push Push) mayBeAsked() bool {
	return push.askable() || push.State == PushBegun || push.State == PushLost
}

// open has M-PESA asked about a push at a time, because its prompt has no result.
func (q *Inquiry) open(due time.Time, asked int) {
	*q = Inquiry{What: noResultYet, Proven: true, AnyClaim: q.AnyClaim || q.Money, DueAt: earlier(q.DueAt, due), Asked: asked}
}

// aside reports whether a callback says nothing of the prompt of the latest push of its payment:
// it came for another push, or names another prompt.
func (e evidence) aside() bool {
	id := e.callback.checkoutID
	return e.push.Number < e.payment.Pushes || id != "" && !samePrompt(e.push, id)
}

// closeOpened ends the inquiry about the prompt of a callback that is its result.
func closeOpened(tx Tx, e *evidence) error {
	cb := e.callback
	money := cb.malformed == "" && cb.contradiction == "" && cb.claimsMoney()
	ends := e.believed && (money || e.finalFailure()) && (cb.checkoutID == "" || samePrompt(e.push, cb.checkoutID))
	if !ends || !e.push.Inquiry.opened() {
		return nil
	}
	p := e.payment
	p.dropOpened(e.push)
	e.push.Inquiry = Inquiry{}
	if err := saveInquiry(tx, p, e.push); err != nil {
		return err
	}
	return savePayment(tx, p)
}

// openedAnswered changes the inquiry about the prompt of a push whose answer has come: one that
// M-PESA has accepted is asked about as any, one that it has refused not at all.
func (g *Gateway) openedAnswered(tx Tx, p *Payment, push *Push) error {
	q := &push.Inquiry
	switch {
	case !q.opened() || q.DueAt.IsZero():
		return nil
	case push.State == PushAccepted || push.askable():
		q.DueAt = g.now().Add(g.Waits.Callback)
	case push.State == PushRefused:
		p.dropOpened(*push)
		*q = Inquiry{}
	default:
		return nil
	}
	if err := saveInquiry(tx, p, *push); err != nil {
		return err
	}
	return savePayment(tx, p)
}

// dropOpened takes out of the reason for the review of p that the prompt of a push has no
// result, when its inquiry is about that.
func (p *Payment) dropOpened(push Push) {
	if !push.Inquiry.opened() {
		return
	}
	says := asReason(push.Inquiry.summary(p, push))
	p.ReviewReason = strings.Join(slices.DeleteFunc(p.reasons(), func(one string) bool { return one == says }), reasonSeparator)
}
