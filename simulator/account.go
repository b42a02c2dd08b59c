package simulator

import (
	"strconv"

	"github.com/darajabox/darajabox/daraja"
)

// Owner is the holder of accounts: a customer by phone number, an organisation by shortcode,
// or OwnerOutside. It masks a customer's number when it is printed.
type Owner string

// OwnerOutside is everything outside M-PESA: money enters a world from it and leaves a world
// to it.
const OwnerOutside Owner = "outside"

// Phone is the number of a customer, "" for another owner.
func (o Owner) Phone() daraja.MSISDN {
	if len(o) != len(daraja.SandboxMSISDN) {
		return "" // a transfer asks often, and the error for a shortcode is slow to make
	}
	m, _ := daraja.ParseMSISDN(string(o)) // "" for another owner
	return m
}

// Shortcode is the shortcode of an organisation, "" for another owner.
func (o Owner) Shortcode() string {
	if o == OwnerOutside || o.Phone() != "" {
		return ""
	}
	return string(o)
}

// String masks a customer's number.
func (o Owner) String() string {
	if m := o.Phone(); m != "" {
		return m.Masked()
	}
	return string(o)
}

// AccountKind says which of its owner's accounts an account is.
type AccountKind uint8

// The kinds of accounts. An organisation has the five from Working to Settlement, in
// the order in which M-PESA lists them.
const (
	AccountNone        AccountKind = iota // no account
	AccountWallet                         // a customer's
	AccountWorking                        // pays other organisations
	AccountUtility                        // receives payments to a paybill; pays customers
	AccountChargesPaid                    // counts what an organisation paid in fees, below zero
	AccountMerchant                       // receives payments to a till
	AccountSettlement                     // on its way to the organisation's bank
	AccountCounter                        // of OwnerOutside
)

// String is the name that M-PESA gives the account in results.
func (k AccountKind) String() string {
	names := [...]string{
		"no account", "Wallet", "Working Account", "Utility Account", "Charges Paid Account", "Merchant Account",
		"Organization Settlement Account", "Counter Account",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return "AccountKind(" + strconv.Itoa(int(k)) + ")"
}

// Word is the kind of an organisation's account as scenario files and the control API write it.
func (k AccountKind) Word() string {
	return map[AccountKind]string{
		AccountWorking: "working", AccountUtility: "utility", AccountChargesPaid: "charges_paid", AccountMerchant: "merchant", AccountSettlement: "settlement",
	}[k]
}

// mayBeNegative reports whether an account of this kind can be overdrawn.
func (k AccountKind) mayBeNegative() bool { return k == AccountChargesPaid || k == AccountCounter }

// OrganisationAccounts lists the kinds of accounts of an organisation, in the order in
// which M-PESA lists them.
func OrganisationAccounts() []AccountKind {
	return []AccountKind{AccountWorking, AccountUtility, AccountChargesPaid, AccountMerchant, AccountSettlement}
}

// AccountID names an account. The zero value is no account.
type AccountID struct {
	Owner Owner
	Kind  AccountKind
}

// String is the account in words, a customer's number masked.
func (id AccountID) String() string {
	if id == (AccountID{}) {
		return AccountNone.String()
	}
	return id.Kind.String() + " of " + id.Owner.String()
}

// Wallet is m's account.
func Wallet(m daraja.MSISDN) AccountID { return AccountID{Owner(m), AccountWallet} }

// OrganisationAccount is an account of the organisation with a shortcode.
func OrganisationAccount(shortcode string, k AccountKind) AccountID {
	return AccountID{Owner(shortcode), k}
}

// OutsideAccount is the counter-account of a world: less than zero by the money that
// is in the world.
func OutsideAccount() AccountID { return AccountID{OwnerOutside, AccountCounter} }

// valid reports whether the kind fits the owner.
func (id AccountID) valid() bool {
	switch id.Kind {
	case AccountWallet:
		return id.Owner.Phone() != ""
	case AccountWorking, AccountUtility, AccountChargesPaid, AccountMerchant, AccountSettlement:
		return id.Owner.Shortcode() != ""
	case AccountCounter:
		return id.Owner == OwnerOutside
	case AccountNone:
	}
	return false
}

// PaymentAccount is where payments to o arrive: a paybill's Utility Account, and the
// Merchant Account of a till's store.
func (o Organisation) PaymentAccount() AccountID {
	if o.Till != "" {
		return OrganisationAccount(o.Shortcode, AccountMerchant)
	}
	return OrganisationAccount(o.Shortcode, AccountUtility)
}
