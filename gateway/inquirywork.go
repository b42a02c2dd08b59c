package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// workInquiry asks M-PESA about the push of p whose inquiry is due first.
func (g *Gateway) workInquiry(ctx context.Context, p *Payment) error {
	ctx = follow(ctx, p.ID, p.Trace)
	push, err := g.firstInquiry(ctx, p.ID)
	switch {
	case err != nil:
		return err
	case push.Token == "":
		return g.noInquiry(ctx, p.ID)
	case !push.askable():
		return g.onInquiry(ctx, push, g.cannotInquire)
	}
	if wait := g.oldQuery(p, push); wait > 0 {
		return g.putOffInquiry(ctx, push, wait)
	}
	answer, err := g.ask(ctx, p, push)
	var notNow *NotNow
	if errors.As(err, &notNow) {
		return g.putOffInquiry(ctx, push, notNow.Wait)
	}
	if err != nil {
		return err
	}
	policy, err := g.policyNow(ctx, answer.ResultCode)
	if err != nil {
		return err
	}
	err = g.onInquiry(ctx, push, func(tx Tx, p *Payment, now Push) error {
		defer g.reach(QueryWriting)
		return g.inquired(tx, p, now, push, answer, policy)
	})
	if err == nil {
		g.reach(QueryWritten)
	}
	return err
}

// oldQuery is how long a query must wait that goes on after the usual ones, since their share
// of all queries is bounded.
func (g *Gateway) oldQuery(p *Payment, push Push) (wait time.Duration) {
	if g.OldQuery == nil || push.Inquiry.Asked <= len(g.Waits.Query) {
		return 0
	}
	return g.OldQuery(p.Partner)
}

// putOffInquiry puts the next query about a push off, uncounted.
func (g *Gateway) putOffInquiry(ctx context.Context, push Push, wait time.Duration) error {
	return g.onInquiry(ctx, push, func(tx Tx, p *Payment, push Push) error {
		if push.Inquiry.DueAt.IsZero() {
			return nil
		}
		push.Inquiry.DueAt = g.now().Add(wait)
		return saveBoth(tx, p, push)
	})
}

// firstInquiry is the push of a payment whose inquiry is due first, the zero Push when no
// inquiry is open.
func (g *Gateway) firstInquiry(ctx context.Context, id int64) (first Push, err error) {
	err = g.Store.View(ctx, func(tx Tx) error {
		first = Push{} // it may run twice
		pushes, err := tx.PushesOf(id)
		for _, push := range pushes {
			due := push.Inquiry.DueAt
			if !due.IsZero() && (first.Token == "" || due.Before(first.Inquiry.DueAt)) {
				first = push
			}
		}
		return err
	})
	if err != nil {
		return Push{}, fmt.Errorf("finding the inquiry of payment %d: %w", id, err)
	}
	return first, nil
}

// onInquiry runs f in an update, with the payment and the push as they are now.
func (g *Gateway) onInquiry(ctx context.Context, seen Push, f func(Tx, *Payment, Push) error) error {
	err := g.update(ctx, func(tx Tx) error {
		push, err := tx.PushByToken(seen.Token)
		if err != nil {
			return fmt.Errorf("finding the push: %w", err)
		}
		p, err := tx.Payment(push.PaymentID)
		if err != nil {
			return fmt.Errorf("finding the payment: %w", err)
		}
		return f(tx, p, push)
	})
	if err != nil {
		return fmt.Errorf("asking about push %d of payment %d: %w", seen.Number, seen.PaymentID, err)
	}
	return nil
}

// noInquiry notes that no inquiry of a payment is open any more.
func (g *Gateway) noInquiry(ctx context.Context, id int64) error {
	err := g.update(ctx, func(tx Tx) error {
		p, err := tx.Payment(id)
		if err != nil {
			return err
		}
		pushes, err := tx.PushesOf(id)
		if err != nil || len(pushes) == 0 {
			return err
		}
		return saveBoth(tx, p, pushes[0])
	})
	if err != nil {
		return fmt.Errorf("ending the inquiries of payment %d: %w", id, err)
	}
	return nil
}

