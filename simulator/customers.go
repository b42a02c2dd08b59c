package simulator

import (
	"cmp"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// customer is a person with a phone and a wallet.
type customer struct {
	Person      // Balance is what the wallet begins with; Wallet has what it holds
	number      daraja.MSISDN
	prompt      *prompt // open on the phone, or nil
	lastPayment paid    // for the guard against the same amount twice
	lastReceipt string  // the receipt that the latest successful callback carried
	off         bool    // the phone is switched off
	wrong       int     // wrong PINs since the last right one
	locked      bool    // the PIN is, after too many of them
	edited      bool    // by hand
	inbox       recent[Message]
}

type paid struct {
	amount daraja.Money
	at     time.Time
}

// customer returns the owner of m, made from the seed at first use. When there are too
// many, the oldest is forgotten; those with a prompt or a phone that is off, and those
// that were edited, are forgotten later.
func (w *World) customer(m daraja.MSISDN) *customer {
	if c, known := w.customers.get(m); known {
		return c
	}
	seeded := w.seedCustomer(m)
	c := &seeded
	w.openWallet(c)
	gone, evicted := w.customers.put(m, c)
	for range 100 {
		if !evicted || gone.prompt == nil && !gone.off && !gone.edited {
			break
		}
		gone, evicted = w.customers.put(gone.number, gone)
	}
	if evicted {
		w.accounts.closeAccounts(Owner(gone.number))
	}
	return c
}

// openWallet gives a customer a new wallet with what it begins with.
func (w *World) openWallet(c *customer) {
	w.accounts.closeAccounts(Owner(c.number))
	w.setBalance(Wallet(c.number), c.Balance)
}

// balance is what a customer's wallet holds.
func (w *World) balance(c *customer) daraja.Money { return w.accounts.balance(Wallet(c.number)) }

// setBalance sets what an account holds. Balances are checked where they come in.
func (w *World) setBalance(id AccountID, balance daraja.Money) {
	if err := w.accounts.setBalance(id, balance); err != nil {
		panic("simulator: a balance was not checked: " + err.Error())
	}
}

func (c *customer) override(s CustomerSetup) {
	c.Name, c.PIN = cmp.Or(s.Name, c.Name), cmp.Or(s.PIN, c.PIN)
	if s.Balance != nil {
		c.Balance = *s.Balance
	}
	c.off, c.Unregistered = s.Off, s.Unregistered
}
