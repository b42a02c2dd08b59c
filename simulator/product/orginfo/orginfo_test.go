package orginfo_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/orginfo"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func fields() producttest.Values {
	return producttest.Values{"IdentifierType": daraja.IdentifierPaybill, "Identifier": daraja.SandboxShortcode}
}

func TestProduct(t *testing.T) {
	example := producttest.Example{API: orginfo.API, Fields: fields()}
	producttest.Run(t, orginfo.Product, example)
	producttest.Cases(t, orginfo.Product, example)
}

// The reason of a refusal names the other kind of number.
func TestWhy(t *testing.T) {
	for _, tt := range []struct{ kind, number, why string }{
		{daraja.IdentifierTill, daraja.SandboxShortcode, "IdentifierType is 4"},
		{daraja.IdentifierPaybill, simulator.SandboxTill, "IdentifierType is 2"},
		{daraja.IdentifierPaybill, "666677", "a scenario file adds one"},
	} {
		b := producttest.NewBench(t, orginfo.Product())
		call := producttest.Values{"IdentifierType": daraja.Text(tt.kind), "Identifier": daraja.Text(tt.number)}
		if r := b.Call(orginfo.API, "", call); r.Err == nil || !strings.Contains(r.Err.Error(), tt.why) {
			t.Errorf("%s %s: %v", tt.kind, tt.number, r.Err)
		}
	}
}
