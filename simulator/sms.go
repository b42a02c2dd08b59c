package simulator

import (
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Message is an SMS.
type Message struct {
	At      time.Time
	From    string
	Text    string
	Payment string // id of the payment that it is about
}

// sendSMS sends a customer a message about a payment.
func (w *World) sendSMS(c *customer, payment, text string, now time.Time) {
	c.inbox.add(newMessage(payment, text, now), maxMessages)
	w.notify(EventMessage, c.number, "")
}

func newMessage(payment, text string, now time.Time) Message {
	return Message{At: now, From: "MPESA", Text: text, Payment: payment}
}

// paidSMS is the message to a customer whose payment to an organisation was made.
func paidSMS(t Transaction, organisation string) string {
	paid := " paid to " + organisation
	if t.Type == TypePayBill {
		paid = " sent to " + organisation + " for account " + t.Reference
	}
	return t.Receipt + " Confirmed. " + shillings(t.Amount) + paid + smsTime(t.At) +
		". New M-PESA balance is " + shillings(t.FromBalance) + ". Transaction cost, " + shillings(t.Fee) + "."
}

// creditedSMS is the message to a customer whom an organisation, or another customer, has paid.
func creditedSMS(t Transaction, payer string) string {
	if t.Reverses != "" {
		return t.Receipt + " Confirmed. Transaction " + t.Reverses + " has been reversed" + smsTime(t.At) + " and " + shillings(t.Amount) +
			" is credited to your M-PESA account. New M-PESA balance is " + shillings(t.ToBalance) + "."
	}
	return t.Receipt + " Confirmed. You have received " + shillings(t.Amount) + " from " + payer + smsTime(t.At) +
		". New M-PESA balance is " + shillings(t.ToBalance) + "."
}

// receivedSMS is the message to the organisation that was paid.
func receivedSMS(t Transaction, payer string) string {
	return t.Receipt + " Confirmed." + smsTime(t.At) + " " + shillings(t.Amount) + " received from " + payer +
		". Account Number " + t.Reference + ". New " + accountWord(t.To) + " balance is " + shillings(t.ToBalance) + "."
}

// sentSMS is the message to the organisation that has paid.
func sentSMS(t Transaction, receiver string) string {
	return t.Receipt + " Confirmed." + smsTime(t.At) + " " + shillings(t.Amount) + " sent to " + receiver +
		". Account Number " + t.Reference + ". New " + accountWord(t.From) + " balance is " + shillings(t.FromBalance) +
		". Transaction cost, " + shillings(t.Fee) + "."
}

// movedSMS is the message to an organisation about its own accounts.
func movedSMS(t Transaction) string {
	return t.Receipt + " Confirmed." + smsTime(t.At) + " " + shillings(t.Amount) + " moved from " + accountWord(t.From) + " to " + accountWord(t.To) +
		". New " + accountWord(t.To) + " balance is " + shillings(t.ToBalance) + "."
}

// accountWord is the name of an account without the word account.
func accountWord(id AccountID) string { return strings.TrimSuffix(id.Kind.String(), " Account") }

// insufficientSMS is the message to a customer who has too little money.
func insufficientSMS(t Transfer, organisation string, balance daraja.Money, now time.Time) string {
	return "Failed. You do not have enough money in your M-PESA account to pay " + shillings(t.Amount) + " to " + organisation +
		" for account " + t.Reference + smsTime(now) + ". Your M-PESA balance is " + shillings(balance) + "."
}

func smsTime(t time.Time) string { return t.In(daraja.EAT()).Format(" on 2/1/06 at 3:04 PM") }

// shillings prints m as messages do: Ksh1,234.50.
func shillings(m daraja.Money) string { return "Ksh" + strings.TrimPrefix(m.Grouped(), "KES ") }
