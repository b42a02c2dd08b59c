package simulator_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// A code that several products have means in the lists of all codes what it means for the
// operation marked Default, wherever that product stands; for an API it means its own.
func TestResultsOfSeveralProducts(t *testing.T) {
	product := func(name simulator.API, byDefault bool) simulator.Product {
		return simulator.Product{
			Name: string(name),
			Operations: []simulator.Operation{{
				API: name, Method: "POST", Path: "/" + string(name), Default: byDefault,
				Execute: func(*simulator.Locked, *simulator.Exchange) (any, error) { return nil, nil },
			}},
			Results: []daraja.Result{{Code: "2001", Short: string(name)}, {Code: "0", Short: string(name)}},
		}
	}
	for _, byDefault := range []string{"a", "b", ""} {
		c, err := simulator.NewCatalogue(product("a", byDefault == "a"), product("b", byDefault == "b"))
		if err != nil {
			t.Fatal(err)
		}
		want := byDefault
		if want == "" {
			want = "a"
		}
		if all := c.Results(); len(all) != 2 || all[0].Short != want || all[1].Short != want {
			t.Errorf("%q is the default: %+v", byDefault, all)
		}
		if own, ok := c.Result("b", "2001"); !ok || own.Short != "b" {
			t.Errorf("%q is the default: b has %+v", byDefault, own)
		}
	}
}
