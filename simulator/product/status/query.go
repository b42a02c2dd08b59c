package status

import (
	"cmp"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// jobResult sends the result of a query.
const jobResult = "result"

// query is one that is being answered. It does not change.
type query struct {
	simulator.Conversation
	receipt, conversation string // what it asks about; receipt "" asks by conversation
	occasion              string
}

// execute accepts a query (reference: transaction status).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	q := query{receipt: x.Text("TransactionID"), conversation: x.Text("OriginalConversationID"), occasion: x.Text("Occasion")}
	if q.receipt == "" && q.conversation == "" {
		return nil, daraja.ErrStatusField("TransactionID").Because("the request has neither a TransactionID nor an OriginalConversationID")
	}
	shortcode := x.Shortcode
	if x.Text("IdentifierType") == "2" {
		shortcode = cmp.Or(l.Store(shortcode), shortcode)
	}
	q.Conversation = l.StartConversation(x, shortcode, "Initiator", simulator.RoleTransactionStatus, l.Duration(SettingTime))
	l.Schedule(name, jobResult, q.ID, q.Wait, q)
	return daraja.NewConversationAck(q.ID, q.ConversationID), nil
}

// sendResult answers with what is known of the payment now.
func sendResult(l *simulator.Locked, due simulator.Due) {
	q, _ := due.Data.(query)
	p, found := find(l, q)
	code := daraja.ResultSuccess
	switch {
	case !found && q.receipt != "":
		code = resultNoReceipt
		q.explain("receipt " + q.receipt)
	case !found:
		code = resultNoConversation
		q.explain("conversation " + q.conversation)
	}
	m := l.NewResult(q.Conversation, code)
	if m.ResultCode == daraja.ResultSuccess && found {
		m.ResultParameters = &daraja.ResultParameters{ResultParameter: p.parameters(l)}
	}
	occasion := daraja.Parameter{Key: "Occasion"}
	if q.occasion != "" {
		occasion.Value = q.occasion
	}
	m.ReferenceData = daraja.ReferenceData{ReferenceItem: occasion}
	l.SendResult(q.Conversation, m)
}

// explain says why nothing is found, unless the result has another cause.
func (q *query) explain(what string) {
	if q.Result == "" {
		q.Explain("organisation %s neither paid nor was paid with %.60s", q.Shortcode, what)
	}
}
