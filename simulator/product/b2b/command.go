package b2b

import (
	"regexp"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// command is a CommandID: from which account of PartyA the money goes, and where to.
type command struct {
	id        string
	role      simulator.Role
	from      simulator.AccountKind
	to        simulator.AccountKind // AccountNone is the one on which PartyB is paid by customers
	own       bool                  // to is an account of PartyA, and PartyB does not matter
	forbidden bool                  // no initiator may ask for it
	bill      bool                  // its results repeat AccountReference as BillReferenceNumber
}

// allCommands are the CommandIDs (reference: B2B).
func allCommands() []command {
	const (
		payBill = simulator.RoleBusinessPayBill
		working = simulator.AccountWorking
		utility = simulator.AccountUtility
		shop    = simulator.AccountMerchant
	)
	return []command{
		{id: daraja.CommandBusinessPayBill, role: payBill, from: working, bill: true},
		{id: daraja.CommandBusinessBuyGoods, role: simulator.RoleBusinessBuyGoods, from: working},
		{id: daraja.CommandBusinessPayToBulk, role: simulator.RoleBusinessPayToBulk, from: working, to: utility},
		{id: daraja.CommandDisburseFunds, role: payBill, from: utility, to: working},
		{id: daraja.CommandBusinessToBusiness, role: payBill, from: working, to: working},
		{id: daraja.CommandMerchantToMerchant, role: payBill, from: shop, to: shop},
		{id: daraja.CommandMerchantToWorking, role: payBill, from: shop, to: working, own: true},
		{id: daraja.CommandMerchantToMMF, role: payBill, from: shop, to: working, own: true},
		{id: daraja.CommandAgencyFloat, role: payBill, from: working, to: working},
		{id: daraja.CommandMMFToUtility, role: payBill, from: working, to: utility, own: true, forbidden: true},
		{id: daraja.CommandUtilityToMMF, role: payBill, from: utility, to: working, own: true, forbidden: true},
	}
}

// commandOf finds a CommandID; the one of tax has an operation of its own.
func commandOf(id string) command {
	for _, c := range allCommands() {
		if c.id == id {
			return c
		}
	}
	return command{id: daraja.CommandPayTax, role: simulator.RoleTaxRemittance, from: simulator.AccountWorking, to: simulator.AccountUtility, bill: true}
}

// sender is the account that pays.
func (c command) sender(shortcode string) simulator.AccountID {
	return simulator.OrganisationAccount(shortcode, c.from)
}

// receiver is the account that is paid.
func (c command) receiver(l *simulator.Locked, partyA, partyB string) simulator.AccountID {
	switch org, known := l.Organisation(partyB); {
	case c.own:
		return simulator.OrganisationAccount(partyA, c.to)
	case c.to != simulator.AccountNone:
		return simulator.OrganisationAccount(partyB, c.to)
	case known:
		return org.PaymentAccount()
	}
	return simulator.OrganisationAccount(partyB, simulator.AccountUtility)
}

// lacksReceiver reports whether no organisation is there that could be paid.
func (c command) lacksReceiver(l *simulator.Locked, partyB string) bool {
	_, known := l.Organisation(partyB)
	return !known && !c.own && partyB != daraja.TaxCollector
}

var wordStart = regexp.MustCompile(`([a-z])([A-Z])`)

// charge is what results call the fee, such as "Business Pay Bill Charge".
func (c command) charge() string {
	if c.id == daraja.CommandDisburseFunds {
		return "Disbursement of Funds Charge"
	}
	return wordStart.ReplaceAllString(c.id, "$1 $2") + " Charge"
}
