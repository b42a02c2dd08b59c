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

// Verdicts on a callback, kept beside its body.
const (
	VerdictApplied   = "applied"
	VerdictNobody    = "no push has this token"
	VerdictMalformed = "malformed"
	VerdictDuplicate = "duplicate"
	VerdictStale     = "of an earlier push"
	VerdictPending   = "not a result"
	VerdictUnproven  = "to be confirmed"
	VerdictRefused   = "from an address that is not allowed"
	VerdictDropped   = "no push has this token; not kept" // one of too many
	VerdictExcess    = "too many callbacks of this payment that changed nothing; not kept"

	VerdictIncomplete = "incomplete" // the body did not come whole; a colon and the reason follow

	// Entries of the raw log that people make.
	VerdictResolved = "resolved by a person"
	VerdictDeclared = "result code declared by a person"
)

// VerdictKind is v without its details, which follow a colon and may quote what was
// posted. It is one of the verdicts above.
func VerdictKind(v string) string {
	kind, _, _ := strings.Cut(v, ":")
	return kind
}

// maxToken bounds what is kept of a token that nobody made.
const maxToken = 64

// TakeCallback keeps what Daraja posted and lets it settle its payment, in one
// transaction. Whatever the body is, nil means that it is safely on record and may
// be acknowledged, unless the verdict is VerdictDropped or VerdictExcess; an error means
// that nothing is.
func (g *Gateway) TakeCallback(ctx context.Context, token string, from Origin, body []byte) (verdict string, err error) {
	cb := decode(body) // here, since a store may have one transaction after the other
	return g.keep(ctx, token, from, body, func(tx Tx, p *Payment, push *Push) (string, error) {
		return g.judge(tx, p, push, cb, from)
	})
}

// KeepIncomplete keeps what came of a callback whose body did not come whole, with the reason
// in its verdict. It settles nothing, as what is missing might change what the callback says,
// so the sender must not get an acknowledgement; M-PESA is asked what it means, as about one
// that cannot be read. Tokens that no push has are limited as in TakeCallback. An error means
// that nothing is on record.
func (g *Gateway) KeepIncomplete(ctx context.Context, token string, from Origin, body []byte, reason string) (verdict string, err error) {
	return g.keep(ctx, token, from, body, func(tx Tx, p *Payment, push *Push) (string, error) {
		_, err := g.judge(tx, p, push, decodedCallback{body: body, malformed: reason}, from)
		return VerdictIncomplete + ": " + reason, err
	})
}

// judging says what becomes of a callback for a push of p. It runs in the transaction
// that keeps the callback.
type judging func(tx Tx, p *Payment, push *Push) (verdict string, err error)

// keep writes a callback into the log with the verdict of judge.
func (g *Gateway) keep(ctx context.Context, token string, from Origin, body []byte, judge judging) (verdict string, err error) {
	c := &Callback{Token: token[:min(len(token), maxToken)], Remote: from.Remote, Proof: from.Proof, ReceivedAt: g.now()}
	salt, err := g.salt()
	if err != nil {
		return "", err
	}
	ctx = context.WithoutCancel(ctx) // kept even when the sender has hung up
	if flooded, err := g.flooded(ctx, c.Token); flooded || err != nil {
		return VerdictDropped, err
	}
	g.reach(CallbackCame)
	var p *Payment
	err = g.update(ctx, func(tx Tx) error {
		c.Body, c.Salt, c.ErasedAt = body, salt, time.Time{} // f may have run before
		changed := false
		if p, changed, err = g.judgeOwner(tx, c, judge); err != nil {
			return err
		}
		if err := g.eraseLate(tx, p, c); err != nil {
			return err
		}
		if excess, err := exceeds(tx, c, changed); excess || err != nil {
			return cmp.Or(err, errExcess)
		}
		defer g.reach(CallbackWriting)
		return tx.InsertCallback(c)
	})
	switch {
	case errors.Is(err, errStranger):
		return VerdictDropped, nil
	case errors.Is(err, errExcess):
		return VerdictExcess, nil
	case err != nil:
		return "", fmt.Errorf("keeping a callback: %w", err)
	}
	g.reach(CallbackWritten)
	g.tellCallback(ctx, c, p)
	return c.Verdict, nil
}

// How many callbacks of a payment are kept, people's entries included, before those that
// change nothing are not kept any more. Otherwise one who knows a token fills the log.
const (
	mostCallbacks = 1000
	mostUnproven  = 100 // of origins without proof
)

// errExcess ends the transaction of a callback that is not kept.
var errExcess = errors.New("too many callbacks of one payment")