// saveBoth saves a push with its payment.
func saveBoth(tx Tx, p *Payment, push Push) error {
	if err := saveInquiry(tx, p, push); err != nil {
		return err
	}
	return savePayment(tx, p)
}

// inquired applies the answer to a query about a push. seen is the push when it was sent:
// when a callback has had M-PESA asked since, only that the customer paid counts, as another
// answer may be older than the callback.
func (g *Gateway) inquired(tx Tx, p *Payment, push, seen Push, a QueryAnswer, policy Policy) error {
	q := push.Inquiry
	switch e := readAnswer(a, policy, q.Asked < len(g.Waits.Query)); {
	case e == QuerySuccess:
		return g.inquiryPaid(tx, p, push, a)
	case q != seen.Inquiry, push.Questions != seen.Questions:
		return nil
	case e == QueryPending:
		return g.noAnswer(tx, p, push)
	default:
		why, err := g.disputed(tx, p, push.CheckoutRequestID)
		if err != nil {
			return err
		}
		if why != "" {
			return g.endInquiry(tx, p, push, false, ", but "+why)
		}
		return g.endInquiry(tx, p, push, true, fmt.Sprintf("%s%s %s", queryDenies, a.ResultCode, a.ResultDesc))
	}
}

// noAnswer is inquired for an answer without a result. After the usual queries a person must
// look; M-PESA is asked on about a claim of money with proof, as about an old payment.
func (g *Gateway) noAnswer(tx Tx, p *Payment, push Push) error {
	q := &push.Inquiry
	usual := len(g.Waits.Query)
	late := q.Asked - usual // the number of queries after the usual ones, this one counted
	goesOn := q.Money && q.Proven && late < len(g.Waits.Later)
	switch {
	case late < 0:
		q.Asked++
		q.DueAt = g.now().Add(g.Waits.query(q.Asked))
		return saveBoth(tx, p, push)
	case !goesOn:
		return g.endInquiry(tx, p, push, false, fmt.Sprintf(", and %d queries gave no answer", q.Asked+1))
	}
	q.Asked++
	q.DueAt = g.now().Add(g.Waits.Later[late])
	if err := saveInquiry(tx, p, push); err != nil {
		return err
	}
	if late > 0 {
		return savePayment(tx, p)
	}
	return g.applyOrSave(tx, p, ClaimUnconfirmed, fact{reason: fmt.Sprintf("%s, and %d queries gave no answer", q.summary(p, push), q.Asked)})
}

// inquiryPaid is inquired for the answer that the customer paid.
func (g *Gateway) inquiryPaid(tx Tx, p *Payment, push Push, a QueryAnswer) error {
	claimed := push.Inquiry.Claimed
	p.dropOpened(push)
	push.Inquiry = Inquiry{}
	if err := saveInquiry(tx, p, push); err != nil {
		return err
	}
	f := fact{result: result{code: a.ResultCode, desc: a.ResultDesc}, reason: fmt.Sprintf("M-PESA's query about push %d says %s %s", push.Number, a.ResultCode, a.ResultDesc)}
	f.prompt = PushAck{MerchantRequestID: push.MerchantRequestID, CheckoutRequestID: push.CheckoutRequestID}
	f.aside = push.Number < p.Pushes
	e, f, err := g.paid(tx, p, claimed, f)
	if err != nil {
		return err
	}
	return g.applyOrSave(tx, p, e, f)
}

// cannotInquire is workInquiry for a push that no query can ask about: its answer, or
// another callback, may still bring its id.
func (g *Gateway) cannotInquire(tx Tx, p *Payment, push Push) error {
	switch wait := push.CreatedAt.Add(g.Waits.queries()).Sub(g.now()); {
	case push.askable():
		return nil // now it can be asked about
	case wait > 0:
		push.Inquiry.DueAt = g.now().Add(wait)
		return saveBoth(tx, p, push)
	default:
		return g.endInquiry(tx, p, push, false, ", and "+push.unaskable()+", so M-PESA cannot be asked")
	}
}

