package status

import (
	"cmp"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// payment is what is known of a payment: one that was made, that is being made, or that has
// failed.
type payment struct {
	simulator.Transfer
	status       string
	began, ended time.Time // ended is zero for one that is being made
	prompted     bool      // a prompt has asked the customer
}

// find is the payment that a query asks about, if the organisation of the query pays it or is
// paid.
func find(l *simulator.Locked, q query) (payment, bool) {
	own := simulator.Owner(q.Shortcode)
	made, found := l.FindTransaction(func(t *simulator.Transaction) bool {
		return (t.From.Owner == own || t.To.Owner == own) && q.asksFor(l, t)
	})
	if found {
		return madePayment(l, made), true
	}
	if p, planned := l.Planned(q.Shortcode, cmp.Or(q.receipt, q.conversation)); planned {
		return plannedPayment(p), true
	}
	if q.receipt != "" {
		return payment{}, false
	}
	p, asked := l.PromptOfRequest(q.conversation)
	if !asked || p.Shortcode != q.Shortcode {
		return payment{}, false
	}
	return promptedPayment(l, p), true
}

// asksFor reports whether a query is about a transaction.
func (q query) asksFor(l *simulator.Locked, t *simulator.Transaction) bool {
	if q.receipt != "" {
		return t.Receipt == q.receipt
	}
	return t.RequestID == q.conversation || strings.HasPrefix(q.conversation, "AG_") && conversationOf(l, t.Transfer, t.At) == q.conversation
}

// conversationOf is the ConversationID of a payment: that of the initiator's request, or one
// of its own.
func conversationOf(l *simulator.Locked, t simulator.Transfer, made time.Time) string {
	return cmp.Or(t.ConversationID, l.ConversationOf(t.ID, made))
}

// madePayment is a transaction.
func madePayment(l *simulator.Locked, t simulator.Transaction) payment {
	p := payment{Transfer: t.Transfer, status: daraja.StatusCompleted, began: t.At, ended: t.At}
	p.ConversationID = conversationOf(l, t.Transfer, t.At)
	if prompt, asked := l.PromptByID(t.ID); asked {
		p.began, p.prompted = prompt.OpenedAt, true
	}
	if planned, ok := l.Planned(t.From.Owner.Shortcode(), t.ConversationID); ok {
		p.began = planned.AskedAt
	}
	return p
}

// plannedPayment is one that an initiator asked for and that was not made, or not yet.
func plannedPayment(p simulator.PlannedTransfer) payment {
	status := daraja.StatusInitiated
	if !p.EndedAt.IsZero() {
		status = statusOf(p.Result)
	}
	p.Receipt = p.TransactionID
	return payment{Transfer: p.Transfer, status: status, began: p.AskedAt, ended: p.EndedAt}
}

// promptedPayment is one that a prompt asks for and that was not made, or not yet.
func promptedPayment(l *simulator.Locked, p simulator.PromptState) payment {
	t := l.Payment(p.Phone, p.Shortcode, p.Amount)
	t.ID, t.RequestID, t.Reference = p.ID, p.RequestID, p.Reference
	t.ConversationID = l.ConversationOf(p.ID, p.OpenedAt)
	status := daraja.StatusInitiated
	if !p.Open() {
		status = statusOf(p.Result)
	}
	return payment{Transfer: t, status: status, began: p.OpenedAt, ended: p.EndedAt, prompted: true}
}

// statusOf is the TransactionStatus of a payment that has failed. Which failure has which is
// not documented.
func statusOf(code daraja.ResultCode) string {
	switch simulator.StatusOf(code) { //nolint:exhaustive // the others are declined
	case simulator.PaymentCancelled:
		return daraja.StatusCancelled
	case simulator.PaymentExpired, simulator.PaymentUnreachable:
		return daraja.StatusExpired
	}
	return daraja.StatusDeclined
}
