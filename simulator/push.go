package simulator

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Push puts a prompt on a customer's phone (reference: STK push). The error is a
// *daraja.Error; what goes wrong later comes by callback.
func (w *World) Push(r daraja.STKPush) (daraja.STKPushAck, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, err := checkPush(r, w.opt.strict)
	if err != nil {
		return daraja.STKPushAck{}, err
	}
	org, err := w.merchant(p.shortcode, string(r.Password), string(r.Timestamp))
	if err != nil {
		return daraja.STKPushAck{}, err
	}
	if err := checkKind(org, p.kind); err != nil {
		return daraja.STKPushAck{}, err
	}
	c := w.customer(p.phone)
	if c.prompt != nil {
		return daraja.STKPushAck{}, daraja.ErrLocked().Because("prompt %s is still open on %s", c.prompt.checkoutID, p.phone.Masked())
	}
	opened := w.open(p, org)
	c.prompt = opened
	return daraja.NewSTKPushAck(opened.merchantID, opened.checkoutID), nil
}

// merchant finds the organisation of a shortcode and checks its password.
func (w *World) merchant(shortcode, password, timestamp string) (Organisation, error) {
	org, known := w.orgs[shortcode]
	if !known {
		return org, daraja.ErrNoMerchant().Because("no organisation here has shortcode %s", shortcode)
	}
	if why := daraja.ExplainPassword(password, shortcode, org.Passkey, timestamp); why != "" {
		return org, daraja.ErrWrongCredentials().Because("%s", why)
	}
	return org, nil
}

// checkKind refuses a transaction type that the organisation does not have: a
// paybill's request is called invalid, a till's is not allowed.
func checkKind(org Organisation, kind string) error {
	want := org.transactionType()
	switch {
	case kind == want:
		return nil
	case org.Till == "":
		return daraja.ErrInvalidField("TransactionType").Because("%s is a paybill, so TransactionType must be %s", org.Shortcode, want)
	default:
		return daraja.ErrTypeNotAllowed(kind).Because("%s is a till's store number, so TransactionType must be %s and PartyB %s", org.Shortcode, want, org.Till)
	}
}

// open records a prompt and when it ends. Its outcome is decided now, but for
// nature's, which depends on the wallet when the customer answers.
func (w *World) open(p push, org Organisation) *prompt {
	now := w.clock.Now()
	opened := &prompt{
		push: p, merchantID: w.ids.RequestID(), checkoutID: w.checkoutID(now, p.phone), openedAt: now,
		outcome: w.decide(Request{API: APISTKPush, Phone: p.phone, Amount: p.amount, Reference: p.reference, Shortcode: p.shortcode}),
		tooLong: len([]rune(promptText(p, org))) > daraja.PromptLimit,
		wrong:   p.partyB != org.receiver(),
	}
	wait := w.opt.thinkTime
	if opened.outcome.After != nil {
		wait = *opened.outcome.After
	}
	w.prompts.add(opened)
	opened.stop = w.clock.AfterFunc(wait, func() { w.end(opened) })
	return opened
}

// promptText is what the handset shows.
func promptText(p push, org Organisation) string {
	return fmt.Sprintf("Do you want to pay Ksh. %s to %s Account no. %s? Enter M-PESA PIN:", p.amount, org.Name, p.reference)
}

// checkoutID is one that no prompt has: two in the same instant differ by the
// smallest step that shows.
func (w *World) checkoutID(now time.Time, m daraja.MSISDN) string {
	step := time.Millisecond
	if w.opt.tenths {
		step = 100 * time.Millisecond
	}
	for {
		id := daraja.CheckoutRequestID(now, m, w.opt.tenths)
		if w.prompts.get(id) == nil {
			return id
		}
		now = now.Add(step)
	}
}

// decide asks the scenario, then the phone number; the zero Outcome leaves it to
// nature.
func (w *World) decide(r Request) Outcome {
	if w.setup.Decider != nil {
		if o, ok := w.setup.Decider.Decide(r); ok {
			return o
		}
	}
	o, _ := magic(r)
	return o
}
