package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// push calls Daraja for a push that is on record as begun, and records how it
// went. For the first push of a payment a refusal is an *Error for the partner.
func (g *Gateway) push(ctx context.Context, p *Payment, begun Push) error {
	reference := sentReference(p, g.ReferenceLength)
	g.reach(PushCalling)
	ack, pushErr := PushAck{}, error(nil)
	if age := g.now().Sub(begun.CreatedAt); age > g.Waits.Lost { // it counts as lost, and a person may have decided
		pushErr = &PushError{Message: fmt.Sprintf("the gateway was held up for %s before it could ask M-PESA, so it did not ask", age.Round(time.Second))}
	} else {
		ack, pushErr = g.Daraja.Push(ctx, PushOrder{Phone: p.Phone, Amount: p.Amount, Reference: reference, Token: begun.Token})
	}
	g.reach(PushAnswered)
	followed, err := g.writeAnswer(ctx, begun, ack, pushErr)
	if err != nil {
		return g.keepAnswer(ctx, pushAnswer{begun: begun, ack: ack, err: pushErr}, err)
	}
	if pushErr != nil && followed { // the customer has the prompt of the later push, or has paid
		pushErr = &PushError{Ambiguous: true, Message: pushErr.Error(), Err: pushErr}
	}
	return partnerError(p.ID, pushErr)
}

// writeAnswer is recordPush in a transaction of its own.
func (g *Gateway) writeAnswer(ctx context.Context, begun Push, ack PushAck, pushErr error) (followed bool, err error) {
	err = g.update(ctx, func(tx Tx) (err error) {
		defer g.reach(PushWriting)
		followed, err = g.recordPush(tx, begun, ack, pushErr)
		return err
	})
	if err == nil {
		g.reach(PushWritten)
	}
	return followed, err
}

// recordPush writes down how a push went. A callback may have overtaken it, and may even
// have been followed by another push, or by money: then a refusal is no answer for the
// partner, who would order again.
func (g *Gateway) recordPush(tx Tx, begun Push, ack PushAck, pushErr error) (followed bool, err error) {
	push, err := tx.PushByToken(begun.Token)
	if err != nil {
		return false, fmt.Errorf("finding the push: %w", err)
	}
	p, err := tx.Payment(push.PaymentID)
	if err != nil {
		return false, fmt.Errorf("finding the payment: %w", err)
	}
	prompt := promptOf(ack, pushErr)
	by, err := takenPrompt(tx, p, push, prompt.CheckoutRequestID)
	if err != nil {
		return false, err
	}
	lost := push.State == PushLost || p.State == Unknown // the same order may have been answered since
	followed = lost || push.Number < p.Pushes || p.State == Paid
	if by != "" {
		return followed, g.distrust(tx, p, push, by)
	}
	other, err := g.otherPrompt(tx, p, push, prompt)
	if err != nil {
		return false, err
	}
	if !p.ErasedAt.IsZero() { // the customer was erased meanwhile
		prompt.MerchantRequestID, prompt.CheckoutRequestID = hideNumbersAgain(prompt.MerchantRequestID), hideNumbersAgain(prompt.CheckoutRequestID)
	}
	event, f := push.answered(prompt, pushErr)
	f.lost = lost
	if err := g.openedAnswered(tx, p, &push); err != nil {
		return false, err
	}
	event, doubted := push.doubt(event, p.State)
	if err := tx.SavePush(push); err != nil {
		return false, fmt.Errorf("saving the push: %w", err)
	}
	paidBefore, err := paidBySibling(tx, p, push)
	if err != nil {
		return false, err
	}
	if push.Number == p.Pushes && !paidBefore {
		if err := g.answerPush(tx, p, prompt, event, f); err != nil {
			return false, err
		}
	}
	if other != "" {
		return followed, g.apply(tx, p, CallbackMismatch, fact{reason: other, aside: true})
	}
	if doubted {
		return true, g.askAfterRefusal(tx, p, push)
	}
	return followed || event == PushWasRefused && !p.State.failed(), nil
}

