package simulator

import (
	"cmp"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Phone is a customer's handset, as its owner sees it.
type Phone struct {
	Number       daraja.MSISDN
	Name         string
	PIN          string
	On           bool
	Attended     bool // a person holds it, so that the customer does not answer alone
	Balance      daraja.Money
	Unregistered bool         // the number has no M-PESA account
	Prompt       *ShownPrompt // nil when the screen shows none
	Messages     []Message    // the latest 50, newest last
}

// ShownPrompt is a prompt on a phone's screen.
type ShownPrompt struct {
	Prompt
	Screen
	OpenedAt time.Time
	EndsAt   time.Time // when it ends without an answer
	Tries    int       // wrong PINs so far
}

// Phones lists the phones of all customers so far, by number.
func (w *World) Phones() []Phone {
	w.mu.Lock()
	phones := make([]Phone, 0, len(w.customers.byKey))
	for _, c := range w.customers.byKey {
		phones = append(phones, w.phoneView(c))
	}
	w.mu.Unlock()
	slices.SortFunc(phones, func(a, b Phone) int { return cmp.Compare(a.Number, b.Number) })
	return phones
}

// Phone is the phone with a number. It adds the customer when there is none.
func (w *World) Phone(m daraja.MSISDN) Phone {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.phoneView(w.customer(m))
}

func (w *World) phoneView(c *customer) Phone {
	return Phone{
		Number: c.number, Name: c.Name, PIN: c.PIN, On: !c.off, Attended: w.phoneHolders[c.number] > 0, Balance: w.balance(c), Unregistered: c.Unregistered,
		Prompt: c.shownPrompt(), Messages: c.inbox.latest(maxMessages),
	}
}

// shownPrompt is the prompt that the phone shows, or nil.
func (c *customer) shownPrompt() *ShownPrompt {
	p := c.prompt
	if c.off || p == nil || !p.shown() {
		return nil
	}
	return &ShownPrompt{Prompt: p.Prompt, Screen: p.open.screen, OpenedAt: p.OpenedAt, EndsAt: p.open.endsAt, Tries: p.open.tries}
}
