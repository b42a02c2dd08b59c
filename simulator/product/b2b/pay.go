package b2b

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// jobResult makes a payment and sends its result.
const jobResult = "result"

// resultAfter lets the acknowledgement come before the result.
const resultAfter = time.Second

// transactionType is M-PESA's TransactionType of a payment between organisations.
const transactionType = "Organization To Organization Transfer"

// payment is one that is on its way. It does not change.
type payment struct {
	simulator.Conversation
	command   command
	partyB    string // the shortcode of the organisation; one of no organisation stays as it came
	amount    daraja.Money
	reference string
	occasion  string
}

// execute accepts a payment. M-PESA checks initiator, receiver and balance after that, so that
// what is wrong with them is a result (reference: B2B).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	c := commandOf(x.Text("CommandID"))
	p := payment{
		Conversation: l.StartConversation(x, storeOf(l, x.Shortcode), "Initiator", c.role, resultAfter),
		command:      c, partyB: storeOf(l, x.Text("PartyB")), amount: x.Amount, reference: x.Reference, occasion: x.Text(daraja.KeyOccassion),
	}
	l.Plan(p.Conversation, p.transfer(l)) // Transaction Status knows it before its result, too
	l.Schedule(name, jobResult, p.ID, p.Wait, p)
	return daraja.NewConversationAck(p.OriginatorConversationID, p.ConversationID), nil
}

// storeOf is the shortcode of the organisation that has a till, or else the number itself.
func storeOf(l *simulator.Locked, shortcode string) string {
	return cmp.Or(l.Store(shortcode), shortcode)
}

// sendResult makes the payment and says how it ended.
func sendResult(l *simulator.Locked, due simulator.Due) {
	p, _ := due.Data.(payment)
	done, code := pay(l, &p)
	m := l.NewResult(p.Conversation, code)
	m.TextCodes = l.Setting(SettingCodes) == "text"
	if m.ResultCode == daraja.ResultSuccess {
		succeed(l, p, done, &m)
	} else {
		fail(l, p, &m)
	}
	l.SendResult(p.Conversation, m)
}

// pay moves the money, unless the request has failed.
func pay(l *simulator.Locked, p *payment) (simulator.Transaction, daraja.ResultCode) {
	switch {
	case p.Result != "": // it was decided, or the initiator is wrong
	case p.command.forbidden:
		p.Explain("M-PESA lets no initiator ask for %s; money is moved between these accounts on its portal", p.command.id)
		return simulator.Transaction{}, resultNotAllowed
	case p.command.lacksReceiver(l, p.partyB):
		p.Explain("no organisation here has shortcode %s", p.partyB)
		return simulator.Transaction{}, resultReceiver
	}
	return l.TransferFor(&p.Conversation, p.transfer(l))
}

// transfer is the movement of money that a payment asks for.
func (p payment) transfer(l *simulator.Locked) simulator.Transfer {
	t := l.NewTransfer(p.command.sender(p.Shortcode), p.command.receiver(l, p.Shortcode, p.partyB), p.amount)
	t.Type, t.Reference = transactionType, p.reference
	return t
}

// succeed gives a result the parameters of a payment that was made.
func succeed(l *simulator.Locked, p payment, done simulator.Transaction, m *daraja.ResultMessage) {
	balance, left, charges := daraja.B2BBalance(done.FromBalance), done.FromBalance.String(), ""
	if done.Fee > 0 {
		charges = p.command.charge() + "|KES|" + done.Fee.String()
	}
	m.TransactionID = done.Receipt
	m.ResultParameters = &daraja.ResultParameters{ResultParameter: []daraja.Parameter{
		{Key: "DebitAccountBalance", Value: balance},
		{Key: "Amount", Value: done.Amount.String()},
		{Key: "DebitPartyAffectedAccountBalance", Value: done.From.Kind.String() + "|KES|" + left + "|" + left + "|0.00|0.00"},
		{Key: "TransCompletedTime", Value: daraja.Timestamp(done.At)},
		{Key: "DebitPartyCharges", Value: charges},
		{Key: "ReceiverPartyPublicName", Value: publicName(l, done.To.Owner.Shortcode())},
		{Key: "Currency", Value: "KES"},
		{Key: "InitiatorAccountCurrentBalance", Value: balance},
	}}
	m.ReferenceData.ReferenceItem = references(l, p)
}

// publicName is an organisation in a result.
func publicName(l *simulator.Locked, shortcode string) string {
	org, known := l.Organisation(shortcode)
	switch {
	case known:
		return shortcode + " - " + org.Name
	case shortcode == daraja.TaxCollector:
		return shortcode + " - Kenya Revenue Authority"
	}
	return shortcode
}

// fail gives a result the form of a failure.
func fail(l *simulator.Locked, p payment, m *daraja.ResultMessage) {
	if l.Setting(SettingFailure) == "docs" {
		parameter := daraja.Parameter{Key: "BOCompletedTime", Value: daraja.TimeNumber(l.Now())}
		if p.command.id == daraja.CommandBusinessPayToBulk {
			parameter = billReference(l, p)
		}
		m.ResultParameters = &daraja.ResultParameters{ResultParameter: parameter}
		m.ReferenceData.ReferenceItem = daraja.Parameter{Key: "QueueTimeoutURL", Value: daraja.B2BResultsURL}
		return
	}
	if slices.Contains([]daraja.ResultCode{"7", "2001", "8006"}, m.ResultCode) {
		m.TransactionID = l.OrganisationReceipt(p.Shortcode) // M-PESA had begun the transaction
	}
	m.ReferenceData.ReferenceItem = references(l, p)
}

// references are the items of ReferenceData.
func references(l *simulator.Locked, p payment) []daraja.Parameter {
	all := []daraja.Parameter{{Key: "QueueTimeoutURL", Value: daraja.B2BResultsURL}, {Key: daraja.KeyOccassion}}
	if p.occasion != "" {
		all[1].Value = p.occasion
	}
	if p.command.bill {
		all = append([]daraja.Parameter{billReference(l, p)}, all...)
	}
	return all
}

var wholeNumber = regexp.MustCompile(`^(0|[1-9][0-9]{0,17})$`)

// billReference is the AccountReference as results repeat it.
func billReference(l *simulator.Locked, p payment) daraja.Parameter {
	b := daraja.Parameter{Key: "BillReferenceNumber"}
	switch {
	case p.reference == "":
	case l.Setting(SettingReference) == "number" && wholeNumber.MatchString(p.reference):
		b.Value = json.Number(p.reference)
	default:
		b.Value = p.reference
	}
	return b
}
