package simulator

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// prompt is an STK push on a customer's phone, open until it is done.
type prompt struct {
	push
	merchantID string
	checkoutID string
	openedAt   time.Time
	outcome    Outcome
	tooLong    bool // its text does not fit on a handset
	wrong      bool // PartyB is not the shortcode's
	stop       func() bool

	stopped bool // the world was reset or ended under it
	done    bool
	result  daraja.ResultCode
	desc    string
	receipt string
}

// maxPrompts bounds what is kept for queries; the oldest go.
const maxPrompts = 200_000

// prompts are the prompts by CheckoutRequestID, oldest first.
type prompts struct {
	byID  map[string]*prompt
	order []string
}

func (p *prompts) clear() { p.byID, p.order = make(map[string]*prompt), nil }

func (p *prompts) get(id string) *prompt { return p.byID[id] }

func (p *prompts) add(one *prompt) {
	p.byID[one.checkoutID] = one
	p.order = append(p.order, one.checkoutID)
	if len(p.order) > maxPrompts {
		delete(p.byID, p.order[0])
		p.order = p.order[1:]
	}
}

func (p *prompts) stopAll() {
	for _, one := range p.byID {
		one.stopped = true
		one.stop()
	}
}

// end brings a prompt to its result and sends the callback.
func (w *World) end(p *prompt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.stopped {
		return
	}
	now := w.clock.Now()
	c := w.customer(p.phone)
	if c.prompt == p {
		c.prompt = nil
	}
	p.done = true
	p.result, p.desc = w.result(p, c, now)
	cb := daraja.STKCallback{
		MerchantRequestID: p.merchantID, CheckoutRequestID: p.checkoutID,
		ResultCode: p.result, ResultDesc: p.desc,
	}
	if p.result == daraja.ResultSuccess {
		cb.Payment = w.pay(p, c, now)
	}
	w.send(p, cb)
}

// result is what became of p: what was decided, or else nature's course.
func (w *World) result(p *prompt, c *customer, now time.Time) (daraja.ResultCode, string) {
	code := p.outcome.Result
	if code == "" {
		code = w.nature(p, c, now)
	}
	if p.outcome.Desc != "" {
		return code, p.outcome.Desc
	}
	known, _ := daraja.LookupResult(code)
	return code, known.Desc(w.opt.dialect)
}

// sameAmountWindow is how long M-PESA remembers a customer's amount.
const sameAmountWindow = 2 * time.Minute

// nature is what happens when nobody decided otherwise.
func (w *World) nature(p *prompt, c *customer, now time.Time) daraja.ResultCode {
	switch {
	case p.wrong:
		return daraja.ResultNotPermitted
	case p.tooLong:
		return daraja.ResultPushFailed
	case w.opt.sameAmount && c.last.amount == p.amount && now.Sub(c.last.at) < sameAmountWindow:
		return daraja.ResultRuleLimited
	case c.Balance < p.amount:
		return daraja.ResultInsufficient
	default:
		return daraja.ResultSuccess
	}
}

// pay moves the money. A success that was decided on tops up a wallet that has too
// little, so that no wallet is ever below zero.
func (w *World) pay(p *prompt, c *customer, now time.Time) *daraja.STKPayment {
	c.Balance = max(c.Balance, p.amount) - p.amount
	c.last = paid{amount: p.amount, at: now}
	p.receipt = w.ids.Receipt(now, p.phone)
	w.ledger.add(Entry{
		Receipt: p.receipt, At: now, Phone: p.phone, Shortcode: p.shortcode, Amount: p.amount, AccountReference: p.reference,
		MerchantRequestID: p.merchantID, CheckoutRequestID: p.checkoutID,
	})
	told := p.receipt
	if p.outcome.Callback.ReuseReceipt && w.ledger.told != "" {
		told = w.ledger.told
	}
	w.ledger.told = told
	return &daraja.STKPayment{Amount: p.amount, Receipt: told, At: now, Phone: p.phone.Digits()}
}

// send hands the callback to the sink.
func (w *World) send(p *prompt, cb daraja.STKCallback) {
	body, err := cb.Encode(w.opt.style)
	if err != nil {
		return // only a receipt or phone that is not JSON could fail, and both are made here
	}
	plan := p.outcome.Callback
	if plan.Copies == 0 {
		plan.Copies = w.opt.copies
	}
	w.sink.Deliver(Callback{CheckoutRequestID: p.checkoutID, URL: p.url, Shortcode: p.shortcode, Body: body, Plan: plan})
}
