package gateway

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Gateway takes payments for partners. All its fields up to Log must be set; those
// after it have a good zero.
type Gateway struct {
	Store  Store
	Daraja Daraja
	Sender Sender
	Clock  Clock
	Random io.Reader // unguessable bytes, for callback tokens and webhook-ids; used by many at once
	Waits  Waits
	Log    Logger

	// OldQuery asks for leave to query a partner's payment in Unresolved, beside the leave that
	// Query asks for: 0 gives it, anything else is how long to wait. nil gives it always.
	OldQuery func(partner string) (wait time.Duration)

	Secrets        Secrets     // what webhooks are signed with; nil, in tests, signs none
	Vault          *Vault      // keys the fingerprints of orders; nil, in tests, leaves them without a key
	Targets        Targets     // where webhooks may go
	Confirm        Confirm     // which results are asked about before they count
	Phones         PhoneLimits // prompts for one phone
	ReviewPartners []string    // partners of the configuration that get webhooks with status review
	Strangers      int         // callbacks with unknown tokens that are kept in a minute; 0 is all
	Observer       Observer    // nil hears nothing
	Shown          bool        // each attempt at a webhook is shown to a person, so the log does not warn of the first that fails
	Reach          func(Point) // called at each point of a payment's way; nil in service

	ReferenceLength int // most characters of a reference that go to M-PESA; 0 is no limit

	strangers tally
	unwritten unwritten
	first     sync.Map // tokens of the first pushes that this process awaits the answers to
}

func (g *Gateway) now() time.Time { return g.Clock.Now().UTC() }

// tokenLength is how many characters a callback token has.
const tokenLength = 32

