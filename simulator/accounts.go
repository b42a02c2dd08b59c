package simulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// accounts are all accounts of a world, by double entry: each change posts amounts that
// add up to zero, so that the sum of all balances is always zero. An account exists
// from its first posting on.
type accounts struct {
	byID    map[AccountID]account
	history recent[*Transaction] // those with a receipt
}

// account is the state of one account.
type account struct {
	balance daraja.Money
	day     int64        // of the latest payment, as dayOf numbers it
	spent   daraja.Money // on that day
}

// posting is an amount that an account gains or, when it is negative, loses.
type posting struct {
	id     AccountID
	amount daraja.Money
}

func newAccounts() accounts { return accounts{byID: make(map[AccountID]account)} }

// balance is what an account holds.
func (a *accounts) balance(id AccountID) daraja.Money { return a.byID[id].balance }

// transfer moves money, or returns a *TransferError and changes nothing.
func (a *accounts) transfer(t Transfer, l Limits, now time.Time) (Transaction, error) {
	if err := a.refuse(t, l, now); err != nil {
		return Transaction{}, err
	}
	topUp := t.Entering + a.lacking(t) // the second is more than nothing for a forced transfer only
	if err := a.postTransfer(t, topUp); err != nil {
		return Transaction{}, err
	}
	if t.From.Kind != AccountCounter && t.From.Owner != t.To.Owner { // the limit is on what is paid to others
		day, payer := dayOf(now), a.byID[t.From]
		payer.day, payer.spent = day, payer.spentOn(day)+t.Amount
		a.byID[t.From] = payer
	}
	done := Transaction{Transfer: t, At: now, TopUp: topUp, FromBalance: a.balance(t.From), ToBalance: a.balance(t.To)}
	if t.Receipt != "" {
		a.history.add(&done, maxTransactions)
	}
	return done, nil
}

// postTransfer posts a transfer with its fee, or nothing when a balance would grow too large.
func (a *accounts) postTransfer(t Transfer, topUp daraja.Money) error {
	all, n := postings(t, topUp)
	return a.post(all[:n]...)
}

// postings are those of a transfer. The fee leaves the world. The Charges Paid Account of an
// organisation counts it below zero, and the counter-account has the other side of that.
func postings(t Transfer, topUp daraja.Money) (all [4]posting, n int) {
	counted := daraja.Money(0)
	if t.From.Owner.Shortcode() != "" {
		counted = t.Fee
	}
	all = [...]posting{
		{t.From, topUp - t.Amount - t.Fee}, {t.To, t.Amount}, {OutsideAccount(), t.Fee + counted - topUp},
		{AccountID{t.From.Owner, AccountChargesPaid}, -counted},
	}
	if counted == 0 {
		return all, len(all) - 1
	}
	return all, len(all)
}

// refuse returns why a transfer cannot be made, a *TransferError, or nil.
func (a *accounts) refuse(t Transfer, l Limits, now time.Time) error {
	if err := t.check(); err != nil {
		return err
	}
	if t.Reverses != "" {
		if by := a.find(func(done *Transaction) bool { return done.Reverses == t.Reverses }); by != nil {
			return &TransferError{ReasonReversed, t.From, "transaction " + by.Receipt + " reversed " + t.Reverses}
		}
	}
	if t.Forced {
		return a.refuseTooLarge(t, a.lacking(t))
	}
	if err := l.check(t, a.byID[t.From].spentOn(dayOf(now)), a.balance(t.To)); err != nil {
		return err
	}
	if lack := a.lacking(t); lack > 0 {
		return &TransferError{ReasonInsufficient, t.From, "it lacks " + lack.Grouped()}
	}
	return a.refuseTooLarge(t, 0)
}

// refuseTooLarge refuses a transfer after which an account would hold more than the simulator
// can count. lacks is what the payer of a forced one gets from outside.
func (a *accounts) refuseTooLarge(t Transfer, lacks daraja.Money) error {
	all, n := postings(t, t.Entering+lacks)
	return a.fits(all[:n])
}

