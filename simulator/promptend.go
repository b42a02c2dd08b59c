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
	case w.catalogue.operation(p.API).EndPrompt != nil:
		return PromptResult{Result: daraja.ResultSuccess}
	case w.settings.isOn(SettingSameAmount) && c.lastPayment.amount == p.Amount && now.Sub(c.lastPayment.at) < sameAmountWindow:
		return PromptResult{Result: daraja.ResultRuleLimited, Why: "the setting " + SettingSameAmount +
			" is on, and the customer paid the same amount less than 2 minutes before"}
	}
	rule, refused := errors.AsType[*TransferError](w.refuse(w.transferOf(p), now))
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

// endPrompt ends p with a result, does what a success says, and hands the callback to the
// sender.
func (w *World) endPrompt(p *prompt, r PromptResult, now time.Time) {
	w.cancel(p.open.job)
	open, c, transfer := p.open, w.customer(p.Phone), w.transferOf(p)
	p.open, p.EndedAt = nil, now
	if c.prompt == p {
		c.prompt = nil
	}
	w.settlePrompt(&p.PromptState, open.outcome, r)
	w.notify(EventPromptEnded, p.Phone, p.ID)
	if w.catalogue.operations[p.API].EndPrompt == nil {
		p.Receipt = w.payPrompt(p, transfer, c, open.screen.Organisation)
	}
	w.sendPromptResult(p.PromptState, open.outcome)
	p.CallbackURL = "" // not asked for any more
}

// settlePrompt makes r the result of p, after what the operation and the outcome say about it.
func (w *World) settlePrompt(p *PromptState, o Outcome, r PromptResult) {
	if end := w.catalogue.operations[p.API].EndPrompt; end != nil {
		r, p.Receipt = end(w.locked(), *p, r, o.Result != "")
	}
	if o.Desc != "" || o.Raw {
		r.Desc = o.Desc
	}
	if r.Desc == "" && !o.Raw {
		r.Desc = w.locked().ResultText(p.API, r.Result)
	}
	p.PromptResult = r
}

// payPrompt moves the money of a prompt that has ended with a success, and sends the SMS. It
// returns the receipt, "" when nothing was paid.
func (w *World) payPrompt(p *prompt, t Transfer, c *customer, organisation string) string {
	switch p.Result { //nolint:exhaustive // other results send no message
	case daraja.ResultSuccess:
		return w.move(t, organisation, p.EndedAt).Receipt
	case daraja.ResultInsufficient:
		w.sendSMS(c, p.ID, insufficientSMS(t, organisation, w.balance(c), p.EndedAt), p.EndedAt)
	}
	return ""
}

// sendPromptResult hands the callback of a prompt that has ended to the sender.
func (w *World) sendPromptResult(p PromptState, o Outcome) {
	if p.CallbackURL == "" {
		return // the product has no callback of its own
	}
	w.locked().Send(Callback{
		API: p.API, ID: p.ID, Payment: p.ID, URL: p.CallbackURL, Shortcode: p.Shortcode, Phone: p.Phone, Reference: p.Reference,
		Body: w.catalogue.operations[p.API].CallbackBody(w.locked(), p, o.Callback.Faults), Plan: o.Callback, By: p.By, Reason: p.Why,
	})
}

// failedPrompt is one that no phone gets. It does not change.
type failedPrompt struct {
	PromptState
	outcome Outcome
}

// failedPromptJob is the kernel's own job: a failed prompt gets its result.
func failedPromptJob() jobName { return jobName{"", "failed prompt"} }

// FailPrompt accepts a request for a prompt that no phone gets, such as one on a phone with
// another prompt, or that has no phone. After a time it ends with failure, or with the result
// that was decided. It is no payment of the world. The operation has EndPrompt.
func (l *Locked) FailPrompt(x *Exchange, p Prompt, failure PromptResult, after time.Duration) {
	x.ID = p.ID
	if x.Outcome.Result != "" {
		failure = PromptResult{Result: x.Outcome.Result}
	}
	failed := failedPrompt{PromptState{Prompt: p, OpenedAt: x.Now, By: x.Outcome.By, PromptResult: failure}, x.Outcome}
	l.world().schedule(failedPromptJob(), p.ID, x.After(after), failed)
}

func endFailedPrompt(l *Locked, due Due) {
	p, _ := due.Data.(failedPrompt)
	p.EndedAt = l.clock.Now()
	l.world().settlePrompt(&p.PromptState, p.outcome, p.PromptResult)
	l.world().sendPromptResult(p.PromptState, p.outcome)
}
