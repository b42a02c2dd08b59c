package stk_test

import (
	"slices"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

func TestDialects(t *testing.T) {
	results := stk.Product().Results
	for _, tt := range []struct {
		code           daraja.ResultCode
		daraja, malipo string
	}{
		{"0", "The service request is processed successfully.", "The service request is processed successfully."},
		{"1032", "Request cancelled by user", "Invalid credentials"},
		{"2001", "The initiator information is invalid.", "Insufficient balance"},
		{"4005", "Request timeout – retry after 5s", "Request timeout – retry after 5s"},
		{"9999", "Internal error occurred while executing the transaction.", "Internal system error – contact support"},
		{"1037", "DS timeout user cannot be reached.", "DS timeout user cannot be reached."},
	} {
		r := results[slices.IndexFunc(results, func(r daraja.Result) bool { return r.Code == tt.code })]
		if got := r.Desc(simulator.DialectDaraja); got != tt.daraja {
			t.Errorf("%s in daraja: %q, want %q", tt.code, got, tt.daraja)
		}
		if got := r.Desc(simulator.DialectMalipo); got != tt.malipo {
			t.Errorf("%s in malipo: %q, want %q", tt.code, got, tt.malipo)
		}
	}
}
