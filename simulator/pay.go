package simulator

import (
	"errors"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// TransactionType values of payments by a customer, as C2B's messages have them.
const (
	TypePayBill  = "Pay Bill"
	TypeBuyGoods = "Customer Merchant Payment"
)

// NewReceipt is the receipt of a payment that is about to be made.
func (l *Locked) NewReceipt(m daraja.MSISDN) string { return l.ids.Receipt(l.clock.Now(), m) }

// Balance is what an organisation has on its PaymentAccount.
func (l *Locked) Balance(shortcode string) daraja.Money {
	return l.accounts.balance(l.world().payee(shortcode))
}

// Payment is the transfer of a customer's payment to an organisation.
func (l *Locked) Payment(m daraja.MSISDN, shortcode string, amount daraja.Money) Transfer {
	t := Transfer{From: Wallet(m), To: l.world().payee(shortcode), Amount: amount, Type: TypePayBill}
	if t.To.Kind == AccountMerchant {
		t.Type = TypeBuyGoods
	}
	return t
}

// Pay moves money from a customer to an organisation without a prompt: the customer has
// confirmed it by other means. Locked.Payment makes t. It returns the transaction, or the
// result of one that is not made. A transfer without a Receipt gets one.
func (l *Locked) Pay(t Transfer) (Transaction, daraja.ResultCode) {
	w, now := l.world(), l.clock.Now()
	c := w.customer(t.Phone())
	org, known := l.Organisation(t.Shortcode())
	if !known {
		return Transaction{}, daraja.ResultNotPermitted
	}
	var rule *TransferError
	if errors.As(w.accounts.refuse(t, newLimits(w.settings), now), &rule) {
		if rule.Reason == ReasonInsufficient {
			w.sendSMS(c, t.ID, insufficientSMS(t, org.Name, w.balance(c), now), now)
		}
		return Transaction{}, rule.ResultCode()
	}
	return w.pay(t, c, org.Name, now), daraja.ResultSuccess
}

// payee is the account that a payment to a shortcode arrives on. A scenario can take an
// organisation away while a prompt is open; the money then waits on its Utility Account.
func (w *World) payee(shortcode string) AccountID {
	if o := w.orgs[shortcode]; o != nil {
		return o.PaymentAccount()
	}
	return OrganisationAccount(shortcode, AccountUtility)
}

// pay makes a payment that is not refused, with its receipt, and notifies customer,
// organisation and products. A success that was decided on is forced: it tops up a wallet
// that has too little. organisation is the name of the one that is paid.
func (w *World) pay(t Transfer, c *customer, organisation string, now time.Time) Transaction {
	if t.Receipt == "" {
		t.Receipt = w.ids.Receipt(now, c.number)
	}
	done, err := w.accounts.transfer(t, newLimits(w.settings), now)
	if err != nil {
		panic("simulator: a payment was not checked: " + err.Error())
	}
	c.lastPayment = paid{amount: t.Amount, at: now}
	w.sendSMS(c, t.ID, paidSMS(done, organisation), now)
	if o := w.orgs[t.Shortcode()]; o != nil {
		o.inbox.add(newMessage(t.ID, receivedSMS(done, c.Name), now), maxMessages)
	}
	for _, listener := range w.catalogue.listeners {
		listener(w.locked(), done)
	}
	return done
}

// Ledger lists the transactions that moved money, oldest first; the latest 200,000.
func (w *World) Ledger() []Transaction {
	w.mu.Lock()
	latest := w.locked().Transactions()
	w.mu.Unlock()
	all := make([]Transaction, len(latest))
	for i, t := range latest {
		all[i] = *t
	}
	return all
}

// Transactions are those that Ledger lists. They do not change: a caller may keep them.
func (l *Locked) Transactions() []*Transaction { return l.accounts.history.latest(maxTransactions) }

// CheckAccounts returns an error when the accounts of the world do not add up to zero,
// or when one is overdrawn that may not be. Either is a fault of the simulator.
func (w *World) CheckAccounts() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.accounts.check()
}
