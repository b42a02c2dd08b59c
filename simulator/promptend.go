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

// PromptByID finds a prompt by its id.
func (l *Locked) PromptByID(id string) (PromptState, bool) {
	if p, ok := l.prompts.get(id); ok {
		return p.PromptState, true
	}
	return PromptState{}, false
}

// endDuePrompt is the job that ends a prompt at its time.
func endDuePrompt(l *Locked, due Due) {
	id, _ := due.Data.(string)
	if p, ok := l.prompts.get(id); ok && p.open != nil {
		w, now := l.world(), l.clock.Now()
		w.endPrompt(p, w.decideResult(p, now), now)
	}
}

// decideResult is how an open prompt ends by itself, by its disposition.
func (w *World) decideResult(p *prompt, now time.Time) PromptResult {
	switch p.open.disposition {
	case defaultOutcome:
		return w.defaultResult(p, now)
	case awaitsPerson, leftUnanswered:
		if w.settings.dialect() == DialectDaraja {
			return PromptResult{Result: daraja.ResultUnreachable, Desc: noResponse}
		}
		fallthrough
	case phoneWasOff, phoneSwitchedOff:
		return PromptResult{Result: daraja.ResultUnreachable}
	case decidedBefore:
	}
	return PromptResult{Result: p.open.outcome.Result}
}

// sameAmountWindow is how long M-PESA remembers a customer's amount.
const sameAmountWindow = 2 * time.Minute

// defaultResult is the result of a payment that the customer agrees to.
func (w *World) defaultResult(p *prompt, now time.Time) PromptResult {
	c := w.customer(p.Phone)
	switch {
	case p.open.failure.Result != "":
		return p.open.failure
	case c.locked:
		return PromptResult{Result: resultPINLocked}
	case w.settings.isOn(SettingSameAmount) && c.lastPayment.amount == p.Amount && now.Sub(c.lastPayment.at) < sameAmountWindow:
		return PromptResult{Result: daraja.ResultRuleLimited, Why: "the setting " + SettingSameAmount +
			" is on, and the customer paid the same amount less than 2 minutes before"}
	}
	rule, refused := errors.AsType[*TransferError](w.accounts.refuse(w.transferOf(p), newLimits(w.settings), now))
	switch {
	case !refused:
		return PromptResult{Result: daraja.ResultSuccess}
	case rule.Reason == ReasonInsufficient:
		return PromptResult{Result: daraja.ResultInsufficient}
	}
	return PromptResult{Result: rule.ResultCode(), Why: rule.Why}
}

// transferOf is the transfer that an open prompt asks for.
func (w *World) transferOf(p *prompt) Transfer {
	t := w.locked().Payment(p.Phone, p.Shortcode, p.Amount)
	t.API, t.Reference, t.ID, t.RequestID, t.Forced = p.API, p.Reference, p.ID, p.RequestID, p.open.outcome.Result != ""
	return t
}

// endPrompt ends p with a result, moves the money of a success, sends the SMS, and hands
// the callback to the sender.
func (w *World) endPrompt(p *prompt, r PromptResult, now time.Time) {
	w.cancel(p.open.job)
	o, c := p.open.outcome, w.customer(p.Phone)
	if o.Desc != "" || o.Raw {
		r.Desc = o.Desc
	}
	if r.Desc == "" && !o.Raw {
		r.Desc = w.locked().ResultText(p.API, r.Result)
	}
	org, transfer := p.open.screen.Organisation, w.transferOf(p)
	p.open, p.PromptResult, p.EndedAt = nil, r, now
	if c.prompt == p {
		c.prompt = nil
	}
	w.notify(EventPromptEnded, p.Phone, p.ID)
	switch r.Result { //nolint:exhaustive // other results send no message
	case daraja.ResultSuccess:
		p.Receipt = w.pay(transfer, c, org, now).Receipt
	case daraja.ResultInsufficient:
		w.sendSMS(c, p.ID, insufficientSMS(transfer, org, w.balance(c), now), now)
	}
	body := w.catalogue.operations[p.API].CallbackBody(w.locked(), p.PromptState, o.Callback.Faults)
	w.locked().Send(Callback{
		API: p.API, ID: p.ID, Payment: p.ID, URL: p.CallbackURL, Shortcode: p.Shortcode,
		Phone: p.Phone, Reference: p.Reference, Body: body, Plan: o.Callback, By: p.By, Reason: p.Why,
	})
	p.CallbackURL = "" // not asked for any more
}
