package simulator

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// customer is a person with a phone and a wallet.
type customer struct {
	Person
	number daraja.MSISDN
	prompt *prompt // open on the phone, or nil
	last   paid    // for the guard against the same amount twice
	told   string  // the receipt that the latest successful callback carried
	off    bool    // the phone is switched off
	wrong  int     // wrong PINs since the last right one
	locked bool    // the PIN is, after too many of them
	edited bool    // by hand
	inbox  inbox
}

type paid struct {
	amount daraja.Money
	at     time.Time
}

// customer returns who owns m; people come into being on first use. When there are
// too many, the one who was met first is forgotten, and would be met again as the
// seed made them; those with a prompt or a phone that is off, and those who were
// edited, are kept a while longer.
func (w *World) customer(m daraja.MSISDN) *customer {
	if c, known := w.customers.get(m); known {
		return c
	}
	born := w.born(m)
	c := &born
	gone, evicted := w.customers.put(m, c)
	for range 100 {
		if !evicted || gone.prompt == nil && !gone.off && !gone.edited {
			break
		}
		gone, evicted = w.customers.put(gone.number, gone)
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
	c.off = s.Off
}
