package simulator

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Result codes of what a person does, beside those that daraja names.
const (
	resultWrongPIN  daraja.ResultCode = "2001"
	resultPINLocked daraja.ResultCode = "8006"
)

// noResponse is the ResultDesc of 1037 for a prompt that was shown and not answered.
const noResponse = "No response from user."

// end brings a prompt to the result that its course leads to.
func (w *World) end(p *prompt, now time.Time) {
	c := w.customer(p.phone)
	code, desc := p.open.outcome.Result, ""
	switch p.open.course {
	case decided:
	case natural:
		code, p.why = w.nature(p, c, now)
	case waiting, ignored:
		code = daraja.ResultUnreachable
		if w.opt.dialect == daraja.DialectDaraja {
			desc = noResponse
		}
	case unreachable, lost:
		code = daraja.ResultUnreachable
	}
	w.conclude(p, c, code, desc, now)
}

// sameAmountWindow is how long M-PESA remembers a customer's amount.
const sameAmountWindow = 2 * time.Minute

// nature is what happens to a payment that the customer agrees to, and why where the
// result does not say it: for a person, and never on the wire.
func (w *World) nature(p *prompt, c *customer, now time.Time) (code daraja.ResultCode, why string) {
	switch {
	case p.open.wrong:
		return daraja.ResultNotPermitted, w.wrongPartyB(p)
	case p.open.tooLong:
		return daraja.ResultPushFailed, fmt.Sprintf("the prompt has %d characters, but a phone shows %d; shorten AccountReference",
			promptLength(p.push, p.open.org), daraja.PromptLimit)
	case c.locked:
		return resultPINLocked, ""
	case w.opt.sameAmount && c.last.amount == p.amount && now.Sub(c.last.at) < sameAmountWindow:
		return daraja.ResultRuleLimited, "the setting " + SettingSameAmount + " is on, and the customer paid the same amount less than 2 minutes before"
	case c.Balance < p.amount:
		return daraja.ResultInsufficient, ""
	default:
		return daraja.ResultSuccess, ""
	}
}

// wrongPartyB says which PartyB a push should have had.
func (w *World) wrongPartyB(p *prompt) string {
	const form = "PartyB is %s; for the %s %s with %s it must be the %s"
	if o := w.orgs[p.shortcode]; o != nil && o.Till != "" {
		return fmt.Sprintf(form, p.partyB, "store", p.shortcode, p.kind, "till "+o.Till)
	}
	return fmt.Sprintf(form, p.partyB, "paybill", p.shortcode, p.kind, "paybill itself, "+p.shortcode)
}

// conclude ends p with a result, moves the money of a success, and sends the
// callback. desc "" takes the catalogue's.
func (w *World) conclude(p *prompt, c *customer, code daraja.ResultCode, desc string, now time.Time) {
	w.cancel(p)
	o := p.open.outcome
	if o.Desc != "" {
		desc = o.Desc
	}
	if desc == "" {
		known, _ := daraja.LookupResult(code)
		desc = known.Desc(w.opt.dialect)
	}
	org := p.open.org
	p.open, p.result, p.desc, p.endedAt = nil, code, desc, now
	if c.prompt == p {
		c.prompt = nil
	}
	w.tell(EventPromptEnded, p.phone, p.checkoutID)
	cb := daraja.STKCallback{MerchantRequestID: p.merchantID, CheckoutRequestID: p.checkoutID, ResultCode: code, ResultDesc: desc}
	switch code { //nolint:exhaustive // the others move and tell nothing
	case daraja.ResultSuccess:
		p.receipt = w.pay(p, c, org, now)
		cb.Payment = &daraja.STKPayment{Amount: p.amount, Receipt: p.receipt, At: now, Phone: p.phone.Digits()}
	case daraja.ResultInsufficient:
		w.text(c, sms{kind: smsInsufficient, at: now, payment: p.checkoutID, amount: p.amount, balance: c.Balance, party: org, reference: p.reference})
	}
	w.send(p, c, o.Callback, cb)
	p.url, p.kind, p.partyB = "", "", "" // not asked for any more
}

// pay moves the money and returns the receipt. A success that was decided on tops up
// a wallet that has too little, so that no wallet is ever below zero.
func (w *World) pay(p *prompt, c *customer, org string, now time.Time) (receipt string) {
	c.Balance = max(c.Balance, p.amount) - p.amount
	c.last = paid{amount: p.amount, at: now}
	receipt = w.ids.Receipt(now, p.phone)
	w.ledger.add(Entry{
		Receipt: receipt, At: now, Phone: p.phone, Shortcode: p.shortcode, Amount: p.amount, AccountReference: p.reference,
		MerchantRequestID: p.merchantID, CheckoutRequestID: p.checkoutID,
	})
	o := w.orgs[p.shortcode] // a scenario may have taken it away meanwhile
	sent := sms{kind: smsSent, at: now, payment: p.checkoutID, receipt: receipt, amount: p.amount, balance: c.Balance, party: org, reference: p.reference}
	if o != nil && o.Till != "" {
		sent.kind = smsPaid
	}
	w.text(c, sent)
	if o != nil {
		o.balance += p.amount
		o.inbox.add(sms{
			kind: smsReceived, at: now, payment: p.checkoutID, receipt: receipt, amount: p.amount, balance: o.balance,
			party: c.Name, phone: p.phone, reference: p.reference,
		}, orgRoom)
	}
	return receipt
}
