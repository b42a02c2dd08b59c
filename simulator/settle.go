package simulator

import (
	"errors"
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

// PaymentStatus finds a prompt by its id.
func (l *Locked) PaymentStatus(id string) (PromptState, bool) {
	if p, ok := l.prompts.get(id); ok {
		return p.PromptState, true
	}
	return PromptState{}, false
}

// completePrompt settles a prompt with the result of its disposition.
func (w *World) completePrompt(p *prompt, now time.Time) {
	c := w.customer(p.Phone)
	code, desc := p.open.outcome.Result, ""
	switch p.open.disposition {
	case decidedBefore:
	case defaultOutcome:
		code, p.Why = w.defaultResult(p, c, now)
	case awaitsPerson, leftUnanswered:
		code = daraja.ResultUnreachable
		if w.settings.dialect() == DialectDaraja {
			desc = noResponse
		}
	case phoneWasOff, phoneSwitchedOff:
		code = daraja.ResultUnreachable
	}
	w.settlePrompt(p, c, code, desc, now)
}

// sameAmountWindow is how long M-PESA remembers a customer's amount.
const sameAmountWindow = 2 * time.Minute

// defaultResult is the result of a payment that the customer agrees to, and why where the
// result does not say it: for a person, and never on the wire.
func (w *World) defaultResult(p *prompt, c *customer, now time.Time) (code daraja.ResultCode, why string) {
	switch {
	case p.open.failure.Result != "":
		return p.open.failure.Result, p.open.failure.Why
	case c.locked:
		return resultPINLocked, ""
	case w.settings.isOn(SettingSameAmount) && c.lastPayment.amount == p.Amount && now.Sub(c.lastPayment.at) < sameAmountWindow:
		return daraja.ResultRuleLimited, "the setting " + SettingSameAmount +
			" is on, and the customer paid the same amount less than 2 minutes before"
	}
	refused := w.accounts.refuse(w.transferOf(p), newLimits(w.settings), now)
	var rule *TransferError
	switch {
	case errors.As(refused, &rule) && rule.Reason == ReasonInsufficient:
		return daraja.ResultInsufficient, ""
	case rule != nil:
		return rule.ResultCode(), rule.Why
	}
	return daraja.ResultSuccess, ""
}

// transferOf is the transfer that an open prompt asks for.
func (w *World) transferOf(p *prompt) Transfer {
	return Transfer{
		API: p.API, From: Wallet(p.Phone), To: w.payee(p.Shortcode), Amount: p.Amount, Forced: p.open.outcome.Result != "",
		Reference: p.Reference, ID: p.ID, RequestID: p.RequestID,
	}
}

// settlePrompt ends p with a result, moves the money of a success, and sends the callback.
// desc "" takes the catalogue's.
func (w *World) settlePrompt(p *prompt, c *customer, code daraja.ResultCode, desc string, now time.Time) {
	w.cancel(p.open.job)
	o := p.open.outcome
	if o.Desc != "" || o.Raw {
		desc = o.Desc
	}
	if desc == "" && !o.Raw {
		desc = w.locked().ResultText(p.API, code)
	}
	org, transfer := p.open.org, w.transferOf(p)
	p.open, p.Result, p.Desc, p.EndedAt = nil, code, desc, now
	if c.prompt == p {
		c.prompt = nil
	}
	w.notify(EventPromptEnded, p.Phone, p.ID)
	switch code { //nolint:exhaustive // other results send no message
	case daraja.ResultSuccess:
		p.Receipt = w.pay(transfer, c, org, now).Receipt
	case daraja.ResultInsufficient:
		w.sendSMS(c, p.ID, insufficientSMS(transfer, org, w.balance(c), now), now)
	}
	w.sendPromptCallback(p.PromptState, o.Callback)
	p.CallbackURL = "" // not asked for any more
}

// sendPromptCallback sends the callback of a prompt that has ended, if its operation has one.
func (w *World) sendPromptCallback(p PromptState, plan CallbackPlan) {
	callbackBody := w.catalogue.operations[p.API].CallbackBody
	if callbackBody == nil {
		return
	}
	if body := callbackBody(w.locked(), p, plan.Faults); body != nil {
		w.locked().Send(Callback{
			API: p.API, ID: p.ID, CheckoutRequestID: p.ID, URL: p.CallbackURL, Shortcode: p.Shortcode,
			Phone: p.Phone, Reference: p.Reference, Body: body, Plan: plan, By: p.By, Reason: p.Why,
		})
	}
}