// exceeds reports whether c is not kept, because it is one of too many of its payment and
// its payment is as it was.
func exceeds(tx Tx, c *Callback, changed bool) (bool, error) {
	if c.PaymentID == 0 || changed {
		return false, nil
	}
	_, kept, err := tx.NewestCallbacks(c.PaymentID, 0)
	if err != nil {
		return false, fmt.Errorf("counting the callbacks of payment %d: %w", c.PaymentID, err)
	}
	most := mostCallbacks
	if c.Proof != Proven {
		most = mostUnproven
	}
	return kept >= most, nil
}

// judgeOwner finds the payment that c names by its token, nil when no push has it, and
// sets the verdict of c. It says whether the payment has changed.
func (g *Gateway) judgeOwner(tx Tx, c *Callback, judge judging) (p *Payment, changed bool, err error) {
	push, err := tx.PushByToken(c.Token)
	if errors.Is(err, ErrNotFound) {
		if !g.keepsStranger() {
			return nil, false, errStranger
		}
		c.Token, c.Verdict = hideStranger(c.Token), VerdictNobody
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("finding the push: %w", err)
	}
	c.PaymentID = push.PaymentID
	if p, err = tx.Payment(push.PaymentID); err != nil {
		return nil, false, fmt.Errorf("finding the payment: %w", err)
	}
	before, pushBefore := *p, push
	verdict, err := judge(tx, p, &push)
	if err != nil {
		return nil, false, err
	}
	c.Verdict = hideNumbers(verdict)
	return p, changes(before, *p) || pushBefore.withoutWords() != push.withoutWords(), nil
}

// changes reports whether a payment has changed but for the words of a result that does not
// settle it.
func changes(before, after Payment) bool {
	before.UpdatedAt = after.UpdatedAt // of a reason that is on record already
	if before.State == after.State {
		before.ResultCode, before.ResultDesc, before.Support = after.ResultCode, after.ResultDesc, after.Support
	}
	return before != after
}

// withoutWords is a push whose inquiry has no words of what it is about.
func (push Push) withoutWords() Push {
	push.Inquiry.What = ""
	return push
}

// judge applies what a callback says to its payment.
func (g *Gateway) judge(tx Tx, p *Payment, push *Push, cb decodedCallback, from Origin) (verdict string, err error) {
	if from.Proof == Refused {
		return VerdictRefused, nil
	}
	policy, err := g.policy(tx, cb.result.code)
	if err != nil {
		return "", err
	}
	believed, proven := !g.mustConfirm(from.Proof), from.Proof == Proven || g.Confirm == ConfirmNever
	e := evidence{
		payment: p, push: *push, callback: cb, policy: policy,
		believed: believed, proven: proven, names: believed || from.Listed,
	}
	if verdict, err = g.applyCallback(tx, &e); err != nil {
		return "", err
	}
	if err := closeOpened(tx, &e); err != nil {
		return "", err
	}
	if err := doubtRefusal(tx, &e); err != nil {
		return "", err
	}
	*push = e.push
	return verdict, g.recordName(tx, &e)
}

// doubtRefusal notes that a callback came before the answer to its push that is not simply the
// end of its prompt: when M-PESA refuses the push, that is no clear answer.
func doubtRefusal(tx Tx, e *evidence) error {
	awaited := e.push.State == PushBegun || e.push.State == PushLost
	if !awaited || e.push.Questions > 0 || e.payment.State == Paid || e.believed && e.finalFailure() {
		return nil
	}
	push, err := tx.PushByToken(e.push.Token) // as the callback has left it
	if err != nil {
		return fmt.Errorf("finding the push: %w", err)
	}
	e.push = push
	e.push.Questions = 1
	if err := tx.SavePush(e.push); err != nil {
		return fmt.Errorf("saving the push: %w", err)
	}
	return nil
}

