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
		". New M-PESA balance is " + shillings(t.FromBalance) + ". Transaction cost, Ksh0.00."
}

// receivedSMS is the message to the organisation.
func receivedSMS(t Transaction, customer string) string {
	return t.Receipt + " Confirmed." + smsTime(t.At) + " " + shillings(t.Amount) + " received from " + customer + " " + t.Phone().Masked() +
		". Account Number " + t.Reference + ". New Utility balance is " + shillings(t.ToBalance) + "."
}

// insufficientSMS is the message to a customer who has too little money.
func insufficientSMS(t Transfer, organisation string, balance daraja.Money, now time.Time) string {
	return "Failed. You do not have enough money in your M-PESA account to pay " + shillings(t.Amount) + " to " + organisation +
		" for account " + t.Reference + smsTime(now) + ". Your M-PESA balance is " + shillings(balance) + "."
}

func smsTime(t time.Time) string { return t.In(daraja.EAT()).Format(" on 2/1/06 at 3:04 PM") }

// shillings prints m as messages do: Ksh1,234.50.
func shillings(m daraja.Money) string { return "Ksh" + strings.TrimPrefix(m.Grouped(), "KES ") }
