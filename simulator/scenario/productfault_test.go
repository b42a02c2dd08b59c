package scenario_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator"
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

// A sequence has the queue_timeout beside it. A push has none.
func TestQueueTimeoutOfARule(t *testing.T) {
	parse := func(src string) (*scenario.Scenario, error) {
		return scenario.For(all.Catalogue()).Parse("x", []byte(src), nil)
	}
	s, err := parse("rules: [{when: {api: balance}, then: {queue_timeout: instead, sequence: [0, {result: 0, queue_timeout: before_result}]}}]")
	if err != nil {
		t.Fatal(err)
	}
	d := s.Setup().Decider
	for _, want := range []simulator.QueueTimeout{simulator.TimeoutInstead, simulator.TimeoutBefore} {
		if got, ok := decided(d, push(func(r *simulator.Request) { r.API = "balance" })); !ok || got.QueueTimeout != want {
			t.Errorf("%+v, want %s", got, want)
		}
	}
	if _, err := parse("rules: [{then: {queue_timeout: instead}}]"); err == nil || !strings.HasPrefix(err.Error(), "x:1:17: stkpush has no queue_timeout: only ") {
		t.Errorf("a push: %v", err)
	}
}
