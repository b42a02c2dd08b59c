package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
// be acknowledged, unless the verdict is VerdictDropped; an error means that nothing
// is.
func (g *Gateway) TakeCallback(ctx context.Context, token string, from Origin, body []byte) (verdict string, err error) {
	cb := decode(body) // here, since a store may have one transaction after the other
	return g.keep(ctx, token, from, body, func(tx Tx, p *Payment, push Push) (string, error) {
		return g.judge(tx, p, push, cb, from.Proof)
	})
}

// KeepIncomplete keeps for audit what came of a callback whose body did not come whole,
// with the reason in its verdict. It settles nothing, as what is missing might change
// what the callback says, so the sender must not get an acknowledgement. Tokens that no
// push has are limited as in TakeCallback. An error means that nothing is on record.
func (g *Gateway) KeepIncomplete(ctx context.Context, token string, from Origin, body []byte, reason string) (verdict string, err error) {
	return g.keep(ctx, token, from, body, func(Tx, *Payment, Push) (string, error) {
		return VerdictIncomplete + ": " + reason, nil
	})
}

// judging says what becomes of a callback for a push of p. It runs in the transaction
// that keeps the callback.
type judging func(tx Tx, p *Payment, push Push) (verdict string, err error)

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
		if p, err = g.judgeOwner(tx, c, judge); err != nil {
			return err
		}
		if err := g.eraseLate(tx, p, c); err != nil {
			return err
		}
		defer g.reach(CallbackWriting)
		return tx.InsertCallback(c)
	})
	if errors.Is(err, errStranger) {
		return VerdictDropped, nil
	}
	if err != nil {
		return "", fmt.Errorf("keeping a callback: %w", err)
	}
	g.reach(CallbackWritten)
	g.tellCallback(ctx, c, p)
	return c.Verdict, nil
}

// judgeOwner finds the payment that c names by its token, nil when no push has it, and
// sets the verdict of c.
func (g *Gateway) judgeOwner(tx Tx, c *Callback, judge judging) (p *Payment, err error) {
	push, err := tx.PushByToken(c.Token)
	if errors.Is(err, ErrNotFound) {
		if !g.keepsStranger() {
			return nil, errStranger
		}
		c.Token, c.Verdict = hideStranger(c.Token), VerdictNobody
		return nil, nil //nolint:nilnil // as said
	}
	if err != nil {
		return nil, fmt.Errorf("finding the push: %w", err)
	}
	c.PaymentID = push.PaymentID
	if p, err = tx.Payment(push.PaymentID); err != nil {
		return nil, fmt.Errorf("finding the payment: %w", err)
	}
	verdict, err := judge(tx, p, push)
	c.Verdict = hideNumbers(verdict)
	return p, err
}

// judge applies what a callback says to its payment.
func (g *Gateway) judge(tx Tx, p *Payment, push Push, cb decodedCallback, proof Proof) (verdict string, err error) {
	if proof == Refused {
		return VerdictRefused, nil
	}
	policy, err := g.policy(tx, cb.result.code)
	if err != nil {
		return "", err
	}
	proven := proof == Proven || g.Confirm == ConfirmNever
	return g.applyCallback(tx, evidence{p, push, cb, !g.mustConfirm(proof), proven, policy})
}

// applyCallback classifies a callback and lets it happen to its payment. Its receipt is
// claimed in the same transaction.
func (g *Gateway) applyCallback(tx Tx, e evidence) (verdict string, err error) {
	c, err := ownPrompt(tx, e, e.classify())
	if err != nil {
		return "", err
	}
	if c.event != "" && c.fact.receipt != "" {
		if c, err = g.claimReceipt(tx, e.payment, c); err != nil {
			return "", err
		}
	}
	if c, err = failureAfterClaim(tx, e.payment, c); err != nil {
		return "", err
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
		c.fact.soon = g.askSoon(&e)
	}
	if t.Effect == Claim {
		e.push.Questions++
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
	case c.event == CallbackUnproven && c.fact.doubt == "":
		return VerdictUnproven, nil
	case asks:
		return VerdictUnproven + ": " + hideNumbers(cmp.Or(c.fact.doubt, c.fact.reason)), nil
	case c.fact.reason != "" && e.payment.ReviewReason != "":
		return VerdictApplied + ": " + hideNumbers(c.fact.reason), nil
	default:
		return VerdictApplied, nil
	}
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
// came, but not from one that is not believed: a query about another prompt proves
// nothing. A claim makes its push the one that is asked about, see askedPush.
func (g *Gateway) learnPrompt(tx Tx, e evidence, event Event, asks bool) error {
	p, push, cb := e.payment, e.push, e.callback
	believed := e.believed && cb.checkoutID != "" && event != CallbackMismatch
	if believed && push.CheckoutRequestID == "" {
		push.MerchantRequestID, push.CheckoutRequestID = cb.merchantID, cb.checkoutID
	}
	if push != e.push || asks {
		if err := tx.SavePush(push); err != nil {
			return fmt.Errorf("saving the push: %w", err)
		}
	}
	switch {
	case event == CallbackUnproven, // of an earlier push, perhaps, or of one whose answer has not come
		event == CallbackQuestion && p.State.failed() && push.askable() && !e.asksAnother():
		p.MerchantRequestID, p.CheckoutRequestID = push.MerchantRequestID, push.CheckoutRequestID
	case believed && (event == CallbackSuccess || p.CheckoutRequestID == ""):
		p.MerchantRequestID, p.CheckoutRequestID = cb.merchantID, cb.checkoutID
	}
	return nil
}
