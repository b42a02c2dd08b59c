package imsi_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/imsi"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func number() producttest.Values { return producttest.Values{"customerNumber": "254708374149"} }

func TestProduct(t *testing.T) {
	examples := []producttest.Example{
		{API: imsi.APISwap, Fields: number()}, {API: imsi.APIIMSI, Fields: number()}, {API: imsi.APIAge, Fields: number()},
	}
	producttest.Run(t, imsi.Product, examples...)
	producttest.Cases(t, imsi.Product, examples...)
}

// lookUp calls an API that answers.
func lookUp[T any](t *testing.T, b *producttest.Bench, api simulator.API) T {
	t.Helper()
	r := b.Call(api, "", number())
	answer, ok := r.Body.(T)
	if !ok {
		t.Fatalf("%s: %v", api, r.Err)
	}
	return answer
}

// After a swap the date is known for three months, and the SIM is another one for good.
func TestSwap(t *testing.T) {
	b := producttest.NewBench(t, imsi.Product())
	before := lookUp[daraja.IMSIAnswer](t, b, imsi.APIIMSI)
	if again := lookUp[daraja.IMSIAnswer](t, b, imsi.APIIMSI); again.IMSI != before.IMSI {
		t.Error("the IMSI changes from call to call")
	}
	if got := lookUp[daraja.SIMSwapAnswer](t, b, imsi.APISwap); got.LastSwapDate != daraja.SIMSwapLongAgo {
		t.Errorf("before: %+v", got)
	}
	if _, err := b.RunAction("imsi", "swap", producttest.Values{"phone": "254708374149"}); err != nil {
		t.Fatal(err)
	}
	shot := b.Snapshot()
	if got := lookUp[daraja.SIMSwapAnswer](t, b, imsi.APISwap); got.LastSwapDate != "30-11-2026 12:00" {
		t.Errorf("after: %+v", got)
	}
	after := lookUp[daraja.IMSIAnswer](t, b, imsi.APIIMSI)
	if after.IMSI == before.IMSI || after.LastSwapDate != "30-11-2026" || after.MSISDNRegistrationDate != before.MSISDNRegistrationDate {
		t.Errorf("before %+v, after %+v", before, after)
	}
	b.Advance(t, 93*24*time.Hour)
	if got := lookUp[daraja.SIMSwapAnswer](t, b, imsi.APISwap); got.LastSwapDate != daraja.SIMSwapLongAgo {
		t.Errorf("three months later: %+v", got)
	}
	b.Reset()
	if got := lookUp[daraja.IMSIAnswer](t, b, imsi.APIIMSI); got.IMSI != before.IMSI {
		t.Error("a reset keeps the new SIM")
	}
	b.Restore(shot)
	if got := lookUp[daraja.IMSIAnswer](t, b, imsi.APIIMSI); got.IMSI != after.IMSI {
		t.Error("a restore has not the new SIM")
	}
}

// A world whose time is long ago has no date after it.
func TestDatesAreNotInTheFuture(t *testing.T) {
	b := producttest.NewBench(t, imsi.Product())
	b.Clock.Set(time.Date(2006, 1, 1, 0, 0, 0, 0, daraja.EAT()))
	if got := lookUp[daraja.IMSIAnswer](t, b, imsi.APIIMSI); got.LastSwapDate != "01-01-2006" || got.MSISDNRegistrationDate != "01-01-2006" {
		t.Errorf("%+v", got)
	}
}
