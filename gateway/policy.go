package gateway

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Policy is what the gateway does about a result code.
type Policy struct {
	Paid       bool          // money moved
	PushAgain  bool          // Daraja asks for another prompt
	After      time.Duration // before that prompt
	MaxPushes  int           // in all; the last one's result is final
	Support    bool          // a person must talk to Safaricom
	Transient  bool          // in a query's answer it may be replaced later: ask again
	Undecided  bool          // not a result at all
	Documented bool          // the catalogue knows the code
	Declared   bool          // a person has said what the code means
}

// fails reports whether the code is known to be a failure.
func (p Policy) fails() bool {
	return p.Documented && !p.Paid && !p.Undecided || p.Declared && !p.Undecided
}

// PolicyFor returns the policy for a result code. A code without documentation is for
// support to look at; whether it is a failure at all is for the caller to find out, see
// daraja.ResultCode.WellFormed.
func PolicyFor(code daraja.ResultCode) Policy {
	if p, ok := policyTable[code]; ok {
		p.Documented = true
		return p
	}
	return Policy{Support: true}
}

var policyTable = policies() //nolint:gochecknoglobals // never written; every result looks into it

// policies has a row for every code of daraja.Results.
func policies() map[daraja.ResultCode]Policy {
	failed := Policy{}
	support := Policy{Support: true}
	return map[daraja.ResultCode]Policy{
		daraja.ResultSuccess:      {Paid: true},
		daraja.ResultInsufficient: failed,
		"2":                       failed,
		"3":                       failed,
		"4":                       failed,
		"8":                       support, // our own account is full
		daraja.ResultRuleLimited:  failed,
		"26":                      failed,
		"1001":                    failed,
		"1019":                    failed,
		daraja.ResultPushFailed:   failed,
		"1031":                    failed,
		daraja.ResultCancelled:    failed,
		"1036":                    failed,
		daraja.ResultUnreachable:  failed,
		"2001":                    failed, // a wrong PIN
		"2006":                    failed,
		"2007":                    support, // our own validation refused it
		"2008":                    failed,
		"2026":                    failed,
		"2028":                    support, // our shortcode is set up wrongly
		"2029":                    {Transient: true},
		"2033":                    support,
		"2040":                    failed,
		"2043":                    support,
		"2202":                    failed,
		daraja.ResultTimeout:      {PushAgain: true, After: 5 * time.Second, MaxPushes: 3},
		daraja.ResultProcessing:   {Undecided: true},
		"8006":                    failed,
		daraja.ResultInternal:     support,
		"SFC_IC0003":              support,
		"E3008":                   {Transient: true},
		"100000100":               support,
	}
}