// applyCallback classifies a callback and lets it happen to its payment. Its receipt is
// claimed in the same transaction.
func (g *Gateway) applyCallback(tx Tx, e *evidence) (verdict string, err error) {
	c, err := g.ownPrompt(tx, e, e.classify())
	if err != nil {
		return "", err
	}
	if c.inquiry != nil {
		return g.openInquiry(tx, e, c)
	}
	if c.event != "" && c.fact.receipt != "" {
		if c, err = g.claimReceipt(tx, e.payment, c); err != nil {
			return "", err
		}
	}
	if c, err = failureAfterClaim(tx, e.payment, c); err != nil {
		return "", err
	}
	if copied, err := e.isCopy(tx, c.event); copied || err != nil {
		return VerdictDuplicate, err
	}
	t, _ := Next(e.payment.State, c.event)
	switch {
	case c.event == "":
		return c.verdict, nil
	case t.Effect == Ignore:
		return cmp.Or(c.verdict, VerdictDuplicate), nil
	}
	asks := t.Effect == Ask || t.Effect == Claim
	if t.Effect == Ask {
		c.fact.soon = g.askSoon(e)
	}
	if t.Effect == Claim {
		e.push.Questions++
	}
	if asks {
		e.noteClaim(c.fact.reason)
	}
	if err := g.learnPrompt(tx, e, c.event, asks); err != nil {
		return "", err
	}
	if err := g.apply(tx, e.payment, c.event, c.fact); err != nil {
		return "", err
	}
	switch {
	case c.verdict != "":
		return hideNumbers(c.verdict), nil
	case c.event == CallbackUnproven && c.fact.doubt == "" && e.proven: // otherwise the verdict says that there is none
		return VerdictUnproven, nil
	case asks:
		return VerdictUnproven + ": " + hideNumbers(cmp.Or(c.fact.doubt, c.fact.reason)), nil
	case c.fact.reason != "" && e.payment.ReviewReason != "":
		return VerdictApplied + ": " + hideNumbers(c.fact.reason), nil
	default:
		return VerdictApplied, nil
	}
}

// isCopy reports whether a callback that contradicts is a copy of one that came before a
// person resolved its payment.
func (e evidence) isCopy(tx Tx, event Event) (bool, error) {
	p := e.payment
	contradicts := event == CallbackMismatch || event == SecondReceipt || event == ReceiptTaken
	if settled := p.State == Paid || p.State.failed(); !contradicts || !settled {
		return false, nil
	}
	entries, err := tx.Entries(p.ID)
	if err != nil {
		return false, fmt.Errorf("reading the entries of payment %d: %w", p.ID, err)
	}
	last := int64(0)
	for _, c := range entries {
		if VerdictKind(c.Verdict) == VerdictResolved {
			last = c.ID
		}
	}
	if last == 0 {
		return false, nil
	}
	verdicts, err := tx.CameBefore(last, e.push, e.callback.body)
	if err != nil {
		return false, fmt.Errorf("looking for a callback of payment %d: %w", p.ID, err)
	}
	return slices.ContainsFunc(verdicts, func(v string) bool { // of one that a person has seen the words of
		return VerdictKind(v) == VerdictApplied && (!e.proven || !strings.Contains(v, withoutProof))
	}), nil
}

// claimReceipt makes the receipt of c the payment's, unless it belongs to another.
func (g *Gateway) claimReceipt(tx Tx, p *Payment, c classified) (classified, error) {
	owner, err := tx.ClaimReceipt(c.fact.receipt, p.ID, g.now())
	if err != nil {
		return c, fmt.Errorf("claiming receipt %s: %w", c.fact.receipt, err)
	}
	if owner != p.ID {
		c.event, c.fact.reason = ReceiptTaken, fmt.Sprintf("receipt %s already belongs to transaction %d", c.fact.receipt, owner)
	}
	return c, nil
}

// learnPrompt takes the prompt's ids from a callback where the answer to the push never
// came, but not from one that may not name it: a query about another prompt proves
// nothing.
func (g *Gateway) learnPrompt(tx Tx, e *evidence, event Event, asks bool) error {
	p, push, cb := e.payment, e.push, e.callback
	names := e.names && cb.checkoutID != "" && event != CallbackMismatch
	if names && push.CheckoutRequestID == "" {
		push.MerchantRequestID, push.CheckoutRequestID = cb.merchantID, cb.checkoutID
	}
	if event == CallbackSuccess && p.payingPushUnknown() {
		e.push = push
		return payerKnown(tx, p, &e.push)
	}
	if push != e.push || asks {
		if err := tx.SavePush(push); err != nil {
			return fmt.Errorf("saving the push: %w", err)
		}
	}
	e.push = push
	if names && (event == CallbackSuccess || p.CheckoutRequestID == "" && !p.payingPushUnknown()) {
		p.MerchantRequestID, p.CheckoutRequestID = cb.merchantID, cb.checkoutID
	}
	return nil
}

// payerKnown notes which push has the receipt that a person found for p. M-PESA is not asked
// about that push any more, unless another receipt was claimed for it. The caller saves p.
func payerKnown(tx Tx, p *Payment, push *Push) error {
	p.MerchantRequestID, p.CheckoutRequestID = push.MerchantRequestID, push.CheckoutRequestID
	if q := push.Inquiry; q.Claimed == "" || sameReceipt(p.Receipt, q.Claimed) {
		push.Inquiry = Inquiry{}
	}
	return saveInquiry(tx, p, *push)
}
