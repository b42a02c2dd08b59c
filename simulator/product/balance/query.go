package balance

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// jobResult sends the result of a query.
const jobResult = "result"

// resultAfter lets the acknowledgement come before the result.
const resultAfter = time.Second

// query is one that is being worked on. It does not change.
type query struct {
	id, conversation string
	shortcode, url   string
	result           daraja.ResultCode
	desc             string // "" is that of result
	plan             simulator.CallbackPlan
	by, why          string
}

// execute accepts a query. M-PESA checks the initiator after that, so that a wrong one is
// a result (reference: account balance).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	x.ID = l.RequestID(x)
	q := query{
		id: x.ID, conversation: l.ConversationID(x), shortcode: x.Shortcode, url: x.Text("ResultURL"),
		result: x.Result(""), desc: x.Outcome.Desc, plan: x.Outcome.Callback, by: x.Outcome.By,
	}
	if q.result == "" {
		q.result = daraja.ResultSuccess
		err := l.Authenticate(x, x.Text("Initiator"), simulator.RoleAccountBalance)
		var wrong *simulator.InitiatorError
		if errors.As(err, &wrong) {
			q.result, q.why = wrong.Code, wrong.Why
			q.plan.Drop = q.plan.Drop || wrong.NoResult
		}
	}
	wait, inTime := l.QueueWait(x.After(resultAfter))
	if !inTime {
		q.result, q.desc, q.url = resultExpired, "", x.Text("QueueTimeOutURL")
		q.why = "the result takes longer than " + simulator.SettingQueueTimeout
	}
	l.Schedule(name, jobResult, x.ID, wait, q)
	return daraja.NewConversationAck(q.id, q.conversation), nil
}

func sendResult(l *simulator.Locked, due simulator.Due) {
	q, _ := due.Data.(query)
	m := daraja.ResultMessage{
		ResultCode: q.result, ResultDesc: cmp.Or(q.desc, l.ResultText(API, q.result)),
		OriginatorConversationID: q.id, ConversationID: q.conversation, TransactionID: l.NoReceipt(),
	}
	if q.result == daraja.ResultSuccess {
		succeed(l, q, &m)
	} else {
		fail(l, &m)
	}
	body, err := m.Encode()
	if err != nil {
		return // texts and numbers always encode
	}
	l.Send(simulator.Callback{
		API: API, ID: q.id, Payment: q.id, URL: q.url, Shortcode: q.shortcode,
		Body: body, Plan: q.plan, By: q.by, Reason: q.why,
	})
}

func actionType() daraja.Parameter {
	return daraja.Parameter{Key: "ActionType", Value: daraja.CommandAccountBalance}
}

// succeed puts the balances into a result.
func succeed(l *simulator.Locked, q query, m *daraja.ResultMessage) {
	all := []daraja.Parameter{
		{Key: "AccountBalance", Value: accounts(l, q.shortcode)},
		{Key: "BOCompletedTime", Value: daraja.TimeNumber(l.Now())},
	}
	if l.Setting(SettingOrder) == "ActionType" {
		all = append([]daraja.Parameter{actionType()}, all...)
	}
	m.ResultParameters = &daraja.ResultParameters{ResultParameter: all}
	m.ReferenceData = reference(daraja.BalanceResultsURL)
}

// fail gives a result the parameters of a failure.
func fail(l *simulator.Locked, m *daraja.ResultMessage) {
	completed := daraja.Parameter{Key: "BOCompletedTime", Value: daraja.TimeNumber(l.Now())}
	if l.Setting(SettingFailure) == "2020" {
		m.ResultParameters = &daraja.ResultParameters{ResultParameter: completed}
		m.ReferenceData = reference(daraja.BalanceResultsURL)
		return
	}
	message := m.ResultDesc
	if m.ResultCode == resultLocked {
		message = "API Password is locked. " // with the blank
	}
	m.ResultParameters = &daraja.ResultParameters{ResultParameter: []daraja.Parameter{actionType(), {Key: "ErrorMsg", Value: message}, completed}}
	m.ReferenceData = reference(nil)
}

func reference(url any) daraja.ReferenceData {
	return daraja.ReferenceData{ReferenceItem: daraja.Parameter{Key: "QueueTimeoutURL", Value: url}}
}

// accounts are the accounts of an organisation as M-PESA writes them: name, currency,
// current, available, reserved and uncleared. A paybill has no Merchant Account.
func accounts(l *simulator.Locked, shortcode string) string {
	org, _ := l.Organisation(shortcode)
	var all []string
	for _, a := range l.Balances(shortcode) {
		if a.Account.Kind != simulator.AccountMerchant || org.Till != "" {
			all = append(all, a.Account.Kind.String()+"|KES|"+a.Balance.String()+"|"+a.Balance.String()+"|0.00|0.00")
		}
	}
	return strings.Join(all, "&")
}
