package simulator

import (
	"github.com/darajabox/darajabox/daraja"
)

// TransactionType values of payments by a customer, as C2B's messages have them.
const (
	TypePayBill  = "Pay Bill"
	TypeBuyGoods = "Customer Merchant Payment"
)

// NewReceipt is the receipt of a payment of a customer that is about to be made.
func (l *Locked) NewReceipt(m daraja.MSISDN) string { return l.ids.Receipt(l.clock.Now(), string(m)) }

// OrganisationReceipt is a receipt of what an organisation begins, such as a payout that fails.
func (l *Locked) OrganisationReceipt(shortcode string) string {
	return l.ids.Receipt(l.clock.Now(), shortcode)
}

// Balance is what an organisation has on its PaymentAccount.
func (l *Locked) Balance(shortcode string) daraja.Money {
	return l.accounts.balance(l.world().payee(shortcode))
}

// Payment is the transfer of a customer's payment to an organisation.
func (l *Locked) Payment(m daraja.MSISDN, shortcode string, amount daraja.Money) Transfer {
	t := l.NewTransfer(Wallet(m), l.world().payee(shortcode), amount)
	t.Type = TypePayBill
	if t.To.Kind == AccountMerchant {
		t.Type = TypeBuyGoods
	}
	return t
}

// Pay moves money from a customer to an organisation without a prompt: the customer has
// confirmed it by other means. Locked.Payment makes t. It returns the transaction, or the
// result of one that is not made. A transfer without a Receipt gets one.
func (l *Locked) Pay(t Transfer) (Transaction, daraja.ResultCode) {
	if _, known := l.Organisation(t.Shortcode()); !known {
		return Transaction{}, daraja.ResultNotPermitted
	}
	done, refused := l.Transfer(t)
	if refused != nil {
		return Transaction{}, refused.ResultCode()
	}
	return done, daraja.ResultSuccess
}

// payee is the account that a payment to a shortcode arrives on. A scenario can take an
// organisation away while a prompt is open; the money then waits on its Utility Account.
func (w *World) payee(shortcode string) AccountID {
	if o := w.organisation(shortcode); o != nil {
		return o.PaymentAccount()
	}
	return OrganisationAccount(shortcode, AccountUtility)
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
