package b2c

import (
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// jobPay pays and sends the result.
const jobPay = "pay"

// resultAfter lets the acknowledgement come before the result.
const resultAfter = time.Second

// Results of failures that have a receipt.
const (
	resultParty     daraja.ResultCode = "7"
	resultInitiator daraja.ResultCode = "2001"
	resultLocked    daraja.ResultCode = "8006"
)

// payout is a payment that is being worked on. It does not change.
type payout struct {
	simulator.Conversation
	simulator.Transfer
}

// execute accepts a payment (reference: B2C).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	if err := refuse(l, x); err != nil {
		return nil, err
	}
	c := l.StartConversation(x, x.Shortcode, "InitiatorName", simulator.RoleB2C, resultAfter)
	t := l.NewTransfer(simulator.OrganisationAccount(x.Shortcode, simulator.AccountUtility), simulator.Wallet(x.Phone), x.Amount)
	t.Type, t.Reference = typeOf(x.Text("CommandID")), x.Text(daraja.KeyOccassion)
	l.Schedule(name, jobPay, c.ID, c.Wait, payout{c, l.Plan(c, t)})
	return daraja.NewB2CAck(c.OriginatorConversationID, c.ConversationID), nil
}

// refuse returns the refusal of a call whose path asks for more than its fields have, or
// whose id was used before.
func refuse(l *simulator.Locked, x *simulator.Exchange) error {
	own := x.Text("OriginatorConversationID")
	if own == "" && strings.Contains(x.Call.Path, "/v3/") {
		return daraja.ErrInvalidField("OriginatorConversationID").Because("version 3 requires OriginatorConversationID, an id of the app's own")
	}
	if x.Call.Path == daraja.B2CValidatePath {
		for _, field := range []string{"IDType", "IDNumber"} {
			if x.Text(field) == "" {
				return daraja.ErrInvalidField(field).Because("%s requires IDType and IDNumber", daraja.B2CValidatePath)
			}
		}
	}
	if before, used := l.Planned(x.Shortcode, own); own != "" && used {
		return daraja.ErrDuplicateConversation().Because("OriginatorConversationID %s was used for a payment of %s before; use another one for each payment", own, before.Amount.Grouped())
	}
	return nil
}

// typeOf is a payment in M-PESA's words.
func typeOf(command string) string {
	switch command {
	case daraja.CommandSalaryPayment:
		return "Salary Payment via API"
	case daraja.CommandPromotionPayment:
		return "Promotion Payment via API"
	}
	return "Business Payment to Customer via API"
}

// pay moves the money and sends the result.
func pay(l *simulator.Locked, due simulator.Due) {
	p, _ := due.Data.(payout)
	made, code := p.transfer(l)
	if code == daraja.ResultInsufficient && p.Result == "" {
		code = daraja.ResultCode(l.Setting(SettingInsufficient))
	}
	m := l.NewResult(p.Conversation, code)
	switch {
	case made.Receipt != "":
		m.TransactionID = made.Receipt
		m.ResultParameters = &daraja.ResultParameters{ResultParameter: parameters(l, made)}
	case l.Setting(SettingFailedID) == "receipt" && slices.Contains([]daraja.ResultCode{resultParty, resultInitiator, resultLocked}, m.ResultCode):
		m.TransactionID = l.OrganisationReceipt(p.Conversation.Shortcode)
	}
	m.ReferenceData = daraja.ReferenceData{ReferenceItem: daraja.Parameter{Key: "QueueTimeoutURL", Value: daraja.B2CResultsURL}}
	l.SendResult(p.Conversation, m)
}

// transfer moves the money. Of the commands only SalaryPayment pays a number without an
// M-PESA account, as Safaricom documents; that is unverified.
func (p *payout) transfer(l *simulator.Locked) (simulator.Transaction, daraja.ResultCode) {
	if p.Result == "" && !registered(l, p.Transfer) && p.Type != typeOf(daraja.CommandSalaryPayment) {
		p.Explain("the number has no M-PESA account; only a SalaryPayment pays it")
		return simulator.Transaction{}, resultUnregistered
	}
	return l.TransferFor(&p.Conversation, p.Transfer)
}

// registered reports whether the customer who is paid has an M-PESA account.
func registered(l *simulator.Locked, t simulator.Transfer) bool {
	return !l.Customer(t.To.Owner.Phone()).Unregistered
}

// parameters are the facts of a payment that was made, in the order that is set.
func parameters(l *simulator.Locked, t simulator.Transaction) []daraja.Parameter {
	facts := facts(l, t)
	if l.Setting(SettingOrder) == "2019" {
		return facts.Parameters2019()
	}
	return facts.Parameters()
}

// facts are those of a payment that was made.
func facts(l *simulator.Locked, t simulator.Transaction) daraja.B2CFacts {
	shortcode := t.From.Owner.Shortcode()
	return daraja.B2CFacts{
		Amount: t.Amount, Receipt: t.Receipt, Receiver: l.PartyName(t.To.Owner), Registered: registered(l, t.Transfer), Completed: t.At,
		Utility: t.FromBalance, Working: l.BalanceOf(shortcode, simulator.AccountWorking), Charges: l.BalanceOf(shortcode, simulator.AccountChargesPaid),
	}
}
