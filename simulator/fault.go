package simulator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// Fault is something that can be wrong with what a product's callbacks say: a key of a
// rule's callback. The product finds its value in CallbackPlan.Faults and edits its body.
type Fault struct {
	Name    string // "amount"
	Doc     string
	Takes   FaultValue
	Word    string // what TakesWord takes
	Example string // of a value, as it is written; "" for TakesSwitch and TakesWord
	Paid    bool   // only the callback of a success has what it changes
	Record  string // how the journal says it; {} stands for the value
}

// FaultValue is what a fault can be set to.
type FaultValue int

// The values.
const (
	TakesSwitch FaultValue = iota // "true"
	TakesWord                     // one word
	TakesMoney                    // shillings and cents: "99.50"
	TakesPhone                    // the digits of a number
)

// Faults are the faults of one callback, by name, and their values. They do not change.
type Faults map[string]string

// Has reports whether a fault is wanted.
func (f Faults) Has(name string) bool { return f[name] != "" }

// Money is the value of a fault, or else the right amount.
func (f Faults) Money(name string, right daraja.Money) daraja.Money {
	if m, err := daraja.ParseMoney(f[name]); err == nil {
		return m
	}
	return right
}

// Phone is the value of a fault, or else the right number.
func (f Faults) Phone(name string, right daraja.MSISDN) daraja.MSISDN {
	if f.Has(name) {
		return daraja.MSISDN(f[name])
	}
	return right
}

// The faults that several products have.
const (
	FaultAmount = "amount"
	FaultPhone  = "phone"
)

// PaymentFaults are the faults of callbacks that say who paid how much.
func PaymentFaults() []Fault {
	return []Fault{
		{Name: FaultAmount, Takes: TakesMoney, Example: "1", Paid: true, Record: "amount {}",
			Doc: "The callback says this amount instead of the one that was paid."},
		{Name: FaultPhone, Takes: TakesPhone, Example: `"0711000111"`, Paid: true, Record: "phone {}",
			Doc: "The callback says this phone instead of the one that paid."},
	}
}

// recordOf is how the journal says the faults of a callback.
func recordOf(faults []Fault, wanted Faults) (all []string) {
	for _, f := range faults {
		if wanted.Has(f.Name) {
			all = append(all, strings.ReplaceAll(f.Record, "{}", wanted[f.Name]))
		}
	}
	return all
}

// Refusal is an error that Daraja can answer.
type Refusal struct {
	daraja.Error
	Pattern string `json:"-"` // of its messages, a regular expression, when they name a field, a verb or a type; "" for one message
}

// kernelErrors are the errors that calls of every product can get.
func kernelErrors() []Refusal {
	return []Refusal{
		{Error: daraja.ErrInvalidToken()},
		{Error: daraja.ErrInvalidAuthHeader()},
		{Error: daraja.ErrInvalidField("BusinessShortCode"), Pattern: `^Bad Request - Invalid [A-Za-z]{1,40}$`},
		{Error: daraja.ErrInvalidPayload()},
		{Error: daraja.ErrNotFound()},
		{Error: daraja.ErrMethodNotAllowed("GET"), Pattern: `^[A-Z]{3,10} Method Not Allowed$`},
		{Error: daraja.ErrUnreachable()},
		{Error: daraja.ErrMaintenance()},
		{Error: daraja.ErrInternal()},
		{Error: daraja.ErrBusy()},
		{Error: daraja.ErrSpikeArrest()},
		{Error: daraja.ErrQuota()},
	}
}

// sortErrors puts errors into the order of daraja.Errors, those that it does not have last.
func sortErrors(all []Refusal) {
	order := daraja.Errors()
	position := func(r Refusal) uint { return uint(slices.Index(order, r.Error)) } // -1 is the highest
	slices.SortStableFunc(all, func(a, b Refusal) int { return cmp.Compare(position(a), position(b)) })
}