// endInquiry ends the inquiry of a push that M-PESA does not confirm. Where that contradicts
// a callback, or leaves one open, a person must look.
func (g *Gateway) endInquiry(tx Tx, p *Payment, push Push, denied bool, how string) error {
	q := push.Inquiry
	p.dropOpened(push)
	push.Inquiry = Inquiry{}
	if q.Money && q.Proven { // until a person has looked at it
		push.Inquiry, push.Inquiry.DueAt, push.Inquiry.Asked = q, time.Time{}, 0
	}
	if err := saveInquiry(tx, p, push); err != nil {
		return err
	}
	if q.needsPerson(p, denied) {
		return g.applyOrSave(tx, p, ClaimUnconfirmed, fact{reason: q.summary(p, push) + how})
	}
	if denied && q.opened() && q.Proven && p.State == Review { // in place of the reason that it was not known
		p.addReason(fmt.Sprintf("push %d was not paid%s", push.Number, how))
	}
	if denied && p.State.failed() { // what stood open is answered
		before := p.ReviewReason
		p.ReviewReason = answered(before, QueryFailure)
		p.updateReview(before)
	}
	return savePayment(tx, p)
}

// summary says what the inquiry of a push leaves open.
func (q Inquiry) summary(p *Payment, push Push) string {
	s := q.What
	if q.claims(p) {
		s = unconfirmedClaim(q.Claimed)
	}
	if p.Pushes > 1 {
		return fmt.Sprintf("push %d: %s", push.Number, s)
	}
	return s
}

// askAboutOthers has M-PESA asked about the other pushes of a payment that one push has
// paid, where a callback has come that was to be confirmed: the customer may have paid
// twice. from is the state before; one that failed may have a claim on record that nothing
// has confirmed. The caller saves p.
func (g *Gateway) askAboutOthers(tx Tx, p *Payment, from State) error {
	if p.Pushes == 1 && p.InquiryAt.IsZero() && !from.failed() {
		return nil
	}
	p.InquiryAt = time.Time{}
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	for _, push := range pushes {
		before := push.Inquiry
		switch q := &push.Inquiry; {
		case p.Pushes == 1, push.CheckoutRequestID != "" && samePrompt(push, p.CheckoutRequestID):
			if q.Money && q.Claimed != "" && !sameReceipt(q.Claimed, p.Receipt) {
				p.addReason(claimsOther + q.Claimed)
			}
			*q = Inquiry{}
		case !push.askable() && q.Money && q.Proven:
			p.addReason(fmt.Sprintf("%s, and %s, so M-PESA cannot be asked", q.summary(p, push), push.unaskable()))
		case q.DueAt.IsZero() && push.Questions > 0 && push.askable():
			q.DueAt, q.What = g.soon(), cmp.Or(q.What, "a callback that was to be confirmed")
		}
		p.InquiryAt = earlier(p.InquiryAt, push.Inquiry.DueAt)
		if push.Inquiry == before {
			continue
		}
		if err := tx.SavePush(push); err != nil {
			return fmt.Errorf("saving the push: %w", err)
		}
	}
	return nil
}

// holdForClaim keeps the customer of p from another prompt while M-PESA is asked about a push
// because of a callback with proof. When that claims money, and M-PESA denies it or the usual
// queries gave no answer, the payment is pushed no more, and a person must look.
func (g *Gateway) holdForClaim(tx Tx, p *Payment) (holds bool, err error) {
	if p.Pushes == 1 {
		return false, nil
	}
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return false, fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	for _, push := range pushes {
		q := push.Inquiry
		switch {
		case !q.Proven || q.DueAt.IsZero() && !q.Money:
		case q.DueAt.IsZero():
			return true, g.apply(tx, p, CallbackMismatch, fact{reason: q.summary(p, push) + ", and M-PESA does not confirm it, so the customer gets no other prompt"})
		case q.Money && q.Asked > len(g.Waits.Query):
			return true, g.apply(tx, p, QueryExhausted, fact{reason: fmt.Sprintf("%s, and M-PESA does not say, so the customer gets no other prompt", q.summary(p, push))})
		default:
			wait := max(q.DueAt.Sub(g.now())+time.Second, g.Waits.scale(questionWait))
			return true, g.putOff(tx, p, wait)
		}
	}
	return false, nil
}

