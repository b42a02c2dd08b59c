package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Confirm says which successes are confirmed by a query before they are credited.
type Confirm string

// Which successes are confirmed. The zero Confirm is ConfirmUntrusted.
const (
	ConfirmNever     Confirm = "never"
	ConfirmUntrusted Confirm = "untrusted" // those whose origin has no proof
	ConfirmAlways    Confirm = "always"    // each costs a query, which M-PESA limits
)

// Origin is where a callback came from.
type Origin struct {
	Remote string // address
	Proof  Proof
}

// Proof is what speaks for a callback beside its token.
type Proof int

// Proofs. Where nobody has said who may call back, the token is proof enough.
const (
	Proven   Proof = iota
	Unproven       // the address is not one of M-PESA's
	Refused        // so, and such callbacks are kept and not obeyed
)

// mustConfirm reports whether a success from such an origin is asked about first.
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

// judgeUnproven is judgeSuccess for a success that must be confirmed. It claims no
// receipt: that would keep it from its rightful owner. Nor is the prompt's id taken
// from it: a query about somebody else's prompt would prove nothing.
func (g *Gateway) judgeUnproven(tx Tx, p *Payment, push Push, cb daraja.STKCallback) (string, error) {
	receipt := cb.Payment.Receipt
	known := p.Receipt
	if p.State == Confirming {
		known = p.Claimed
	}
	if known == receipt && (p.State == Paid || p.State == Confirming) {
		return VerdictDuplicate, nil
	}
	event := CallbackUnproven
	f := fact{claimed: receipt, reason: fmt.Sprintf("receipt %s for KES %s came without proof although the payment was %s", receipt, cb.Payment.Amount, p.State)}
	why := mismatch(p, push, cb)
	switch {
	case known != "":
		event, f.reason = SecondReceipt, fmt.Sprintf("a second receipt %s for KES %s, without proof", receipt, cb.Payment.Amount)
	case why != "":
		event, f.reason = CallbackMismatch, fmt.Sprintf("receipt %s, without proof: %s", receipt, why)
	}
	if t, _ := Next(p.State, event); t.Effect == Ignore {
		return VerdictDuplicate, nil
	}
	if event == CallbackUnproven && push.CheckoutRequestID != "" { // of an earlier push, perhaps
		p.MerchantRequestID, p.CheckoutRequestID = push.MerchantRequestID, push.CheckoutRequestID
	}
	if err := g.apply(tx, p, event, f); err != nil {
		return "", err
	}
	if event == CallbackUnproven {
		return VerdictUnproven, nil
	}
	return VerdictApplied + ": " + f.reason, nil
}

// confirmed turns the query that confirms p into what happens to it: it is paid with
// the receipt that was claimed, unless that belongs to another payment.
func (g *Gateway) confirmed(tx Tx, p *Payment, f fact) (Event, fact, error) {
	owner, err := tx.ClaimReceipt(p.Claimed, p.ID, g.now())
	if err != nil {
		return "", fact{}, fmt.Errorf("claiming receipt %s: %w", p.Claimed, err)
	}
	if owner != p.ID {
		f.reason = fmt.Sprintf("receipt %s already belongs to transaction %d", p.Claimed, owner)
		return ReceiptTaken, f, nil
	}
	f.receipt = p.Claimed
	f.at, err = claimedAt(tx, p)
	return QuerySuccess, f, err
}

// claimedAt is M-PESA's time of the payment, from the callback that claims it.
func claimedAt(tx Tx, p *Payment) (time.Time, error) {
	callbacks, err := tx.CallbacksOf(p.ID)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the callbacks of payment %d: %w", p.ID, err)
	}
	for _, c := range callbacks {
		cb, err := daraja.DecodeSTKCallback(c.Body)
		if err == nil && cb.Payment != nil && cb.Payment.Receipt == p.Claimed {
			return cb.Payment.At, nil
		}
	}
	return time.Time{}, nil // erased since
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
