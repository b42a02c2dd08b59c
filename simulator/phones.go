package simulator

import (
	"cmp"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Phone is a customer's handset, as its owner sees it.
type Phone struct {
	Number   daraja.MSISDN
	Name     string
	PIN      string
	On       bool
	Attended bool // a person holds it, so that nature waits
	Balance  daraja.Money
	Prompt   *OpenPrompt // nil when the screen shows none
	Messages []Message   // the latest 50, newest last
}

// OpenPrompt is a prompt on a phone's screen.
type OpenPrompt struct {
	CheckoutRequestID string
	Text              string // as the handset shows it
	Organisation      string // its name
	Shortcode         string
	Reference         string
	Amount            daraja.Money
	OpenedAt          time.Time
	EndsAt            time.Time // when it ends unless somebody answers
	Tries             int       // wrong PINs so far
}

// Phones lists the phones of all customers who were met so far, by number.
func (w *World) Phones() []Phone {
	w.mu.Lock()
	phones := make([]Phone, 0, len(w.customers.byKey))
	inboxes := make(map[daraja.MSISDN]inbox, len(w.customers.byKey))
	for m, c := range w.customers.byKey {
		phones = append(phones, w.view(c))
		inboxes[m] = c.inbox
	}
	w.mu.Unlock()
	for i := range phones {
		phones[i].Messages = inboxes[phones[i].Number].messages()
	}
	slices.SortFunc(phones, func(a, b Phone) int { return cmp.Compare(a.Number, b.Number) })
	return phones
}

// Phone is the phone with a number. A customer who was not met before is from now on.
func (w *World) Phone(m daraja.MSISDN) Phone {
	w.mu.Lock()
	c := w.customer(m)
	phone, messages := w.view(c), c.inbox
	w.mu.Unlock()
	phone.Messages = messages.messages()
	return phone
}

// view is c's phone but for the messages.
func (w *World) view(c *customer) Phone {
	return Phone{
		Number: c.number, Name: c.Name, PIN: c.PIN, On: !c.off, Attended: w.attended[c.number] > 0, Balance: c.Balance,
		Prompt: c.screen(),
	}
}

// screen is the prompt that the phone shows, or nil.
func (c *customer) screen() *OpenPrompt {
	p := c.prompt
	if c.off || p == nil || !p.shown() {
		return nil
	}
	return &OpenPrompt{
		CheckoutRequestID: p.checkoutID, Text: string(appendPrompt(nil, p.push, p.open.org)),
		Organisation: p.open.org, Shortcode: p.shortcode, Reference: p.reference, Amount: p.amount,
		OpenedAt: p.openedAt, EndsAt: p.open.endsAt, Tries: p.open.tries,
	}
}
