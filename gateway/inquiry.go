package gateway

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// Inquiry is what M-PESA is asked about one push because of its callbacks: about an earlier
// push than the latest, and about any push of a payment that has failed or that another push
// has paid. A payment that waits for the result of its latest push has queries about that
// push without one. The zero Inquiry asks nothing.
type Inquiry struct {
	DueAt   time.Time // of the next query; zero when none is due
	Asked   int       // queries that gave no result
	Claimed string    // receipt that a callback with proof claims, "" when none does
	What    string    // what a callback says that is not confirmed; "" when none is open
	Money   bool      // it says that the customer paid
	Proven  bool      // its origin has proof

	// AnyClaim is that some callback says that the customer paid, also one without proof beside
	// a stronger one that What is of.
	AnyClaim bool
}

// inquiryText is an Inquiry as stores keep it.
type inquiryText struct {
	Due     int64  `json:"due,omitempty"` // microseconds since 1970
	Asked   int    `json:"asked,omitempty"`
	Claimed string `json:"claimed,omitempty"`
	What    string `json:"what,omitempty"`
	Money   bool   `json:"money,omitempty"`
	Proven  bool   `json:"proven,omitempty"`

	AnyClaim bool `json:"any_claim,omitempty"`
}

// String is the form in which stores keep an inquiry: JSON, "" for the zero one.
func (q Inquiry) String() string {
	if q == (Inquiry{}) {
		return ""
	}
	t := inquiryText{Asked: q.Asked, Claimed: q.Claimed, What: q.What, Money: q.Money, Proven: q.Proven, AnyClaim: q.AnyClaim}
	if !q.DueAt.IsZero() {
		t.Due = q.DueAt.UnixMicro()
	}
	b, _ := json.Marshal(t) //nolint:errchkjson // it has no type that fails
	return string(b)
}

// ParseInquiry reads what String has written.
func ParseInquiry(s string) (Inquiry, error) {
	if s == "" {
		return Inquiry{}, nil
	}
	var t inquiryText
	if err := json.Unmarshal([]byte(s), &t); err != nil {
		return Inquiry{}, fmt.Errorf("reading an inquiry: %w", err)
	}
	q := Inquiry{Asked: t.Asked, Claimed: t.Claimed, What: t.What, Money: t.Money, Proven: t.Proven, AnyClaim: t.AnyClaim}
	if t.Due != 0 {
		q.DueAt = time.UnixMicro(t.Due).UTC()
	}
	return q, nil
}

// usesInquiry reports whether a callback that must be confirmed has M-PESA asked by an
// inquiry of its push. Otherwise the state of the payment does: it is about that push.
func (e evidence) usesInquiry() bool {
	switch p := e.payment; p.State {
	case Review: // a person decides
		return false
	case Failed, PresumedFailed:
		return true
	case Paid:
		return p.Pushes > 1 && p.otherPaid(e.push)
	default:
		return e.push.Number < p.Pushes
	}
}

// inquire is what an unconfirmed callback is that has M-PESA asked about its push alone.
// doubt is what a person must look at whatever M-PESA says, "" when nothing.
func (e evidence) inquire(what, receipt, doubt string, money bool) classified {
	q := Inquiry{What: what, Money: money, Proven: e.proven}
	if e.proven {
		q.Claimed = receipt
	}
	return classified{inquiry: &q, verdict: VerdictUnproven + ": " + what, fact: fact{reason: doubt}}
}

// widen adds what a callback says to the inquiry of its push, and says when M-PESA is asked:
// about money at once, otherwise soon, since M-PESA's own record may be a moment behind its
// callback. It reports false when M-PESA is not asked after the callback, because enough
// callbacks of the push had it asked already. A query that is due by now, or soon by this
// replica's clock, may be on its way, and its answer older than the callback.
func (g *Gateway) widen(e *evidence, q Inquiry) (asks bool) {
	have := &e.push.Inquiry
	now, at := g.now(), g.soon()
	if have.DueAt.IsZero() && e.spent() {
		return false
	}
	if q.strength() > have.strength() || have.What == "" || have.opened() && q.Proven { // the first of its kind stays: what is repeated is no news
		have.What, have.Money, have.Proven = q.What, q.Money, q.Proven
	}
	have.Claimed, have.AnyClaim = cmp.Or(have.Claimed, q.Claimed), have.AnyClaim || q.Money
	switch {
	case have.DueAt.IsZero():
		have.Asked = 0
		if q.Money {
			at = now
		}
	case e.spent():
		return have.DueAt.After(at)
	}
	have.DueAt = at
	e.push.Questions++
	return true
}