// dealtWith notes that a person has dealt with what the inquiries of a payment are about:
// only that the customer paid is news. What has proof, and neither the reason for the review
// nor the decision names it, is not dealt with: that M-PESA does not answer is news, too. That
// M-PESA denies it is news for a payment that was left as it is. The caller saves p.
func (g *Gateway) dealtWith(tx Tx, p *Payment, r Resolution) error {
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	for _, push := range pushes {
		before := push.Inquiry
		g.askOn(p, &push, r)
		switch q := &push.Inquiry; {
		case q.DueAt.IsZero(), q.opened() && r.names(p, push):
			*q = Inquiry{}
		case p.saysOf(push) || r.names(p, push):
			q.Money, q.Proven, q.AnyClaim = false, false, false
		default:
			q.Money, q.AnyClaim = q.Money && q.Proven && r.As == DecideAsIs, false
		}
		p.InquiryAt = earlier(p.InquiryAt, push.Inquiry.DueAt)
		if push.Inquiry == before {
			continue
		}
		if err := tx.SavePush(push); err != nil {
			return fmt.Errorf("saving the push: %w", err)
		}
	}
	return nil
}

// askOn has M-PESA asked on, by an inquiry, about what a callback with proof says of the latest
// push of p: until a decision the state of p has M-PESA asked. It does nothing when the decision
// names it, or the reason says it and how the queries about it ended.
func (g *Gateway) askOn(p *Payment, push *Push, r Resolution) {
	q := &push.Inquiry
	if r.As == DecideAsIs || push.Number != p.Pushes || !q.Proven || !q.DueAt.IsZero() {
		return
	}
	if q.Money {
		q.Claimed = cmp.Or(q.Claimed, p.Claimed)
	}
	if r.names(p, *push) || p.saysMoreOf(*push) || p.saysOf(*push) && !push.askable() {
		return
	}
	q.DueAt, q.Asked = g.soon(), 0
}

// saysOf reports whether the reason for the review of p says what the inquiry of a push leaves
// open.
func (p *Payment) saysOf(push Push) bool { return len(p.saidOf(push)) > 0 }

// saysMoreOf is saysOf for a reason that also says how the queries about it ended.
func (p *Payment) saysMoreOf(push Push) bool {
	return slices.ContainsFunc(p.saidOf(push), func(rest string) bool { return rest != "" })
}

// saidOf is how the reasons go on that begin with what the inquiry of a push leaves open. That
// something came without proof does not say that it came with proof. A reason that names no
// push is about the latest.
func (p *Payment) saidOf(push Push) (rests []string) {
	number := fmt.Sprintf("push %d: ", push.Number)
	summary := strings.TrimPrefix(asReason(push.Inquiry.summary(p, push)), number)
	for _, reason := range strings.Split(p.WhyReview(), reasonSeparator) {
		reason, numbered := strings.CutPrefix(reason, number)
		rest, says := strings.CutPrefix(reason, summary)
		says = says && (rest == "" || rest[0] == ',') && !strings.HasPrefix(rest, withoutProof)
		if says && (numbered || push.Number == p.Pushes) {
			rests = append(rests, rest)
		}
	}
	return rests
}

// names reports whether a decision says that p is paid by what the inquiry of a push is about.
func (r Resolution) names(p *Payment, push Push) bool {
	switch claimed := push.Inquiry.Claimed; {
	case r.As != DecidePaid:
		return false
	case claimed == "":
		return !p.otherPaid(push)
	default:
		return sameReceipt(claimed, r.Receipt)
	}
}
