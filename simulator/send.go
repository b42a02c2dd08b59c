package simulator

import (
	"cmp"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// send hands a callback to the sink, with what is to be wrong about its body.
func (w *World) send(p *prompt, c *customer, plan CallbackPlan, cb daraja.STKCallback) {
	if cb.Payment != nil {
		w.twist(c, plan, cb.Payment)
	}
	if plan.UnknownID {
		cb.CheckoutRequestID = unknownID(p)
	}
	body, err := cb.Encode(w.opt.style)
	if err != nil {
		return // only a receipt or phone that is not JSON could fail, and both are made here
	}
	if plan.Malformed {
		body = body[:len(body)*2/3]
	}
	if plan.Copies == 0 {
		plan.Copies = w.opt.copies
	}
	w.sink.Deliver(Callback{
		ID: p.checkoutID, CheckoutRequestID: p.checkoutID, URL: p.url, Shortcode: p.shortcode,
		Phone: p.phone, Reference: p.reference, Body: body, Plan: plan, By: p.by, Reason: p.why,
	})
}

// twist makes what a callback says about a payment wrong. It also remembers which
// receipt is told, for the next one that is to reuse it: the one that this customer's
// latest callback told, or else one that the world's callbacks of the latest instant
// before this told, so that it does not depend on who pays first now.
func (w *World) twist(c *customer, plan CallbackPlan, payment *daraja.STKPayment) {
	if plan.ReuseReceipt {
		if old := cmp.Or(c.told, w.ledger.before(payment.At)); old != "" {
			payment.Receipt = old
		}
	}
	c.told = payment.Receipt
	w.ledger.tell(payment.Receipt, payment.At)
	if plan.Amount != nil {
		payment.Amount = *plan.Amount
	}
	if plan.Phone != "" {
		payment.Phone = plan.Phone.Digits()
	}
}

// unknownID looks like a CheckoutRequestID and is none: no Kenyan mobile number
// begins with a 2 after the country code, so no prompt ever had it.
func unknownID(p *prompt) string {
	return strings.TrimSuffix(p.checkoutID, p.phone.National()) + "2" + p.phone.National()[1:]
}