// spentOn is what an account has paid on a day.
func (a account) spentOn(day int64) daraja.Money {
	if a.day != day {
		return 0
	}
	return a.spent
}

// lacking is what the payer of t lacks.
func (a *accounts) lacking(t Transfer) daraja.Money {
	if t.From.Kind.mayBeNegative() {
		return 0
	}
	return max(0, t.Amount+t.Fee-t.Entering-a.balance(t.From))
}

// find is the latest transaction of which something is true, or nil.
func (a *accounts) find(is func(*Transaction) bool) *Transaction {
	for _, t := range slices.Backward(a.history.latest(maxTransactions)) {
		if is(t) {
			return t
		}
	}
	return nil
}

// maxHeld keeps balances inside int64.
const maxHeld = daraja.Money(1) << 61

// fits returns an error when a balance would grow too large.
func (a *accounts) fits(postings []posting) error {
	for _, p := range postings {
		if after := a.balance(p.id) + p.amount; after > maxHeld || after < -maxHeld {
			return invalidTransfer(p.id, "the balance would be more than the simulator can hold")
		}
	}
	return nil
}

// post changes balances, or none when one would grow too large. postings add up to
// zero.
func (a *accounts) post(postings ...posting) error {
	if err := a.fits(postings); err != nil {
		return err
	}
	for _, p := range postings {
		one := a.byID[p.id]
		one.balance += p.amount
		a.byID[p.id] = one
	}
	return nil
}

// setBalance makes an account hold a balance: the difference comes from outside, or
// leaves to it. It is no transaction of M-PESA, so that no limit applies.
func (a *accounts) setBalance(id AccountID, balance daraja.Money) error {
	switch {
	case !id.valid() || id.Kind == AccountCounter:
		return invalidTransfer(id, "its balance cannot be set")
	case balance < 0 && !id.Kind.mayBeNegative() || max(balance, -balance) > maxTransfer:
		return invalidTransfer(id, "it cannot hold "+balance.Grouped())
	}
	change := balance - a.balance(id)
	return a.post(posting{OutsideAccount(), -change}, posting{id, change})
}

// closeAccounts removes an owner's accounts; what they hold leaves the world.
func (a *accounts) closeAccounts(o Owner) {
	if o == OwnerOutside {
		return
	}
	for k := AccountWallet; k < AccountCounter; k++ {
		id := AccountID{o, k}
		_ = a.post(posting{OutsideAccount(), a.balance(id)}, posting{id, -a.balance(id)}) // what came in can leave
		delete(a.byID, id)
	}
}

// clone is a copy that shares nothing that changes.
func (a *accounts) clone() accounts {
	return accounts{byID: maps.Clone(a.byID), history: slices.Clip(a.history)}
}

// AccountBalance is an account and what it holds.
type AccountBalance struct {
	Account AccountID
	Balance daraja.Money
}

// balances lists every account by owner and kind.
func (a *accounts) balances() []AccountBalance {
	all := make([]AccountBalance, 0, len(a.byID))
	for id, one := range a.byID {
		all = append(all, AccountBalance{id, one.balance})
	}
	slices.SortFunc(all, func(a, b AccountBalance) int {
		return cmp.Or(cmp.Compare(a.Account.Owner, b.Account.Owner), cmp.Compare(a.Account.Kind, b.Account.Kind))
	})
	return all
}

// check returns an error when the balances do not add up to zero, or when one is below
// zero that may not be.
func (a *accounts) check() error {
	sum := daraja.Money(0)
	for _, one := range a.balances() {
		sum += one.Balance
		if one.Balance < 0 && !one.Account.Kind.mayBeNegative() {
			return fmt.Errorf("%s holds %s, less than nothing", one.Account, one.Balance.Grouped())
		}
	}
	if sum != 0 {
		return fmt.Errorf("the accounts add up to %s instead of zero", sum.Grouped())
	}
	return nil
}
