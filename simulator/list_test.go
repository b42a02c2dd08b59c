package simulator_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

// names is a product whose Execute keeps the names that it was called with.
func names(got *[]string) simulator.Product {
	return simulator.Product{Name: "names", Operations: []simulator.Operation{{
		API: "names", Method: "POST", Path: "/names", NoToken: true, List: true,
		Fields: []simulator.Field{{Name: "Name", Check: simulator.Required}},
		Execute: func(_ *simulator.Locked, x *simulator.Exchange) (any, error) {
			for _, one := range x.Call.List {
				*got = append(*got, string(one["Name"]))
			}
			return "", nil
		},
	}}}
}

// Each object of a list is checked. The refusal says which one is wrong.
func TestListOfObjects(t *testing.T) {
	var got []string
	b := producttest.NewBench(t, names(&got))
	sent := []simulator.Values{{"Name": "a"}, {"Name": "b"}}
	if r := b.HandleCall("names", simulator.Call{List: sent}); r.Err != nil || strings.Join(got, " ") != "a b" {
		t.Errorf("%v, %v", got, r.Err)
	}
	var refused *daraja.Error
	r := b.HandleCall("names", simulator.Call{List: []simulator.Values{{"Name": "a"}, {}}})
	if !errors.As(r.Err, &refused) || !strings.HasPrefix(refused.Reason, "object 2: Name") {
		t.Errorf("a wrong second object: %v", r.Err)
	}
}

func TestSMSOfAProduct(t *testing.T) {
	b := producttest.NewBench(t, simulator.Product{Name: "writes", Actions: []simulator.Action{{
		Name: "write", Run: func(l *simulator.Locked, _ simulator.Values) (any, error) {
			l.SendSMS(daraja.SandboxMSISDN, "payment 1", "Hello")
			return "", nil
		},
	}}})
	if _, err := b.RunAction("writes", "write", nil); err != nil {
		t.Fatal(err)
	}
	all := b.Phone(daraja.SandboxMSISDN).Messages
	if len(all) != 1 || all[0].Text != "Hello" || all[0].Payment != "payment 1" || !all[0].At.Equal(b.Clock.Now()) {
		t.Errorf("%+v", all)
	}
}
