package b2pochi

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// jobPay pays and sends the result.
const jobPay = "pay"

// resultAfter lets the acknowledgement come before the result.
const resultAfter = time.Second

// payout is a payment that is being worked on. It does not change.
type payout struct {
	simulator.Conversation
	simulator.Transfer
	timeoutURL string // of the app
}

// execute accepts a payment (reference: B2Pochi).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	own := x.Text("OriginatorConversationID")
	if before, used := l.Planned(x.Shortcode, own); used {
		return nil, daraja.ErrDuplicateConversation().Because("OriginatorConversationID %s was used for a payment of %s before; use another one for each payment", own, before.Amount.Grouped())
	}
	c := l.StartConversation(x, x.Shortcode, "InitiatorName", simulator.RoleB2C, resultAfter)
	t := l.NewTransfer(simulator.OrganisationAccount(x.Shortcode, simulator.AccountUtility), simulator.Wallet(x.Phone), x.Amount)
	t.Type, t.Reference = "Business Payment to Pochi via API", x.Text(daraja.KeyOccassion)
	l.Schedule(name, jobPay, c.ID, c.Wait, payout{c, l.Plan(c, t), x.Text("QueueTimeOutURL")})
	return daraja.NewB2CAck(c.OriginatorConversationID, c.ConversationID), nil
}

// pay moves the money and sends the result. The facts of a success are those of B2C, which is
// unverified; a failure names the customer.
func pay(l *simulator.Locked, due simulator.Due) {
	p, _ := due.Data.(payout)
	made, code := p.transfer(l)
	m := l.NewResult(p.Conversation, code)
	var facts any = daraja.Parameter{Key: "CreditPartyName", Value: l.PartyName(p.To.Owner)}
	if made.Receipt != "" {
		m.TransactionID = made.Receipt
		facts = paidFacts(l, made).Parameters()
	}
	m.ResultParameters = &daraja.ResultParameters{ResultParameter: facts}
	url := p.timeoutURL
	if l.Setting(SettingReference) == "internal" {
		url = daraja.B2CResultsURL
	}
	m.ReferenceData = daraja.ReferenceData{ReferenceItem: daraja.Parameter{Key: "QueueTimeoutURL", Value: url}}
	l.SendResult(p.Conversation, m)
}

// transfer moves the money to a number that has an M-PESA account.
func (p *payout) transfer(l *simulator.Locked) (simulator.Transaction, daraja.ResultCode) {
	if p.Result == "" && l.Customer(p.To.Owner.Phone()).Unregistered {
		p.Explain("the number has no M-PESA account")
		return simulator.Transaction{}, resultUnregistered
	}
	return l.TransferFor(&p.Conversation, p.Transfer)
}

// paidFacts are the facts of a payment that was made.
func paidFacts(l *simulator.Locked, t simulator.Transaction) daraja.B2CFacts {
	shortcode := t.From.Owner.Shortcode()
	return daraja.B2CFacts{
		Amount: t.Amount, Receipt: t.Receipt, Receiver: l.PartyName(t.To.Owner), Registered: true, Completed: t.At,
		Utility: t.FromBalance, Working: l.BalanceOf(shortcode, simulator.AccountWorking), Charges: l.BalanceOf(shortcode, simulator.AccountChargesPaid),
	}
}
