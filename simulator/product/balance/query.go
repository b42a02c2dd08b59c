package balance

import (
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// jobResult sends the result of a query.
const jobResult = "result"

// resultAfter lets the acknowledgement come before the result.
const resultAfter = time.Second

// execute accepts a query. M-PESA checks the initiator after that, so that a wrong one is
// a result (reference: account balance).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	c := l.StartConversation(x, x.Shortcode, "Initiator", simulator.RoleAccountBalance, resultAfter)
	l.Schedule(name, jobResult, c.ID, c.Wait, c)
	return daraja.NewConversationAck(c.ID, c.ConversationID), nil
}

func sendResult(l *simulator.Locked, due simulator.Due) {
	c, _ := due.Data.(simulator.Conversation)
	m := l.NewResult(c, daraja.ResultSuccess)
	if m.ResultCode == daraja.ResultSuccess {
		succeed(l, c.Shortcode, &m)
	} else {
		fail(l, &m)
	}
	l.SendResult(c, m)
}

func actionType() daraja.Parameter {
	return daraja.Parameter{Key: "ActionType", Value: daraja.CommandAccountBalance}
}

// succeed puts the balances into a result.
func succeed(l *simulator.Locked, shortcode string, m *daraja.ResultMessage) {
	all := []daraja.Parameter{
		{Key: "AccountBalance", Value: accounts(l, shortcode)},
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