// doubt takes the refusal of a push for no clear answer when a callback of it came before that
// says, or may say, that the customer paid: there was a prompt.
func (push *Push) doubt(event Event, s State) (_ Event, doubted bool) {
	fails := s.failed() || table[s][event].To == Failed
	if event != PushWasRefused || !fails || push.Questions == 0 && push.Inquiry == (Inquiry{}) {
		return event, false
	}
	push.State = PushUnanswered
	return PushWasUnanswered, true
}

// askAfterRefusal has M-PESA asked about a failed payment whose push it refused although a
// callback came before.
func (g *Gateway) askAfterRefusal(tx Tx, p *Payment, push Push) error {
	if !p.State.failed() || !push.Inquiry.DueAt.IsZero() {
		return nil
	}
	if push.Inquiry.What == "" {
		push.Inquiry.What = fmt.Sprintf("a callback that was to be confirmed came before push %d was refused", push.Number) // it says nothing of money
	}
	push.Inquiry.Asked = 0
	if !push.askable() {
		return g.endInquiry(tx, p, push, false, ", and "+push.unaskable()+", so M-PESA cannot be asked")
	}
	push.Inquiry.DueAt = g.soon()
	return saveBoth(tx, p, push)
}

// answered is what the answer to a push means for its payment. It is written into push.
func (push *Push) answered(prompt PushAck, pushErr error) (event Event, f fact) {
	var refusal *PushError
	if prompt.CheckoutRequestID != "" {
		push.MerchantRequestID, push.CheckoutRequestID = prompt.MerchantRequestID, prompt.CheckoutRequestID
	}
	switch {
	case pushErr == nil:
		event, push.State = PushWasAccepted, PushAccepted
	case errors.As(pushErr, &refusal) && !refusal.Ambiguous:
		push.State, push.Detail = PushRefused, pushErr.Error()
		event, f.refusal = PushWasRefused, pushErr.Error()
		f.reason = fmt.Sprintf("push %d was refused although its customer paid", push.Number)
	default:
		push.State, push.Detail = PushUnanswered, pushErr.Error()
		event = PushWasUnanswered
	}
	f.prompt = PushAck{MerchantRequestID: push.MerchantRequestID, CheckoutRequestID: push.CheckoutRequestID}
	f.soon = push.Questions > 0 && push.CheckoutRequestID != ""
	return event, f
}

// paidBySibling reports whether another push has paid p, or may have, so that the answer to
// this one says nothing of it.
func paidBySibling(tx Tx, p *Payment, push Push) (bool, error) {
	if p.State != Paid || p.Pushes == 1 || p.CheckoutRequestID == "" {
		return p.payingPushUnknown(), nil
	}
	by, err := promptOfSibling(tx, push, p.CheckoutRequestID)
	return by != "", err
}

// answerPush lets the answer to the latest push of p happen, which may name a prompt.
func (g *Gateway) answerPush(tx Tx, p *Payment, prompt PushAck, event Event, f fact) error {
	t, _ := Next(p.State, event)
	if event == PushWasRefused && p.Pushes == 1 && t.Effect == Ignore && p.State.failed() && !f.lost { // its order is answered so, whatever a callback said before
		p.Refusal = f.refusal
		return savePayment(tx, p)
	}
	if prompt.CheckoutRequestID != "" && p.CheckoutRequestID != prompt.CheckoutRequestID {
		p.MerchantRequestID, p.CheckoutRequestID = prompt.MerchantRequestID, prompt.CheckoutRequestID
		p.Checks = 0
		if t.Effect == Ignore { // otherwise apply saves it
			if p.State == Confirming || p.State == Unresolved || p.State == Unknown { // now there is an id to ask about
				p.DueAt = g.due(p, g.now())
				p.updateReview(p.ReviewReason)
			}
			if err := savePayment(tx, p); err != nil {
				return err
			}
		}
	}
	if event == PushWasUnanswered && p.State == Confirming && p.CheckoutRequestID == "" && p.ReviewAt.IsZero() {
		return g.listUnasked(tx, p, event)
	}
	return g.apply(tx, p, event, f)
}

// listUnasked has a person look at a claim about which M-PESA cannot be asked, since the answer
// to its push has brought no id.
func (g *Gateway) listUnasked(tx Tx, p *Payment, e Event) error {
	p.ReviewAt, p.UpdatedAt = g.now(), g.now()
	remember(tx, Change{Event: e, From: p.State, Payment: *p, NeedsReview: true})
	return savePayment(tx, p)
}

