package simulator

import (
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Message is an SMS.
type Message struct {
	At      time.Time
	From    string
	Text    string
	Payment string // CheckoutRequestID of the payment that it is about
}

// sender is who M-PESA's messages come from.
const sender = "MPESA"

type smsKind uint8

const (
	smsSent         smsKind = iota // to a paybill
	smsPaid                        // to a till
	smsReceived                    // the organisation's side of either
	smsInsufficient                // too little money
)

// sms is a message before it is written out, which few of them ever are.
type sms struct {
	kind      smsKind
	at        time.Time
	payment   string // CheckoutRequestID
	receipt   string
	amount    daraja.Money
	balance   daraja.Money // of the wallet that the message goes to
	party     string       // who is at the other end
	phone     daraja.MSISDN
	reference string
}

// inbox is the latest messages, oldest first. Messages are only ever added, so that
// snapshots can share them.
type inbox []sms

// add makes space at the end of room, so that not every message moves the others.
func (i *inbox) add(m sms, room int) {
	if len(*i) >= room {
		*i = append(make(inbox, 0, room), (*i)[len(*i)-maxMessages+1:]...)
	}
	*i = append(*i, m)
}

// How many messages an inbox has room for: there are few organisations and they get
// many.
const (
	customerRoom = maxMessages + 14
	orgRoom      = 20 * maxMessages
)

// messages writes the latest out.
func (i inbox) messages() []Message {
	latest := i[max(0, len(i)-maxMessages):]
	out := make([]Message, 0, len(latest))
	for _, m := range latest {
		out = append(out, Message{At: m.at, From: sender, Text: m.text(), Payment: m.payment})
	}
	return out
}

// text sends a customer a message.
func (w *World) text(c *customer, m sms) {
	c.inbox.add(m, customerRoom)
	w.tell(EventMessage, c.number, "")
}

// text is m as it is read on the handset.
func (m sms) text() string {
	at := m.at.In(daraja.EAT()).Format("on 2/1/06 at 3:04 PM")
	amount, balance := shillings(m.amount), shillings(m.balance)
	switch m.kind {
	case smsSent:
		return m.receipt + " Confirmed. " + amount + " sent to " + m.party + " for account " + m.reference + " " + at +
			". New M-PESA balance is " + balance + ". Transaction cost, Ksh0.00."
	case smsPaid:
		return m.receipt + " Confirmed. " + amount + " paid to " + m.party + " " + at +
			". New M-PESA balance is " + balance + ". Transaction cost, Ksh0.00."
	case smsReceived:
		return m.receipt + " Confirmed. " + at + " " + amount + " received from " + m.party + " " + m.phone.Masked() +
			". Account Number " + m.reference + ". New Utility balance is " + balance + "."
	case smsInsufficient:
	}
	return "Failed. You do not have enough money in your M-PESA account to pay " + amount + " to " + m.party +
		" for account " + m.reference + " " + at + ". Your M-PESA balance is " + balance + "."
}

// shillings prints m as messages do: Ksh1,234.50.
func shillings(m daraja.Money) string {
	s := m.String()
	b := []byte("Ksh")
	if m < 0 {
		b, s = append(b, '-'), s[1:]
	}
	whole := strconv.FormatInt(max(m, -m).Shillings(), 10)
	for i, digit := range []byte(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, digit)
	}
	return string(append(b, s[len(whole):]...))
}
