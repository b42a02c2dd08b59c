package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// WorkPayment does what is due for a payment: ask Daraja about a prompt that has
// had no callback, push again, or give up on a push whose end was never recorded.
func (g *Gateway) WorkPayment(ctx context.Context, id int64) error {
	p, err := g.load(ctx, id)
	if err != nil {
		return err
	}
	due := p.WorkAt()
	switch {
	case due.IsZero() || due.After(g.now()):
		return nil
	case !due.Equal(p.DueAt):
		return g.workInquiry(ctx, p)
	}
	switch p.State {
	case Pending, Unknown, Confirming, Unresolved:
		return g.check(ctx, p)
	case Retrying:
		return g.pushAgain(ctx, id)
	case Failed, PresumedFailed:
		return g.adoptQuestion(ctx, id)
	case Sending, Resending:
		return g.lose(ctx, p)
	default: // a replica of an earlier release has settled it
		return g.stopAsking(ctx, p)
	}
}

// adoptQuestion makes an inquiry of a question about a failed payment that a replica of an
// earlier release has left due, as the upgrade did with those before it.
func (g *Gateway) adoptQuestion(ctx context.Context, id int64) error {
	err := g.update(ctx, func(tx Tx) error {
		p, err := tx.Payment(id)
		if err != nil || !p.State.failed() || p.DueAt.IsZero() {
			return err
		}
		pushes, err := tx.PushesOf(id)
		if err != nil {
			return err
		}
		push := latestOf(pushes, p)
		for _, other := range pushes {
			if p.CheckoutRequestID != "" && other.CheckoutRequestID == p.CheckoutRequestID {
				push = other
			}
		}
		p.DueAt = time.Time{}
		q := &push.Inquiry
		q.DueAt, q.Asked, q.Claimed, q.Money, q.Proven = g.now(), 0, cmp.Or(q.Claimed, p.Claimed), true, true
		q.What = cmp.Or(q.What, "a callback that was to be confirmed")
		return saveBoth(tx, p, push)
	})
	if err != nil {
		return fmt.Errorf("asking about failed payment %d: %w", id, err)
	}
	return nil
}

// lose records that the answer to the latest push of a payment did not come in time.
func (g *Gateway) lose(ctx context.Context, seen *Payment) error {
	err := g.update(ctx, func(tx Tx) error {
		p, err := tx.Payment(seen.ID)
		if err != nil || overtaken(p, seen, Crashed) {
			return err
		}
		return g.crashed(tx, p)
	})
	if err != nil {
		return fmt.Errorf("payment %d, %s: %w", seen.ID, Crashed, err)
	}
	return nil
}

// check asks Daraja about the latest push of p and applies the answer. This is the place
// of further sources, such as M-PESA's transaction status and its list of
// transactions: each can say what a query says, so each can give a QueryAnswer.
// Where M-PESA may not be asked now, the question is put off and does not count.
func (g *Gateway) check(ctx context.Context, p *Payment) error {
	ctx = follow(ctx, p.ID, p.Trace)
	push, err := g.latestPush(ctx, p)
	if err != nil {
		return err
	}
	if !push.askable() {
		return g.cannotAsk(ctx, p, push)
	}
	if p.State == Unresolved && g.OldQuery != nil {
		if wait := g.OldQuery(p.Partner); wait > 0 {
			return g.checkLater(ctx, p, wait)
		}
	}
	answer, err := g.ask(ctx, p, push)
	var notNow *NotNow
	switch {
	case errors.As(err, &notNow):
		return g.checkLater(ctx, p, notNow.Wait)
	case err != nil:
		return err
	}
	policy, err := g.policyNow(ctx, answer.ResultCode)
	if err != nil {
		return err
	}
	event := g.judgeQuery(p, answer, policy)
	f := learnt(p, push, event, answer)
	if f.reason, err = g.saysWhatCame(ctx, p.ID, event, f.reason); err != nil {
		return err
	}
	if err := g.happen(ctx, p, event, f); err != nil {
		return err
	}
	g.reach(QueryWritten)
	return nil
}

// ask sends a query about a push of p. A query that fails gives an answer without a result.
// The error is a *NotNow when M-PESA may not be asked now, or that of ctx.
func (g *Gateway) ask(ctx context.Context, p *Payment, push Push) (QueryAnswer, error) {
	g.reach(QueryAsking)
	answer, err := g.Daraja.Query(ctx, p.Partner, push.CheckoutRequestID)
	g.reach(QueryAnswered)
	var notNow *NotNow
	switch {
	case err == nil:
		return answer, nil
	case errors.As(err, &notNow):
		return QueryAnswer{}, err
	case ctx.Err() != nil:
		return QueryAnswer{}, fmt.Errorf("asking for payment %d: %w", p.ID, ctx.Err())
	default:
		g.warn(ctx, "query failed", "error", err)
		return QueryAnswer{Pending: true}, nil
	}
}

