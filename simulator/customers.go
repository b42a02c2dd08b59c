package simulator

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// customer is a person with a phone and a wallet.
type customer struct {
	Person
	prompt *prompt // open on the phone, or nil
	last   paid    // for the guard against the same amount twice
}

type paid struct {
	amount daraja.Money
	at     time.Time
}

// customer returns who owns m; people come into being on first use.
func (w *World) customer(m daraja.MSISDN) *customer {
	c, known := w.customers[m]
	if !known {
		c = &customer{Person: w.people(m)}
		w.customers[m] = c
	}
	return c
}

func (c *customer) override(s CustomerSetup) {
	if s.Name != "" {
		c.Name = s.Name
	}
	if s.PIN != "" {
		c.PIN = s.PIN
	}
	if s.Balance != nil {
		c.Balance = *s.Balance
	}
}
