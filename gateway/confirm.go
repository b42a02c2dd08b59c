package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Confirm says which results are confirmed by a query before they count, failures as
// well as successes.
type Confirm string

// Which results are confirmed. The zero Confirm is ConfirmUntrusted.
const (
	ConfirmNever     Confirm = "never"
	ConfirmUntrusted Confirm = "untrusted" // those whose origin has no proof
	ConfirmAlways    Confirm = "always"    // each costs a query, which M-PESA limits
)

// Origin is where a callback came from.
type Origin struct {
	Remote string // address
	Proof  Proof
	Listed bool // the address is one of M-PESA's, so the proof is more than the token
}

// Proof is what speaks for a callback beside its token.
type Proof int

// Proofs. Where nobody has said who may call back, the token is proof enough.
const (
	Proven   Proof = iota
	Unproven       // the address is not one of M-PESA's
	Refused        // so, and such callbacks are kept and not obeyed
)

// mustConfirm reports whether a result from such an origin is asked about first.
func (g *Gateway) mustConfirm(proof Proof) bool {
	switch g.Confirm {
	case ConfirmNever:
		return false
	case ConfirmAlways:
		return true
	default:
		return proof != Proven
	}
}

// paid turns a query's word that the customer paid by a prompt into what happens to p: it is
// paid with the receipt that was claimed, if one was, unless that belongs to another payment
// or to another prompt. When another prompt has paid p already, the customer has paid twice.
func (g *Gateway) paid(tx Tx, p *Payment, claimed string, f fact) (Event, fact, error) {
	if p.State == Paid {
		e, f := p.paidAgain(claimed, f)
		return e, f, nil
	}
	why, err := g.disputed(tx, p, f.prompt.CheckoutRequestID)
	if err != nil {
		return "", fact{}, err
	}
	if why != "" {
		f.reason = why
		return CallbackMismatch, f, nil
	}
	receipt, ok := daraja.NormaliseReceipt(claimed)
	if ok {
		claim, err := claimOf(tx, p.ID, receipt)
		if err != nil {
			return "", fact{}, err
		}
		ok = claim.checkoutID == "" || samePrompt(Push{CheckoutRequestID: f.prompt.CheckoutRequestID}, claim.checkoutID)
		f.at = claim.result.at
	}
	if ok {
		owner, err := tx.ClaimReceipt(receipt, p.ID, g.now())
		if err != nil {
			return "", fact{}, fmt.Errorf("claiming receipt %s: %w", receipt, err)
		}
		if owner != p.ID {
			f.reason = fmt.Sprintf("receipt %s already belongs to transaction %d", receipt, owner)
			return ReceiptTaken, f, nil
		}
		f.receipt = receipt
	}
	e, f := p.paidBy(f)
	return e, f, nil
}

// contradicted turns a query's failure of a payment into a mismatch when the usual queries
// about a callback's claim that it is paid have ended without an answer.
func contradicted(tx Tx, p *Payment, e Event, f fact) (Event, fact, error) {
	if e != QueryFailure && e != QueryRetryable || p.State != Unresolved {
		return e, f, nil
	}
	if claims, err := claimsUnconfirmed(tx, p); !claims || err != nil {
		return e, f, err
	}
	f.reason = fmt.Sprintf("%s%s%s %s", unconfirmedClaim(p.Claimed), queryDenies, f.code, f.desc)
	return CallbackMismatch, f, nil
}

// failureAfterClaim turns a proven failure into a contradiction where queries have ended
// without an answer about a callback's claim that the payment is paid. While they go on,
// the table says the same.
func failureAfterClaim(tx Tx, p *Payment, c classified) (classified, error) {
	if p.State != Unresolved || c.event != CallbackFailure && c.event != CallbackRetryable {
		return c, nil
	}
	claims, err := claimsUnconfirmed(tx, p)
	if claims {
		c.event, c.fact.reason = CallbackMismatch, fmt.Sprintf("%s, and a callback that M-PESA sent says %s", unconfirmedClaim(p.Claimed), c.fact.code)
	}
	return c, err
}

