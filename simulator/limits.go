package simulator

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Names of the settings that limit transfers from and to a customer's wallet.
const (
	SettingMinPayment = "min_payment"
	SettingMaxPayment = "max_payment"
	SettingDailyLimit = "daily_limit"
	SettingMaxBalance = "max_balance"
)

// Limits are M-PESA's rules for a customer's wallet, or an organisation's own for its accounts.
type Limits struct {
	MinPayment daraja.Money // of one transfer from or to a wallet, or from an organisation
	MaxPayment daraja.Money
	Daily      daraja.Money // what an account may pay from midnight to midnight, EAT
	MaxBalance daraja.Money // what an account may hold
}

// DefaultLimits are the published ones.
func DefaultLimits() Limits {
	return Limits{
		MinPayment: daraja.MinPayment, MaxPayment: daraja.MaxPayment,
		Daily: 500_000 * daraja.Shilling, MaxBalance: daraja.MaxWallet,
	}
}

// limitSettings are the settings that Limits are read from, in shillings.
func limitSettings() []Setting {
	d := DefaultLimits()
	amount := func(name string, m daraja.Money, doc string) Setting {
		return Setting{Name: name, Default: fmt.Sprint(m.Shillings()), Form: "a number of shillings", takes: isMoney, Doc: doc}
	}
	return []Setting{
		amount(SettingMinPayment, d.MinPayment, "least amount that a customer pays or receives at once; less ends with result 2"),
		amount(SettingMaxPayment, d.MaxPayment, "largest amount that a customer pays or receives at once; more ends with result 3"),
		amount(SettingDailyLimit, d.Daily, "what a customer can pay in a day (EAT); more ends with result 4"),
		amount(SettingMaxBalance, d.MaxBalance, "what a wallet can hold; a payment that would exceed it ends with result 8"),
	}
}

func isMoney(v string) bool {
	_, err := daraja.ParseMoney(v)
	return err == nil
}

// newLimits reads the values of limitSettings.
func newLimits(v settingValues) Limits {
	return Limits{
		MinPayment: v.money(SettingMinPayment), MaxPayment: v.money(SettingMaxPayment),
		Daily: v.money(SettingDailyLimit), MaxBalance: v.money(SettingMaxBalance),
	}
}

// check returns the rule that t breaks. spent is what From has paid today, held what
// To has.
func (l Limits) check(t Transfer, spent, held daraja.Money) error {
	from, to := t.From.Kind == AccountWallet, t.To.Kind == AccountWallet
	customer := t.To
	if from {
		customer = t.From
	}
	switch {
	case (from || to) && t.Amount < l.MinPayment:
		return &TransferError{ReasonBelowMinimum, customer, exceeds(t.Amount, l.MinPayment, SettingMinPayment)}
	case (from || to) && t.Amount > l.MaxPayment:
		return &TransferError{ReasonAboveMaximum, customer, exceeds(t.Amount, l.MaxPayment, SettingMaxPayment)}
	case from && spent+t.Amount > l.Daily:
		return &TransferError{ReasonDailyLimit, t.From, exceeds(spent+t.Amount, l.Daily, SettingDailyLimit)}
	case to && held+t.Amount > l.MaxBalance:
		return &TransferError{ReasonMaxBalance, t.To, exceeds(held+t.Amount, l.MaxBalance, SettingMaxBalance)}
	}
	return nil
}

// refuse returns why a transfer cannot be made, or nil. The limits of an organisation are for
// what it pays to others, and MaxBalance for what it may hold.
func (w *World) refuse(t Transfer, now time.Time) error {
	if err := w.accounts.refuse(t, newLimits(w.settings), now); err != nil || t.Forced || t.From.Owner == t.To.Owner {
		return err
	}
	if payer := w.orgs[t.From.Owner.Shortcode()]; payer != nil {
		spent := w.accounts.byID[t.From].spentOn(dayOf(now)) + t.Amount
		switch l := payer.Limits; {
		case t.Amount < l.MinPayment:
			return &TransferError{ReasonBelowMinimum, t.From, payer.limited(t.Amount, l.MinPayment, SettingMinPayment)}
		case l.MaxPayment > 0 && t.Amount > l.MaxPayment:
			return &TransferError{ReasonAboveMaximum, t.From, payer.limited(t.Amount, l.MaxPayment, SettingMaxPayment)}
		case l.Daily > 0 && spent > l.Daily:
			return &TransferError{ReasonDailyLimit, t.From, payer.limited(spent, l.Daily, SettingDailyLimit)}
		}
	}
	if payee := w.orgs[t.To.Owner.Shortcode()]; payee != nil && payee.Limits.MaxBalance > 0 {
		if after := w.accounts.balance(t.To) + t.Amount; after > payee.Limits.MaxBalance {
			return &TransferError{ReasonMaxBalance, t.To, payee.limited(after, payee.Limits.MaxBalance, SettingMaxBalance)}
		}
	}
	return nil
}

func (o *organisation) limited(value, limit daraja.Money, name string) string {
	return fmt.Sprintf("it would be %s; the %s of organisation %s is %s", value.Grouped(), name, o.Shortcode, limit.Grouped())
}

func exceeds(value, limit daraja.Money, setting string) string {
	return fmt.Sprintf("it would be %s; the setting %s is %s", value.Grouped(), setting, limit.Grouped())
}

// dayOf numbers the days in Kenya.
func dayOf(now time.Time) int64 {
	_, offset := now.In(daraja.EAT()).Zone()
	return (now.Unix() + int64(offset)) / int64(24*time.Hour/time.Second)
}