// cannotAsk is check for a payment whose push has no CheckoutRequestID, or one that an
// erasure has masked. No query is sent: a callback settles the payment, or a person does,
// who must look when the time of the usual queries is over.
func (g *Gateway) cannotAsk(ctx context.Context, p *Payment, push Push) error {
	wait := push.CreatedAt.Add(g.Waits.queries()).Sub(g.now())
	switch {
	case p.State == Unresolved:
		return g.stopAsking(ctx, p)
	case wait > 0:
		return g.checkLater(ctx, p, wait)
	}
	begin := noCallback + " came"
	if p.State == Confirming {
		begin = unconfirmedClaim(p.Claimed)
	}
	reason, err := g.saysWhatCame(ctx, p.ID, QueryExhausted, fmt.Sprintf("%s, and %s, so M-PESA cannot be asked", begin, push.unaskable()))
	if err != nil {
		return err
	}
	return g.happen(ctx, p, QueryExhausted, fact{reason: reason})
}

// saysWhatCame corrects the reason of an event that ends the queries about a payment, and says
// that no callback came: one may have come that gave no result.
func (g *Gateway) saysWhatCame(ctx context.Context, paymentID int64, e Event, reason string) (string, error) {
	rest, none := strings.CutPrefix(reason, noCallback)
	if e != QueryExhausted || !none {
		return reason, nil
	}
	came := 0
	err := g.Store.View(ctx, func(tx Tx) (err error) {
		_, came, err = tx.NewestCallbacks(paymentID, 0)
		return err
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("counting the callbacks of payment %d: %w", paymentID, err)
	case came == 0:
		return reason, nil
	default:
		return noCallback + " gave a result" + strings.TrimPrefix(rest, " came"), nil
	}
}

// unaskable says why no query can ask about a push.
func (push Push) unaskable() string {
	switch {
	case masked(push.CheckoutRequestID):
		return fmt.Sprintf("the CheckoutRequestID of push %d is erased", push.Number)
	case push.State == PushRefused:
		return fmt.Sprintf("push %d was refused", push.Number)
	default:
		return fmt.Sprintf("the answer to push %d is not known", push.Number)
	}
}

// Message tells a partner what the status of p does not say, "" when it says all.
func (p *Payment) Message() string {
	switch {
	case p.State == Unknown && p.CheckoutRequestID == "":
		return "the customer may have a prompt; do not order again. " +
			"A callback from M-PESA settles the transaction; without one its status becomes review"
	case p.State == Unresolved && !p.DueAt.IsZero():
		return "M-PESA has not said whether the customer paid, and is asked again; do not order again"
	default:
		return ""
	}
}

// learnt is what the answer to a query about a push adds to what is known of p.
func learnt(p *Payment, push Push, e Event, a QueryAnswer) fact {
	if e == QueryPending || e == QueryExhausted {
		f := fact{reason: fmt.Sprintf(noCallback+", and no answer to %d queries", p.Checks+1)}
		if !PolicyFor(a.ResultCode).Documented { // a person may declare what it means
			f.result = result{code: a.ResultCode, desc: a.ResultDesc}
		}
		switch p.State {
		case Confirming:
			f.reason = fmt.Sprintf("%s, and %d queries gave no answer", unconfirmedClaim(p.Claimed), p.Checks+1)
		case Unresolved:
			f.reason = fmt.Sprintf(askedAgain+" %d more times about the push of %s and gave no result",
				p.Checks+1, push.CreatedAt.UTC().Format("2006-01-02 15:04 UTC"))
		default:
		}
		return f
	}
	f := fact{result: result{code: a.ResultCode, desc: a.ResultDesc}}
	f.prompt = PushAck{MerchantRequestID: push.MerchantRequestID, CheckoutRequestID: push.CheckoutRequestID}
	f.reason = fmt.Sprintf("M-PESA's query says %s %s", a.ResultCode, a.ResultDesc)
	if p.State == Confirming || p.Claimed != "" {
		f.reason = fmt.Sprintf("%s, M-PESA's query says %s %s", unconfirmedClaim(p.Claimed), a.ResultCode, a.ResultDesc)
	}
	return f
}

// latestPush is the push that the state of p is about.
func (g *Gateway) latestPush(ctx context.Context, p *Payment) (latest Push, err error) {
	err = g.Store.View(ctx, func(tx Tx) error {
		pushes, err := tx.PushesOf(p.ID)
		latest = latestOf(pushes, p)
		return err
	})
	if err != nil {
		return Push{}, fmt.Errorf("finding the push of payment %d: %w", p.ID, err)
	}
	return latest, nil
}

// latestOf is the latest of the pushes of p, the zero Push when it is not among them.
func latestOf(pushes []Push, p *Payment) Push {
	for _, push := range pushes {
		if push.Number == p.Pushes {
			return push
		}
	}
	return Push{}
}

// judgeQuery says what an answer means for p.
func (g *Gateway) judgeQuery(p *Payment, a QueryAnswer, policy Policy) Event {
	early := p.State != Unresolved && p.Checks < len(g.Waits.Query)
	switch e := readAnswer(a, policy, early); {
	case e == QueryPending:
		return g.noResult(p)
	case e == QueryFailure && policy.PushAgain && p.Pushes < policy.MaxPushes:
		return QueryRetryable
	default:
		return e
	}
}

// readAnswer says what an answer to a query means: QuerySuccess, QueryFailure or, when it
// has no result, QueryPending. Only a result that is known to be final is one; all else is
// none. What may be a fault of the moment is none while it is early.
func readAnswer(a QueryAnswer, policy Policy, early bool) Event {
	switch {
	case a.Pending, policy.Undecided, policy.Transient && early, !policy.Documented && !policy.Declared && !a.ResultCode.WellFormed():
		return QueryPending
	case policy.Paid:
		return QuerySuccess
	default:
		return QueryFailure
	}
}

// noResult is the event of a question without an answer: QueryExhausted for the last of
// a series.
func (g *Gateway) noResult(p *Payment) Event {
	if p.State != Unresolved && p.Checks >= len(g.Waits.Query) || p.State == Unresolved && p.Checks == len(g.Waits.Later)-1 {
		return QueryExhausted
	}
	return QueryPending
}

// happen applies an event to a payment unless it has moved on since it was read.
func (g *Gateway) happen(ctx context.Context, seen *Payment, e Event, f fact) error {
	err := g.update(ctx, func(tx Tx) error {
		e, f := e, f // it may run twice
		p, err := tx.Payment(seen.ID)
		if err != nil {
			return err
		}
		if overtaken(p, seen, e) {
			return nil
		}
		if e == QueryPending || e == QueryExhausted {
			p.countQuery(e, f)
			f.soon = !p.DueAt.Equal(seen.DueAt) // a callback has brought the next query forward meanwhile
		}
		defer g.reach(QueryWriting)
		f.aside = p.Pushes != seen.Pushes // it was asked about an earlier push
		answered := e == QuerySuccess || e == QueryFailure || e == QueryRetryable
		if e, f, err = g.besideClaims(tx, p, e, f); err != nil {
			return err
		}
		if answered {
			if err := endQuestion(tx, p, f.prompt.CheckoutRequestID); err != nil {
				return err
			}
		}
		return g.apply(tx, p, e, f)
	})
	if err != nil {
		return fmt.Errorf("payment %d, %s: %w", seen.ID, e, err)
	}
	return nil
}

// endQuestion notes that M-PESA has answered what callbacks of the latest push of p had the
// state of p ask, if that push has the prompt of the answer.
func endQuestion(tx Tx, p *Payment, checkoutID string) error {
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	push := latestOf(pushes, p)
	if push.Inquiry == (Inquiry{}) || !push.Inquiry.DueAt.IsZero() || push.CheckoutRequestID != checkoutID {
		return nil
	}
	push.Inquiry = Inquiry{}
	if err := tx.SavePush(push); err != nil {
		return fmt.Errorf("saving the push: %w", err)
	}
	return nil
}

// besideClaims is what a query's answer means beside what callbacks have claimed.
func (g *Gateway) besideClaims(tx Tx, p *Payment, e Event, f fact) (Event, fact, error) {
	if e == QueryFailure || e == QueryRetryable {
		why, err := g.disputed(tx, p, f.prompt.CheckoutRequestID)
		if err != nil {
			return "", fact{}, err
		}
		if why != "" {
			f.reason = why
			return CallbackMismatch, f, nil
		}
	}
	switch {
	case e != QuerySuccess:
		return contradicted(tx, p, e, f)
	case p.State.mayBeClaimed():
		return g.paid(tx, p, p.Claimed, f)
	default:
		return g.paid(tx, p, "", f)
	}
}

// paidAgain is what a query's word that the customer paid by a prompt means for p, which is
// paid: by that prompt, or twice.
func (p *Payment) paidAgain(claimed string, f fact) (Event, fact) {
	receipt, ok := daraja.NormaliseReceipt(claimed)
	same := ok && sameReceipt(p.Receipt, receipt)
	if same { // a person took it from this push's callback
		p.MerchantRequestID, p.CheckoutRequestID = f.prompt.MerchantRequestID, f.prompt.CheckoutRequestID
	}
	e, f := p.paidBy(f)
	switch {
	case e == SecondReceipt && claimed != "":
		f.reason += ", with receipt " + claimed
	case ok && !same && p.Receipt != "":
		e, f.reason = SecondReceipt, claimsOther+claimed
	}
	return e, f
}

// paidBy makes the prompt of a push that M-PESA calls paid the payment's, so that it is the
// one whose callback brings the receipt. When another one has paid already, the customer
// has paid twice.
func (p *Payment) paidBy(f fact) (Event, fact) {
	same := p.CheckoutRequestID != "" && samePrompt(Push{CheckoutRequestID: p.CheckoutRequestID}, f.prompt.CheckoutRequestID)
	switch {
	case same:
		return QuerySuccess, f // an erased number stays masked
	case p.payingPushUnknown():
		f.reason = fmt.Sprintf("perhaps a second payment: M-PESA's query says that prompt %.64q was paid, and which push receipt %s paid is not known",
			shownPrompt(f.prompt.CheckoutRequestID), p.Receipt)
		return SecondReceipt, f
	case p.State == Paid && p.CheckoutRequestID != "":
		f.reason = fmt.Sprintf("a second payment: M-PESA's query says that prompt %.64q was paid, too", shownPrompt(f.prompt.CheckoutRequestID))
		return SecondReceipt, f
	}
	p.MerchantRequestID, p.CheckoutRequestID = f.prompt.MerchantRequestID, f.prompt.CheckoutRequestID
	return QuerySuccess, f
}

// overtaken reports whether p has moved on since it was read, so that the answer of a query
// says nothing new: M-PESA is asked again. So it does when a callback has brought the next
// query forward meanwhile, and the answer may be older than that callback. That the customer
// paid is never overtaken.
func overtaken(p, seen *Payment, e Event) bool {
	switch {
	case e == QuerySuccess:
		return false
	case p.State != seen.State || p.Pushes != seen.Pushes || p.Checks != seen.Checks:
		return true
	default:
		return (e == QueryFailure || e == QueryRetryable) && !p.DueAt.Equal(seen.DueAt)
	}
}

// countQuery notes a query without a result, and its code if it had one.
func (p *Payment) countQuery(e Event, f fact) {
	if e == QueryPending || p.State == Unresolved {
		p.Checks++
	}
	p.noteUnlessFailed(f, p.State)
}

// checkLater puts the next query of p off, uncounted.
func (g *Gateway) checkLater(ctx context.Context, seen *Payment, wait time.Duration) error {
	err := g.update(ctx, func(tx Tx) error {
		p, err := tx.Payment(seen.ID)
		if err != nil || p.State != seen.State || p.Pushes != seen.Pushes || p.Checks != seen.Checks || !p.DueAt.Equal(seen.DueAt) {
			return err
		}
		return g.putOff(tx, p, wait)
	})
	if err != nil {
		return fmt.Errorf("putting off the query of payment %d: %w", seen.ID, err)
	}
	return nil
}

// stopAsking ends the questions about a payment that a person must look at.
func (g *Gateway) stopAsking(ctx context.Context, seen *Payment) error {
	err := g.update(ctx, func(tx Tx) error {
		p, err := tx.Payment(seen.ID)
		if err != nil || p.State != seen.State {
			return err
		}
		p.DueAt = time.Time{}
		return tx.SavePayment(p)
	})
	if err != nil {
		return fmt.Errorf("ending the queries of payment %d: %w", seen.ID, err)
	}
	return nil
}

// putOff makes p due again after a wait; nothing else happens to it.
func (g *Gateway) putOff(tx Tx, p *Payment, wait time.Duration) error {
	p.DueAt = g.now().Add(wait)
	return savePayment(tx, p)
}