// token returns 128 unguessable bits in hex.
func (g *Gateway) token() (string, error) {
	var b [tokenLength / 2]byte
	if _, err := io.ReadFull(g.Random, b[:]); err != nil {
		return "", fmt.Errorf("making a callback token: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// salt returns the salt of a callback.
func (g *Gateway) salt() ([]byte, error) {
	b := make([]byte, saltSize)
	if _, err := io.ReadFull(g.Random, b); err != nil {
		return nil, fmt.Errorf("making a callback's salt: %w", err)
	}
	return b, nil
}

// Transaction returns a payment to the partner that owns it. The error has
// CodeNotFound for another partner's as for one that does not exist.
func (g *Gateway) Transaction(ctx context.Context, partner Partner, id int64) (*Payment, error) {
	p, err := g.load(ctx, id)
	if errors.Is(err, ErrNotFound) || (err == nil && p.Partner != partner.Name) {
		return nil, &Error{Code: CodeNotFound, Message: fmt.Sprintf("transaction %d is not known", id)}
	}
	if p != nil {
		*TrailOf(ctx) = Trail{Payment: p.ID, Trace: p.Trace}
	}
	return p, err
}

func (g *Gateway) load(ctx context.Context, id int64) (*Payment, error) {
	var p *Payment
	err := g.Store.View(ctx, func(tx Tx) (err error) {
		p, err = tx.Payment(id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading payment %d: %w", id, err)
	}
	return p, nil
}

// Recover finds the pushes that a crash cut off. Each may have become a prompt, so
// none is made again: a callback or a query will tell. Call it before Work. In a
// store that others share it does nothing, since the pushes may be theirs; what was
// lost there falls due after Waits.Lost.
func (g *Gateway) Recover(ctx context.Context) error {
	if !g.Store.Exclusive() {
		return nil
	}
	return g.update(ctx, func(tx Tx) error {
		for _, state := range []State{Sending, Resending} {
			cut, err := tx.Payments(PaymentFilter{State: state})
			if err != nil {
				return fmt.Errorf("listing payments in %s: %w", state, err)
			}
			for _, p := range cut {
				if err := g.crashed(tx, p); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// crashed records that the answer to the latest push of p is lost. A callback may have
// taught its id.
func (g *Gateway) crashed(tx Tx, p *Payment) error {
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	push := latestOf(pushes, p)
	push.State = PushLost
	if err := tx.SavePush(push); err != nil {
		return fmt.Errorf("saving push %d of payment %d: %w", push.Number, p.ID, err)
	}
	return g.apply(tx, p, Crashed, fact{
		soon:   push.Questions > 0 && push.askable(),
		prompt: PushAck{MerchantRequestID: push.MerchantRequestID, CheckoutRequestID: push.CheckoutRequestID},
	})
}

// fact is what an event brings with it.
type fact struct {
	result
	receipt string
	claimed string  // receipt of a success that nobody has confirmed
	reason  string  // why a person must look, for events that contradict
	doubt   string  // what a person must look at, although the event itself contradicts nothing
	soon    bool    // a query is due soon
	refusal string  // what Daraja said to a refused push
	lost    bool    // the push that was answered had counted as lost
	prompt  PushAck // of the push that was answered, as far as it is known
	aside   bool    // it says nothing of the prompt of the latest push
}

// apply lets an event happen to p and saves it. What the table ignores is not
// saved.
func (g *Gateway) apply(tx Tx, p *Payment, e Event, f fact) error {
	t, ok := Next(p.State, e)
	if !ok {
		return fmt.Errorf("payment %d: no transition from %s on %s", p.ID, p.State, e)
	}
	if t.Effect == Ignore {
		return nil
	}
	now := g.now()
	from, reason, due, checks := p.State, p.ReviewReason, p.DueAt, p.Checks
	p.State, p.UpdatedAt = t.To, now
	p.enter(from, f)
	if e == PushWasRefused && p.Pushes == 1 && p.State.failed() && !f.lost { // otherwise the order has its answer, or gets another
		p.Refusal = f.refusal
	}
	p.change(e, t.Effect, f, from, now)
	p.DueAt = g.dueAfter(p, e, t.Effect, f, now)
	if f.aside && leavesOpen(from, p.State) {
		if err := g.askOnAboutLatest(tx, p, from, due, checks); err != nil {
			return err
		}
	}
	if p.State == Paid && from != Paid && e != ResolvedPaid {
		if err := g.askAboutOthers(tx, p, from); err != nil {
			return err
		}
	}
	if t.Effect == Settle && !p.ErasedAt.IsZero() && masked(p.CallbackURL) {
		p.addReason("its webhook may not arrive, since its URL had the number of a customer whose data were erased")
	}
	opened := p.updateReview(reason)
	if err := tx.SavePayment(p); err != nil {
		return fmt.Errorf("saving payment %d: %w", p.ID, err)
	}
	remember(tx, Change{Event: e, From: from, Payment: *p, NeedsReview: opened})
	return g.tell(tx, p, t.Effect, from)
}

// change writes into p what an event with an effect brings.
func (p *Payment) change(e Event, effect Effect, f fact, from State, now time.Time) {
	switch effect {
	case Record:
		p.settle(f, now)
	case Settle:
		p.settle(f, now)
		p.ReviewReason = answered(p.ReviewReason, e)
		if e != ResolvedPaid {
			p.addReason(p.otherClaim(f))
		}
	case Complete:
		p.Receipt = f.receipt
		p.dated(f, now)
	case Claim:
		p.Claimed, p.Checks = f.claimed, 0
		p.addReason(f.doubt)
	case Ask:
		p.noteUnlessFailed(f, from)
		p.addReason(f.doubt)
	case Resolve:
		p.ReviewReason = ""
	case Flag:
		p.flag(fmt.Sprintf("%s in state %s", e, from), f)
		if claim := unconfirmedClaim(p.Claimed); from == Confirming && p.State == Review && p.Claimed != "" && !strings.Contains(p.ReviewReason, claim) {
			p.addReason(claim)
		}
	case Nothing, Ignore:
		p.noteUnlessFailed(f, from)
	}
}

// enter prepares p for the state that it has just come to: the queries of Unresolved are
// counted from there on, and Unknown has the ids of the push that led to it, if any.
func (p *Payment) enter(from State, f fact) {
	if p.State == from {
		return
	}
	switch p.State {
	case Unresolved:
		p.Checks = 0
	case Unknown:
		p.MerchantRequestID, p.CheckoutRequestID = f.prompt.MerchantRequestID, f.prompt.CheckoutRequestID
	default:
	}
}

// query is the wait before the next query of a payment, after checks without a result; the
// last wait stays.
func (w Waits) query(checks int) time.Duration {
	return w.Query[min(max(checks, 1), len(w.Query))-1]
}

// due says when the gateway next has to act on p by itself.
func (g *Gateway) due(p *Payment, now time.Time) time.Time {
	switch p.State {
	case Sending, Resending:
		return now.Add(g.Waits.Lost)
	case Confirming:
		if p.Checks == 0 {
			return now
		}
		return now.Add(g.Waits.query(p.Checks))
	case Unresolved:
		if p.CheckoutRequestID == "" || p.Checks >= len(g.Waits.Later) {
			return time.Time{}
		}
		return now.Add(g.Waits.Later[p.Checks])
	case Pending, Unknown:
		if p.CheckoutRequestID == "" && p.State == Unknown { // it cannot be asked about
			return now.Add(g.Waits.queries())
		}
		if p.Checks == 0 {
			return now.Add(g.Waits.Callback)
		}
		return now.Add(g.Waits.query(p.Checks))
	case Retrying:
		return now.Add(g.Waits.scale(PolicyFor(p.ResultCode).After))
	default:
		return time.Time{}
	}
}
