package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
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
)

// VerdictKind is v without its details, which may quote what was posted. It is one
// of the verdicts above.
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
	c := &Callback{Token: token[:min(len(token), maxToken)], Remote: from.Remote, ReceivedAt: g.now()}
	salt, err := g.salt()
	if err != nil {
		return "", err
	}
	ctx = context.WithoutCancel(ctx) // kept even when the sender has hung up
	if flooded, err := g.flooded(ctx, c.Token); flooded || err != nil {
		return VerdictDropped, err
	}
	g.reach(CallbackCame)
	said := decode(body) // here, since a store may have one transaction after the other
	var p *Payment
	err = g.update(ctx, func(tx Tx) error {
		c.Body, c.Salt, c.ErasedAt = body, salt, time.Time{} // f may have run before
		p, c.Verdict, err = g.judge(tx, c, said, from.Proof)
		if err != nil {
			return err
		}
		c.Verdict = hideNumbers(c.Verdict)
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
		return "", fmt.Errorf("taking a callback: %w", err)
	}
	g.reach(CallbackWritten)
	g.tellCallback(ctx, c, p)
	return c.Verdict, nil
}

// said is a callback as it was read, or why it can't be.
type said struct {
	daraja.STKCallback
	malformed string
}

func decode(body []byte) said {
	cb, err := daraja.DecodeSTKCallback(body)
	if err != nil {
		return said{malformed: err.Error()}
	}
	return said{STKCallback: cb}
}

// judge finds the payment that c is for, if there is one, and applies what it says.
func (g *Gateway) judge(tx Tx, c *Callback, said said, proof Proof) (p *Payment, verdict string, err error) {
	push, err := tx.PushByToken(c.Token)
	if errors.Is(err, ErrNotFound) {
		if !g.keepsStranger() {
			return nil, "", errStranger
		}
		c.Token = hideStranger(c.Token)
		return nil, VerdictNobody, nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("finding the push: %w", err)
	}
	c.PaymentID = push.PaymentID
	if p, err = tx.Payment(push.PaymentID); err != nil {
		return nil, "", fmt.Errorf("finding the payment: %w", err)
	}
	if proof == Refused {
		return p, VerdictRefused, nil
	}
	if said.malformed != "" {
		return p, fmt.Sprintf("%s: %.200s", VerdictMalformed, hideNumbers(said.malformed)), nil
	}
	cb := said.STKCallback
	switch {
	case cb.Payment == nil:
		verdict, err = g.judgeFailure(tx, p, push, cb)
	case !g.mustConfirm(proof), p.State == Paid && p.Receipt == "" && mismatch(p, push, cb) == "": // a query has confirmed it already
		verdict, err = g.judgeSuccess(tx, p, push, cb)
	default:
		verdict, err = g.judgeUnproven(tx, p, push, cb)
	}
	return p, verdict, err
}

func (g *Gateway) judgeSuccess(tx Tx, p *Payment, push Push, cb daraja.STKCallback) (string, error) {
	receipt := cb.Payment.Receipt
	if p.Receipt == receipt && p.State == Paid {
		return VerdictDuplicate, nil
	}
	f := fact{result: resultOf(cb), receipt: receipt}
	event := CallbackSuccess
	owner, err := tx.ClaimReceipt(receipt, p.ID, g.now())
	switch {
	case err != nil:
		return "", fmt.Errorf("claiming receipt %s: %w", receipt, err)
	case owner != p.ID:
		event, f.reason = ReceiptTaken, fmt.Sprintf("receipt %s already belongs to transaction %d", receipt, owner)
	case p.Receipt != "" && p.Receipt != receipt:
		event, f.reason = SecondReceipt, fmt.Sprintf("a second receipt %s for KES %s", receipt, cb.Payment.Amount)
	default:
		if why := mismatch(p, push, cb); why != "" {
			event, f.reason = CallbackMismatch, fmt.Sprintf("receipt %s: %s", receipt, why)
		} else if p.State == Failed || p.State == Review {
			f.reason = fmt.Sprintf("receipt %s for KES %s came although the payment was %s", receipt, cb.Payment.Amount, p.State)
		}
	}
	return g.applyCallback(tx, p, push, cb, event, f)
}

// mismatch says how a success differs from what was asked, or "".
func mismatch(p *Payment, push Push, cb daraja.STKCallback) string {
	var why []string
	if cb.Payment.Amount != p.Amount {
		why = append(why, fmt.Sprintf("KES %s was paid, KES %s was asked", cb.Payment.Amount, p.Amount))
	}
	if paid, err := daraja.ParseMSISDN(cb.Payment.Phone); err == nil && p.Phone != "" && paid != p.Phone { // masked ones can't be compared
		why = append(why, fmt.Sprintf("%s paid, %s was asked", paid.Masked(), p.Phone.Masked()))
	}
	if !samePrompt(push, cb) {
		why = append(why, fmt.Sprintf("the callback names prompt %.64q, the push made %q", cb.CheckoutRequestID, push.CheckoutRequestID))
	}
	return strings.Join(why, ", ")
}

// samePrompt compares CheckoutRequestIDs; after a crash the push has none.
func samePrompt(push Push, cb daraja.STKCallback) bool {
	if push.CheckoutRequestID == "" || push.CheckoutRequestID == cb.CheckoutRequestID {
		return true
	}
	start, _, erased := strings.Cut(push.CheckoutRequestID, hidden)
	return erased && strings.HasPrefix(cb.CheckoutRequestID, start)
}

func (g *Gateway) judgeFailure(tx Tx, p *Payment, push Push, cb daraja.STKCallback) (string, error) {
	policy, err := g.declaredPolicy(tx, cb.ResultCode)
	switch {
	case err != nil:
		return "", err
	case policy.Undecided:
		return VerdictPending, nil
	case push.Number < p.Pushes:
		return VerdictStale, nil
	case !samePrompt(push, cb):
		return VerdictMalformed + ": it names another prompt", nil
	}
	event := CallbackFailure
	if policy.PushAgain && p.Pushes < policy.MaxPushes {
		event = CallbackRetryable
	}
	f := fact{result: resultOf(cb), reason: fmt.Sprintf("result %s came although the payment was %s", cb.ResultCode, p.State)}
	return g.applyCallback(tx, p, push, cb, event, f)
}

// applyCallback lets the callback happen to its payment. The prompt's ids are
// taken from it where the answer to the push never came.
func (g *Gateway) applyCallback(tx Tx, p *Payment, push Push, cb daraja.STKCallback, event Event, f fact) (string, error) {
	if t, _ := Next(p.State, event); t.Effect == Ignore {
		return VerdictDuplicate, nil
	}
	if push.CheckoutRequestID == "" && event != CallbackMismatch {
		push.MerchantRequestID, push.CheckoutRequestID = cb.MerchantRequestID, cb.CheckoutRequestID
		if err := tx.SavePush(push); err != nil {
			return "", fmt.Errorf("saving the push: %w", err)
		}
	}
	if event == CallbackSuccess || p.CheckoutRequestID == "" {
		p.MerchantRequestID, p.CheckoutRequestID = cb.MerchantRequestID, cb.CheckoutRequestID
	}
	if err := g.apply(tx, p, event, f); err != nil {
		return "", err
	}
	if f.reason != "" && p.ReviewReason != "" {
		return VerdictApplied + ": " + f.reason, nil
	}
	return VerdictApplied, nil
}

func resultOf(cb daraja.STKCallback) result {
	r := result{code: cb.ResultCode, desc: cb.ResultDesc}
	if cb.Payment != nil {
		r.at = cb.Payment.At
	}
	return r
}