// claimsUnconfirmed reports whether a callback that a query must confirm says that the
// customer paid, with a receipt that can be used or without. What came before a person
// resolved the payment is dealt with.
func claimsUnconfirmed(tx Tx, p *Payment) (bool, error) {
	if p.Claimed != "" {
		return true, nil
	}
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return false, fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	return slices.ContainsFunc(pushes, func(push Push) bool {
		q := push.Inquiry
		return (q.Money || q.AnyClaim) && (push.Number == p.Pushes || !q.DueAt.IsZero())
	}), nil
}

// unconfirmedClaim says what a callback claims that a query must confirm: a receipt, or ""
// when none can be used.
func unconfirmedClaim(receipt string) string {
	if receipt == "" {
		return unconfirmed + " that the customer paid"
	}
	return fmt.Sprintf(unconfirmed+" that receipt %s paid", receipt)
}

// claimOf is the callback that claims a receipt for a payment: the first with proof, or the
// first of those that have most; the zero one where it was erased since.
func claimOf(tx Tx, paymentID int64, receipt string) (claim decodedCallback, err error) {
	found := 0
	_, err = findCallback(tx, paymentID, 0, func(c Callback) bool {
		cb := decode(c.Body)
		if n := c.credence(); cb.receipt == receipt && n > found {
			claim, found = cb, n
		}
		return found == mostCredence
	})
	return claim, err
}

const mostCredence = 3

// credence orders the callbacks on record by what speaks for them, as their verdicts say: proof
// above none, and none above an origin that was refused.
func (c Callback) credence() int {
	switch kind := VerdictKind(c.Verdict); {
	case kind == VerdictRefused:
		return 1
	case kind == VerdictIncomplete, strings.Contains(c.Verdict, withoutProof):
		return 2
	default:
		return mostCredence
	}
}

// callbacksPage is how many callbacks of a payment are in memory together.
const callbacksPage = 20

// findCallback looks for the first callback of a payment, with an id greater than after, that
// is the one. last is the id of the last that was looked at.
func findCallback(tx Tx, paymentID, after int64, is func(Callback) bool) (last int64, err error) {
	for last = after; ; {
		page, err := tx.CallbacksOf(paymentID, last, callbacksPage)
		if err != nil {
			return last, fmt.Errorf("reading the callbacks of payment %d: %w", paymentID, err)
		}
		for _, c := range page {
			if last = c.ID; is(c) {
				return last, nil
			}
		}
		if len(page) < callbacksPage {
			return last, nil
		}
	}
}

// tally counts what happened in a minute.
type tally struct {
	mu     sync.Mutex
	minute time.Time
	n      int
}

// take counts one more, unless most were counted in this minute; full only asks.
func (t *tally) take(now time.Time, most int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at(now); t.n >= most {
		return false
	}
	t.n++
	return true
}

func (t *tally) full(now time.Time, most int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at(now)
	return t.n >= most
}

func (t *tally) at(now time.Time) {
	if minute := now.Truncate(time.Minute); !minute.Equal(t.minute) {
		t.minute, t.n = minute, 0
	}
}

// errStranger ends the transaction of a callback that is not kept.
var errStranger = errors.New("too many callbacks for nobody")

// flooded reports whether c may be dropped unkept: its token is unknown, and as many
// such callbacks as are kept have come in this minute. While there is room it
// answers from memory.
func (g *Gateway) flooded(ctx context.Context, token string) (bool, error) {
	if g.Strangers == 0 || !g.strangers.full(g.now(), g.Strangers) {
		return false, nil
	}
	err := g.Store.View(ctx, func(tx Tx) error {
		_, err := tx.PushByToken(token)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for a push: %w", err)
	}
	return false, nil
}

// keepsStranger counts a callback for nobody that is about to be kept.
func (g *Gateway) keepsStranger() bool {
	return g.Strangers == 0 || g.strangers.take(g.now(), g.Strangers)
}
