package stk

import (
	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// results are those of a push, with the texts of the dialect malipo. The documentation of
// the Malipo gateway reads these codes differently from Safaricom.
func results() []daraja.Result {
	malipo := map[daraja.ResultCode]string{
		daraja.ResultCancelled: "Invalid credentials",
		"2001":                 "Insufficient balance",
		daraja.ResultTimeout:   "Request timeout – retry after 5s",
		daraja.ResultInternal:  "Internal system error – contact support",
	}
	all := daraja.Results()
	for i, r := range all {
		if text, ok := malipo[r.Code]; ok {
			all[i].Dialects = map[string]string{simulator.DialectMalipo: text}
		}
	}
	return all
}