// noteClaim notes in the inquiry of its push that a callback claims money, or may claim it,
// which the state of the payment has M-PESA asked about; what is the reason for that.
func (e *evidence) noteClaim(what string) {
	q := Inquiry{What: hideNumbers(what), Money: e.callback.claimsMoney(), Proven: e.proven}
	if q.Money {
		q.What = hideNumbers(e.claimed(""))
	}
	have := &e.push.Inquiry
	have.AnyClaim = have.AnyClaim || q.Money
	if e.callback.mayClaimMoney() && q.strength() > have.strength() {
		have.What, have.Money, have.Proven = q.What, q.Money, q.Proven
	}
}

// strength orders what callbacks of one push say: what has proof is above what has none, and
// a claim of money above other results.
func (q Inquiry) strength() (n int) {
	if q.Proven {
		n += 2
	}
	if q.Money {
		n++
	}
	return n
}

// openInquiry opens, or widens, the inquiry of the push that a callback came for.
func (g *Gateway) openInquiry(tx Tx, e *evidence, c classified) (verdict string, err error) {
	p, doubt := e.payment, c.fact.reason
	c.inquiry.What = hideNumbers(c.inquiry.What)
	if err := learnSibling(tx, e); err != nil {
		return "", err
	}
	asks := g.widen(e, *c.inquiry)
	switch never := e.push.State == PushRefused && !e.push.askable() || masked(e.push.CheckoutRequestID); {
	case never:
		e.push.Inquiry.DueAt = time.Time{}
		if doubt == "" && c.inquiry.needsPerson(p, false) {
			doubt = fmt.Sprintf("%s, and %s, so M-PESA cannot be asked", c.inquiry.summary(p, e.push), e.push.unaskable())
		}
	case !asks && c.inquiry.needsPerson(p, false):
		doubt = fmt.Sprintf("push %d: %s%s", e.push.Number, c.inquiry.What, notAsked(e.push.Inquiry.DueAt))
	}
	if err := saveInquiry(tx, p, e.push); err != nil {
		return "", err
	}
	if doubt == "" {
		return hideNumbers(c.verdict), savePayment(tx, p)
	}
	return VerdictUnproven + ": " + hideNumbers(doubt), g.applyOrSave(tx, p, ClaimUnconfirmed, fact{reason: doubt})
}

// notAsked says of a callback that no query is sent because of it. due is when M-PESA is asked
// about its push all the same, zero when it is not.
func notAsked(due time.Time) string {
	if due.IsZero() {
		return ", and M-PESA is not asked about it"
	}
	return ", and M-PESA is not asked earlier because of it"
}

// learnSibling takes the id of a push that has none from a callback of it. The id must be no
// other push's.
func learnSibling(tx Tx, e *evidence) error {
	cb := e.callback
	if !e.names || e.push.CheckoutRequestID != "" || cb.checkoutID == "" || cb.contradiction != "" {
		return nil
	}
	by, err := takenPrompt(tx, e.payment, e.push, cb.checkoutID)
	if by == "" && err == nil {
		e.push.MerchantRequestID, e.push.CheckoutRequestID = cb.merchantID, cb.checkoutID
	}
	return err
}

// applyOrSave is apply, but saves p also when the event is ignored.
func (g *Gateway) applyOrSave(tx Tx, p *Payment, e Event, f fact) error {
	if t, _ := Next(p.State, e); t.Effect == Ignore {
		return savePayment(tx, p)
	}
	return g.apply(tx, p, e, f)
}

// saveInquiry saves a push and notes in p when its first inquiry is due. The caller saves p.
func saveInquiry(tx Tx, p *Payment, push Push) error {
	if err := tx.SavePush(push); err != nil {
		return fmt.Errorf("saving the push: %w", err)
	}
	p.InquiryAt = push.Inquiry.DueAt
	if p.Pushes == 1 {
		return nil
	}
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	for _, other := range pushes {
		if other.Number != push.Number {
			p.InquiryAt = earlier(p.InquiryAt, other.Inquiry.DueAt)
		}
	}
	return nil
}

// needsPerson reports whether a person must look at p when M-PESA does not confirm what the
// inquiry is about: when it denied a claim of money, or gave no result. What has no proof is
// a reason only where the payment has failed.
func (q Inquiry) needsPerson(p *Payment, denied bool) bool {
	switch {
	case q.claims(p):
		return q.Proven || p.State.failed()
	default:
		return q.Proven && !denied
	}
}

// claims reports whether the inquiry about a push of p is about a claim that the customer paid.
// One without proof does not count beside what has proof, unless p has failed.
func (q Inquiry) claims(p *Payment) bool { return q.Money || q.AnyClaim && p.State.failed() }
