package scenario_test

import (
	"testing"

	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// A fault that the callbacks of an API do not have is refused, with those that they have.
func TestFaultsBelongToAProduct(t *testing.T) {
	for src, want := range map[string]string{
		"rules: [{when: {api: c2bsimulate}, then: {callback: {unknown_id: true}}}]":            "x:1:43: a callback of c2bsimulate has no unknown_id; expected amount or phone",
		"rules: [{when: {api: [stkpush, balance]}, then: {callback: {amount: 1}}}]":            "x:1:50: a callback of balance has no amount; expected a key that a callback of every API has, such as delay or malformed",
		"rules: [{when: {api: c2bsimulate}, then: {callback: {amount: 1, copies: 2}}}]":        "",
		"rules: [{when: {api: [balance, stkpush]}, then: {callback: {malformed: true}}}]":      "",
		"rules: [{when: {phone: 0708374149}, then: {callback: {reuse_receipt_of: previous}}}]": "",
	} {
		got := ""
		if _, err := scenario.For(all.Catalogue()).Parse("x", []byte(src), nil); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}
