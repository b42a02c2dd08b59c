package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// Decision is what a person makes of a payment that waits for one.
type Decision string

// Decisions.
const (
	DecidePaid   Decision = "paid"   // the money came, as M-PESA's statement shows; needs the receipt
	DecideFailed Decision = "failed" // no money came
	DecideAsIs   Decision = "is"     // the settled payment stands; its reason is dealt with
)

// Decisions lists every decision.
func Decisions() []Decision { return []Decision{DecidePaid, DecideFailed, DecideAsIs} }

// Resolution is a person's word on a payment.
type Resolution struct {
	As      Decision
	Seen    string // mark of what the person has read, as the desk shows it; required
	Receipt string // M-PESA's, for DecidePaid only
	Note    string // why; required
	By      string // who; required
}

// Limits of what a person writes, in bytes.
const (
	maxDecisionNote = 500
	maxDecisionBy   = 64
)

// verdictBy is between the decision and the name in such a verdict.
const verdictBy = ", by "

// Administration is where the entries of the raw log come from that people make: their
// Remote.
const Administration = "administration"

// check says what is wrong with r, and brings the receipt into its usual form.
func (r *Resolution) check() error {
	switch r.As {
	case DecidePaid:
		if r.Receipt == "" {
			return Invalidf("paid needs the M-PESA receipt that proves it")
		}
		receipt, ok := daraja.NormaliseReceipt(r.Receipt)
		if !ok {
			return Invalidf("a receipt has 8 to 16 letters and digits and begins with a letter, such as RKTQDM7W6S")
		}
		r.Receipt = receipt
	case DecideFailed, DecideAsIs:
		if r.Receipt != "" {
			return Invalidf("only paid takes a receipt")
		}
	default:
		return Invalidf("%.40q is no decision; there are %s", string(r.As), wordsOf(Decisions()))
	}
	return checkPersonsWords(r.Note, r.By)
}

// checkPersonsWords checks a note and a name.
func checkPersonsWords(note, by string) error {
	if err := checkWords("a note", note, maxDecisionNote); err != nil {
		return err
	}
	return checkWords("the name of who decides", by, maxDecisionBy)
}

func checkWords(what, s string, most int) error {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	if strings.TrimSpace(s) == "" || len(s) > most || strings.ContainsFunc(s, odd) {
		return Invalidf("%s is required, at most %d bytes, without control characters", what, most)
	}
	return nil
}

// ResolutionNote is a resolution on record.
type ResolutionNote struct {
	As      Decision  `json:"resolved"`
	Receipt string    `json:"receipt,omitempty"`
	Note    string    `json:"note"`
	By      string    `json:"by"`
	State   State     `json:"state"`  // before it
	Reason  string    `json:"reason"` // why the payment waited
	At      time.Time `json:"at"`
}

// ResolveReview applies a person's decision to a payment that waits for one, and writes
// it into the raw log. The partner gets the usual webhook, except for DecideAsIs. The
// error has CodeInvalid, CodeNotFound, or CodeConflict when the payment has no open
// review, was resolved before, says something else than the person has read, can't be
// resolved in that way, or the receipt belongs to another payment.
func (g *Gateway) ResolveReview(ctx context.Context, id int64, r Resolution) (p *Payment, err error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.Seen == "" {
		return nil, Invalidf("a decision is about what was read: add the mark that 'darajabox gateway review show %d' and 'review list' show, as seen", id)
	}
	salt, err := g.salt()
	if err != nil {
		return nil, err
	}
	err = g.update(ctx, func(tx Tx) error {
		p, err = tx.Payment(id)
		if errors.Is(err, ErrNotFound) {
			return &Error{Code: CodeNotFound, Message: fmt.Sprintf("there is no payment %d; 'darajabox gateway review list' shows those that need a person", id)}
		}
		if err != nil {
			return err
		}
		return g.resolve(tx, p, r, salt)
	})
	if err != nil {
		return nil, wrapUnlessTold(err, "resolving payment %d", id)
	}
	g.Log.Info("payment was resolved by a person", "payment", id, "as", string(r.As), "by", r.By)
	return p, nil
}

// resolve is ResolveReview inside its transaction.
func (g *Gateway) resolve(tx Tx, p *Payment, r Resolution, salt []byte) error {
	if p.ReviewAt.IsZero() {
		return needsNoReview(tx, p)
	}
	event := r.event()
	if t, _ := Next(p.State, event); t.Effect == Ignore {
		return cannotResolve(p, r.As)
	}
	if err := g.claimDecided(tx, p, r); err != nil {
		return err
	}
	if err := p.checkSeen(tx, r); err != nil {
		return err
	}
	note := ResolutionNote{As: r.As, Receipt: r.Receipt, Note: r.Note, By: r.By, State: p.State, Reason: p.WhyReview(), At: g.now()}
	f, err := decided(tx, p, r)
	if err != nil {
		return err
	}
	if err := g.dealtWith(tx, p, r); err != nil {
		return err
	}
	if err := g.apply(tx, p, event, f); err != nil {
		return err
	}
	body, err := daraja.Marshal(note)
	if err != nil {
		return fmt.Errorf("writing the note: %w", err)
	}
	c := &Callback{PaymentID: p.ID, Remote: Administration, Body: body, Salt: salt, ReceivedAt: note.At,
		Verdict: VerdictResolved + ": " + string(r.As) + verdictBy + hideNumbers(r.By)}
	if err := tx.InsertCallback(c); err != nil {
		return fmt.Errorf("writing the resolution into the raw log: %w", err)
	}
	return nil
}

