package bonga_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/bonga"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func redemption() producttest.Values {
	return producttest.Values{
		"msisdn": "254708374149", "amount": "50", "bongaPoints": "20", "conversionRate": "0.2", "shortCode": daraja.SandboxShortcode, "accountNumber": "INV-1",
	}
}

func TestProduct(t *testing.T) {
	examples := []producttest.Example{
		{API: bonga.APIPoints, Fields: producttest.Values{"points": "40"}},
		{API: bonga.APIRedeem, Fields: redemption()},
	}
	producttest.Run(t, bonga.Product, examples...)
	producttest.Cases(t, bonga.Product, examples...)
}

// Points and money pay together, once; the points of a payment that fails come back.
func TestRedemption(t *testing.T) {
	for _, tt := range []struct {
		name    string
		outcome simulator.Outcome
		balance daraja.Money // of the wallet before
		points  string       // after
		left    daraja.Money
		result  daraja.ResultCode
	}{
		{"paid", simulator.Outcome{}, 100 * daraja.Shilling, "980", 54 * daraja.Shilling, "0"},
		{"just enough money", simulator.Outcome{}, 46 * daraja.Shilling, "980", 0, "0"},
		{"a shilling too little", simulator.Outcome{}, 45 * daraja.Shilling, "1000", 45 * daraja.Shilling, "1"},
		{"cancelled", simulator.Outcome{Result: "1032"}, 100 * daraja.Shilling, "1000", 100 * daraja.Shilling, "1032"},
		{"a success that was decided", simulator.Outcome{Result: "0"}, 1 * daraja.Shilling, "980", 0, "0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := producttest.NewBench(t, bonga.Product())
			if err := b.Apply(simulator.Setup{Customers: []simulator.CustomerSetup{{Phone: daraja.SandboxMSISDN, Balance: &tt.balance}}}); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Enqueue(simulator.Queued{API: bonga.APIRedeem, Outcome: tt.outcome}); tt.outcome.Result != "" && err != nil {
				t.Fatal(err)
			}
			r := b.Call(bonga.APIRedeem, "", redemption())
			b.Advance(t, time.Minute)
			p, _ := b.Payment(r.About.Payment)
			has, err := b.RunAction("bonga", "points", producttest.Values{"phone": "254708374149"})
			got, _ := has.(map[string]string)
			if left := b.Phone(daraja.SandboxMSISDN).Balance; err != nil || r.Err != nil || p.Result != tt.result || got["points"] != tt.points || left != tt.left {
				t.Errorf("result %s, %s points, %s left: %v %v", p.Result, got["points"], left.Grouped(), r.Err, err)
			}
			if ledger := b.Ledger(); (len(ledger) == 1) != (tt.result == "0") || len(ledger) == 1 && (ledger[0].Amount != 50*daraja.Shilling || !ledger[0].ByCustomer()) {
				t.Errorf("the ledger has %+v", ledger)
			}
			if len(b.Callbacks) != 0 {
				t.Errorf("callbacks: %+v", b.Callbacks)
			}
		})
	}
}
