package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// Order is what a partner asks for, as it came.
type Order struct {
	Phone          string
	Amount         string // whole shillings
	Reference      string // optional
	CallbackURL    string // absolute http or https
	IdempotencyKey string // optional
}

// Limits of an order's fields.
const (
	maxReference = 64
	maxURL       = 2048
	maxIdemKey   = 255
)

// Accepted answers an order.
type Accepted struct {
	PaymentID int64
	Duplicate bool // a replay: nothing was pushed
}

// Collect takes an order and pushes it to the customer's phone, once for each
// idempotency key. It returns an *Error: CodeInvalid, CodeInFlight, CodeKeyReused,
// CodeTooMany, CodeUnavailable, and, with a payment on record, CodeRefused and
// CodeUnanswered. The push goes on when ctx ends, since the payment is on record by then.
func (g *Gateway) Collect(ctx context.Context, partner Partner, o Order) (Accepted, error) {
	p, err := o.check(g.Targets)
	if err != nil {
		return Accepted{}, err
	}
	p.Partner, p.Trace, p.Fingerprint = partner.Name, TrailOf(ctx).Trace, g.Vault.fingerprint(p)
	first, replay, err := g.admit(ctx, p)
	if errors.Is(err, ErrDuplicateKey) { // somebody else's order with the same key was faster
		first, replay, err = g.admit(ctx, p)
	}
	if err != nil {
		return Accepted{}, err
	}
	if replay.payment != nil {
		TrailOf(ctx).Payment = replay.payment.ID
		return g.replayed(p, replay)
	}
	TrailOf(ctx).Payment = p.ID
	g.first.Store(first.Token, true)
	defer g.first.Delete(first.Token)
	g.reach(OrderWritten)
	if err := g.push(context.WithoutCancel(ctx), p, first); err != nil {
		return Accepted{}, err
	}
	return Accepted{PaymentID: p.ID}, nil
}

// replay is the payment that an idempotency key made before, if any.
type replay struct {
	payment  *Payment
	inFlight bool // its order has no answer yet
}

// replayOf finds the payment that the idempotency key of an order made before.
func (g *Gateway) replayOf(tx Tx, p *Payment) (replay, error) {
	if p.IdempotencyKey == "" {
		return replay{}, nil
	}
	earlier, err := g.paymentByKey(tx, p.Partner, p.IdempotencyKey)
	switch {
	case errors.Is(err, ErrNotFound):
		return replay{}, nil
	case err != nil:
		return replay{}, err
	case earlier.State == Sending || earlier.State == Unknown || g.now().Sub(earlier.CreatedAt) > g.Waits.Lost:
		return replay{payment: earlier, inFlight: earlier.State == Sending}, nil
	}
	pushes, err := tx.PushesOf(earlier.ID)
	if err != nil {
		return replay{}, fmt.Errorf("reading the pushes of payment %d: %w", earlier.ID, err)
	}
	if len(pushes) == 0 || pushes[0].State != PushBegun {
		return replay{payment: earlier}, nil
	}
	// A callback came before the answer to the push. A push that no process awaits is one that
	// a crash cut off.
	_, awaited := g.first.Load(pushes[0].Token)
	return replay{earlier, awaited || !g.Store.Exclusive()}, nil
}

// admit puts an order on record and begins its push, or finds the payment that its
// idempotency key made before.
func (g *Gateway) admit(ctx context.Context, p *Payment) (first Push, earlier replay, err error) {
	token, err := g.token()
	if err != nil {
		return Push{}, replay{}, err
	}
	err = g.update(ctx, func(tx Tx) error {
		if earlier, err = g.replayOf(tx, p); earlier.payment != nil || err != nil {
			return err
		}
		now := g.now()
		if err := g.mayPrompt(tx, p.Partner, p.Phone, now); err != nil {
			return err
		}
		p.State, p.Direction, p.CreatedAt, p.UpdatedAt = Sending, Collect, now, now
		p.Pushes, p.DueAt = 1, now.Add(g.Waits.Lost)
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
		first = Push{Token: token, PaymentID: p.ID, Number: 1, State: PushBegun, CreatedAt: now}
		if err := tx.InsertPush(first); err != nil {
			return err
		}
		g.reach(OrderWriting)
		return nil
	})
	if err != nil {
		return Push{}, replay{}, fmt.Errorf("recording an order: %w", err)
	}
	return first, earlier, nil
}

// replayed answers an order whose key was used before. A refusal stays the answer
// for good; everything else is a duplicate of the payment on record.
func (g *Gateway) replayed(p *Payment, r replay) (Accepted, error) {
	switch earlier := r.payment; {
	case g.Vault.differ(p, earlier):
		return Accepted{}, &Error{Code: CodeKeyReused, PaymentID: earlier.ID, Message: "X-Idempotency-Key was used before with another body"}
	case r.inFlight:
		return Accepted{}, &Error{Code: CodeInFlight, PaymentID: earlier.ID, Message: "a request with this X-Idempotency-Key is in flight; try again"}
	case earlier.Refusal != "" && earlier.Pushes == 1: // a later push was refused when the order had its answer
		return Accepted{}, refused(earlier)
	}
	return Accepted{PaymentID: r.payment.ID, Duplicate: true}, nil
}

func refused(p *Payment) *Error {
	return &Error{Code: CodeRefused, PaymentID: p.ID, Message: p.Refusal}
}

// check turns o into a payment, or says which field is wrong.
func (o Order) check(targets Targets) (*Payment, error) {
	if o.Phone == "" {
		return nil, Invalidf("phone is required")
	}
	phone, err := daraja.NormaliseMSISDN(o.Phone)
	if err != nil {
		return nil, Invalidf("%v", err)
	}
	amount, err := checkAmount(o.Amount)
	if err != nil {
		return nil, err
	}
	if err := checkReference(o.Reference); err != nil {
		return nil, err
	}
	if err := checkVisible(o.CallbackURL); err != nil {
		return nil, err
	}
	if err := targets.check(o.CallbackURL); err != nil {
		return nil, err
	}
	if !visibleASCII(o.IdempotencyKey) || len(o.IdempotencyKey) > maxIdemKey {
		return nil, Invalidf("X-Idempotency-Key must be 1 to %d visible ASCII characters", maxIdemKey)
	}
	return &Payment{
		Phone: phone, Amount: amount, Reference: o.Reference,
		CallbackURL: o.CallbackURL, IdempotencyKey: o.IdempotencyKey,
	}, nil
}

func checkAmount(s string) (daraja.Money, error) {
	if s == "" {
		return 0, Invalidf("amount is required")
	}
	amount, err := daraja.ParseMoney(s)
	if err != nil || !amount.Whole() || amount < daraja.MinPayment || amount > daraja.MaxPayment {
		return 0, Invalidf("amount must be a whole number of shillings from %d to %d",
			daraja.MinPayment.Shillings(), daraja.MaxPayment.Shillings())
	}
	return amount, nil
}

// checkReference allows what reaches a handset unharmed; M-PESA is known to fail
// on other characters.
func checkReference(s string) error {
	for _, r := range s {
		letter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune(separators, r) {
			return Invalidf("reference may hold letters, digits, spaces and -_/.#: only")
		}
	}
	if len(s) > maxReference {
		return Invalidf("reference must be at most %d characters", maxReference)
	}
	return nil
}

func visibleASCII(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return true
}