// checkSeen refuses a decision on something else than p says.
func (p *Payment) checkSeen(tx Tx, r Resolution) error {
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	mark := p.reviewMark(pushes)
	if r.Seen == mark {
		return nil
	}
	decision := string(r.As)
	if r.Receipt != "" {
		decision += " --receipt " + r.Receipt
	}
	last, err := lastCame(tx, p.ID)
	if err != nil {
		return err
	}
	return &Error{Code: CodeConflict, Message: fmt.Sprintf("payment %d says something else than the mark %.20q: it is %s, the reason is %q, and %s; "+
		"see its callbacks with 'darajabox gateway review show %[1]d', then decide: darajabox gateway review resolve %[1]d --as %[6]s --seen %[7]s --note TEXT",
		p.ID, r.Seen, p.State, p.WhyReview(), last, decision, mark)}
}

// lastCame says what the log has last of a payment: a callback may be what is new, while the
// reason is as it was.
func lastCame(tx Tx, paymentID int64) (string, error) {
	newest, _, err := tx.NewestCallbacks(paymentID, 1)
	if err != nil {
		return "", fmt.Errorf("reading the callbacks of payment %d: %w", paymentID, err)
	}
	if len(newest) == 0 {
		return "no callback of it is on record", nil
	}
	return fmt.Sprintf("the last entry of its log is of %s (%s)", newest[0].ReceivedAt.UTC().Format(time.RFC3339), newest[0].Verdict), nil
}

func (r *Resolution) event() Event {
	switch r.As {
	case DecidePaid:
		return ResolvedPaid
	case DecideFailed:
		return ResolvedFailed
	default:
		return ResolvedAsIs
	}
}

// claimDecided makes the receipt of a decision the payment's. One of another payment is
// refused.
func (g *Gateway) claimDecided(tx Tx, p *Payment, r Resolution) error {
	if r.As != DecidePaid {
		return nil
	}
	owner, err := tx.ClaimReceipt(r.Receipt, p.ID, g.now())
	switch {
	case err != nil:
		return fmt.Errorf("claiming receipt %s: %w", r.Receipt, err)
	case owner != p.ID:
		return &Error{Code: CodeConflict, Message: fmt.Sprintf("receipt %s belongs to payment %d already; check it in M-PESA's statement, and see 'darajabox gateway review show %[2]d'", r.Receipt, owner)}
	default:
		return nil
	}
}

// decided is what a decision adds to what is known of p.
func decided(tx Tx, p *Payment, r Resolution) (fact, error) {
	switch r.As {
	case DecidePaid:
		claim, err := claimOf(tx, p.ID, r.Receipt)
		if err == nil && p.Pushes > 1 {
			err = takePrompt(tx, p, claim.checkoutID)
		}
		return fact{result: result{code: daraja.ResultSuccess, desc: "paid, as a person confirmed", at: claim.result.at}, receipt: r.Receipt}, err
	case DecideFailed:
		p.ResultDesc = "failed, as a person confirmed"
		if PolicyFor(p.ResultCode).Paid { // of the callback that is not believed
			p.ResultCode = ""
		}
	case DecideAsIs:
	}
	return fact{}, nil
}

// takePrompt gives p the prompt of the push that has paid: the one that the callback with the
// receipt names. What comes for another push is a second payment then. When no callback tells,
// p has none.
func takePrompt(tx Tx, p *Payment, checkoutID string) error {
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	p.MerchantRequestID, p.CheckoutRequestID = "", ""
	for _, push := range pushes {
		if checkoutID != "" && push.CheckoutRequestID != "" && samePrompt(push, checkoutID) {
			p.MerchantRequestID, p.CheckoutRequestID = push.MerchantRequestID, push.CheckoutRequestID
		}
	}
	return nil
}

// needsNoReview says why there is nothing to resolve.
func needsNoReview(tx Tx, p *Payment) error {
	callbacks, err := tx.Entries(p.ID)
	if err != nil {
		return fmt.Errorf("reading the raw log of payment %d: %w", p.ID, err)
	}
	text := fmt.Sprintf("payment %d is %s and needs no review", p.ID, p.State)
	for _, c := range callbacks {
		if VerdictKind(c.Verdict) == VerdictResolved {
			text = fmt.Sprintf("payment %d is %s and needs no review any more; it was %s", p.ID, p.State, c.Verdict)
		}
	}
	return &Error{Code: CodeConflict, Message: text}
}

// cannotResolve says which decision fits p instead.
func cannotResolve(p *Payment, as Decision) error {
	text := fmt.Sprintf("payment %d is %s, which is final, so it can't become %s; close its review with the decision %q", p.ID, p.State, as, DecideAsIs)
	if as == DecideAsIs {
		text = fmt.Sprintf("payment %d has no result yet (its state is %s), and %q only closes the review of a payment that has one; decide %q or %q", p.ID, p.State, as, DecidePaid, DecideFailed)
	}
	return &Error{Code: CodeConflict, Message: text}
}

// resolutions are the notes of a payment's raw log. One that was erased has its time and
// its verdict only, which has the decision and the name.
func resolutions(callbacks []Callback) (notes []ResolutionNote) {
	for _, c := range callbacks {
		if VerdictKind(c.Verdict) != VerdictResolved {
			continue
		}
		n := ResolutionNote{At: c.ReceivedAt}
		if err := json.Unmarshal(c.Body, &n); err != nil {
			as, by, _ := strings.Cut(strings.TrimPrefix(c.Verdict, VerdictResolved+": "), verdictBy)
			n.As, n.By = Decision(as), by
		}
		notes = append(notes, n)
	}
	return notes
}
