package reversal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// jobReverse reverses a payment and sends the result.
const jobReverse = "reverse"

// resultAfter lets the acknowledgement come before the result.
const resultAfter = time.Second

// request is a reversal that is being worked on. It does not change.
type request struct {
	simulator.Conversation
	receipt string // of the payment
	amount  daraja.Money
}

// execute accepts a reversal (reference: reversal).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	shortcode := cmp.Or(l.Store(x.Shortcode), x.Shortcode)
	c := l.StartConversation(x, shortcode, "Initiator", simulator.RoleReversal, resultAfter)
	l.Schedule(name, jobReverse, c.ID, c.Wait, request{Conversation: c, receipt: x.Text("TransactionID"), amount: x.Amount})
	return daraja.NewConversationAck(c.OriginatorConversationID, c.ConversationID), nil
}

func reverse(l *simulator.Locked, due simulator.Due) {
	r, _ := due.Data.(request)
	original, wrong := r.original(l)
	code := resultInvalid
	var made simulator.Transaction
	if wrong == "" {
		made, code = l.TransferFor(&r.Conversation, l.Reversal(original, r.amount))
	} else if r.Result == "" {
		r.Explain("%s", wrong)
	}
	m := l.NewResult(r.Conversation, code)
	if made.Receipt != "" {
		m.TransactionID = made.Receipt
		m.ResultParameters = &daraja.ResultParameters{ResultParameter: parameters(l, made)}
	}
	m.ReferenceData = daraja.ReferenceData{ReferenceItem: daraja.Parameter{Key: "QueueTimeoutURL", Value: daraja.ReversalResultsURL}}
	l.SendResult(r.Conversation, m)
}

// original is the payment that a request is about, or why it cannot be reversed. That an
// amount must be the one that was paid, and that a payment with points stays, is unverified.
func (r request) original(l *simulator.Locked) (t simulator.Transaction, wrong string) {
	t, found := l.TransactionOf(r.receipt)
	switch {
	case !found:
		return t, fmt.Sprintf("there is no payment with receipt %.40s", r.receipt)
	case t.To.Owner != simulator.Owner(r.Shortcode):
		return t, fmt.Sprintf("payment %s was not made to organisation %s", t.Receipt, r.Shortcode)
	case !t.ByCustomer():
		return t, fmt.Sprintf("payment %s was not made by a customer; no other can be reversed", t.Receipt)
	case t.Entering > 0:
		return t, fmt.Sprintf("%s of payment %s was paid with points; such a payment is not reversed", t.Entering.Grouped(), t.Receipt)
	case t.Amount != r.amount:
		return t, fmt.Sprintf("payment %s was %s, and the request says %s", t.Receipt, t.Amount.Grouped(), r.amount.Grouped())
	}
	return t, ""
}

// parameters are the facts of a reversal that was made.
func parameters(l *simulator.Locked, t simulator.Transaction) []daraja.Parameter {
	balance := t.FromBalance.String()
	return []daraja.Parameter{
		{Key: "DebitAccountBalance", Value: t.From.Kind.String() + "|KES|" + balance + "|" + balance + "|0.00|0.00"},
		{Key: "Amount", Value: json.Number(t.Amount.String())},
		{Key: "TransCompletedTime", Value: daraja.TimeNumber(t.At)},
		{Key: "OriginalTransactionID", Value: t.Reverses},
		{Key: "Charge", Value: json.Number(t.Fee.String())},
		{Key: "CreditPartyPublicName", Value: l.PartyName(t.To.Owner)},
		{Key: "DebitPartyPublicName", Value: l.PartyName(t.From.Owner)},
	}
}