// otherPrompt says how a callback that overtook the answer to its push contradicts the
// answer, "" when it does not: it names another prompt, so it is no proof for this order.
// A receipt that such a callback claims without proof is dropped, and the reason kept in p.
func (g *Gateway) otherPrompt(tx Tx, p *Payment, push Push, ack PushAck) (why string, err error) {
	if ack.CheckoutRequestID == "" {
		return "", nil
	}
	const differs = "a callback that came before M-PESA's answer names prompt %.64q, the answer %.64q"
	if had := push.CheckoutRequestID; !samePrompt(push, ack.CheckoutRequestID) { // the push gets the answer's
		return fmt.Sprintf(differs, shownPrompt(had), shownPrompt(ack.CheckoutRequestID)), g.namePrompt(tx, p.ID, had)
	}
	if p.State != Confirming || p.Claimed == "" {
		return "", nil
	}
	claim, err := claimOf(tx, p.ID, p.Claimed)
	if err != nil {
		return "", err
	}
	answer := Push{CheckoutRequestID: ack.CheckoutRequestID}
	if claim.checkoutID == "" || samePrompt(answer, claim.checkoutID) {
		return "", nil
	}
	p.Claimed = ""
	p.addReason(fmt.Sprintf(differs, shownPrompt(claim.checkoutID), shownPrompt(ack.CheckoutRequestID)))
	return "", savePayment(tx, p)
}

func savePayment(tx Tx, p *Payment) error {
	if err := tx.SavePayment(p); err != nil {
		return fmt.Errorf("saving payment %d: %w", p.ID, err)
	}
	return nil
}

func partnerError(paymentID int64, pushErr error) error {
	var refusal *PushError
	switch {
	case pushErr == nil:
		return nil
	case errors.As(pushErr, &refusal) && !refusal.Ambiguous:
		return &Error{Code: CodeRefused, PaymentID: paymentID, Message: pushErr.Error()}
	default:
		return &Error{Code: CodeUnanswered, PaymentID: paymentID,
			Message: "M-PESA gave no clear answer, so the customer may or may not have a prompt; the webhook or the transaction will tell: " + pushErr.Error()}
	}
}

// pushAgain makes the next push of a payment whose wait is over.
func (g *Gateway) pushAgain(ctx context.Context, id int64) error {
	token, err := g.token()
	if err != nil {
		return err
	}
	var p *Payment
	next := Push{Token: token, PaymentID: id, State: PushBegun}
	g.reach(RepushNearing)
	err = g.update(ctx, func(tx Tx) error {
		if p, err = tx.Payment(id); err != nil {
			return err
		}
		if p.State != Retrying || p.DueAt.After(g.now()) {
			p = nil
			return nil
		}
		if holds, err := g.holdForClaim(tx, p); holds || err != nil {
			p = nil
			return err
		}
		old, err := g.tooOld(tx, p)
		if err != nil {
			p = nil
			return err
		}
		if old {
			f := fact{result: result{code: p.ResultCode, desc: p.ResultDesc}}
			err := g.apply(tx, p, CallbackFailure, f)
			p = nil
			return err
		}
		if wait := g.waitFor(p); wait > 0 {
			err := g.putOff(tx, p, wait)
			p = nil
			return err
		}
		p.Pushes++
		p.Checks = 0
		next.Number, next.CreatedAt = p.Pushes, g.now()
		if err := tx.InsertPush(next); err != nil {
			return err
		}
		defer g.reach(RepushWriting)
		return g.apply(tx, p, RepushDue, fact{})
	})
	if err != nil {
		return fmt.Errorf("beginning another push of payment %d: %w", id, err)
	}
	if p == nil {
		return nil
	}
	g.reach(RepushWritten)
	ctx = follow(ctx, id, p.Trace)
	err = g.push(context.WithoutCancel(ctx), p, next)
	if CodeOf(err) != "" { // on record already; the webhook tells the partner
		g.warn(ctx, "push was not accepted", "push", next.Number, "error", err)
		return nil
	}
	return err
}
