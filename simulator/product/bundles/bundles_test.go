package bundles_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/bundles"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func purchase() producttest.Values {
	return producttest.Values{
		"offeringId": "20001", "accountId": "1001", "price": "5", "resourceAmount": "50", "validity": "1",
		"msisdn": "254708374149", "transactionId": "3698520171121111347306", "paymentMode": "airtime",
	}
}

func bought(t *testing.T, b *producttest.Bench, _ producttest.Values) {
	t.Helper()
	if r := b.Call(bundles.APIPurchase, "", purchase()); r.Err != nil {
		t.Fatal(r.Err)
	}
}

func TestProduct(t *testing.T) {
	examples := []producttest.Example{
		{API: bundles.APIOffers, Fields: producttest.Values{"msisdn": "254708374149"}},
		{API: bundles.APIPurchase, Fields: purchase()},
		{API: bundles.APIStatus, Fields: producttest.Values{"id": "3698520171121111347306", "serviceAccountId": "0"}, Before: bought},
	}
	producttest.Run(t, bundles.Product, examples...)
	producttest.Cases(t, bundles.Product, examples...)
}

// subscribed is the offers that the number has.
func subscribed(t *testing.T, b *producttest.Bench) (all []int) {
	t.Helper()
	answer, ok := b.Call(bundles.APIOffers, "", producttest.Values{"msisdn": "254708374149"}).Body.(daraja.BundleOffers)
	if !ok {
		t.Fatal("no offers")
	}
	for _, o := range answer.LineItem.CharacteristicsValue {
		if o.Subscribed == 1 {
			all = append(all, o.OfferingID)
		}
	}
	return all
}

// A bundle is there for as long as it is valid.
func TestValidity(t *testing.T) {
	b := producttest.NewBench(t, bundles.Product())
	bought(t, b, nil)
	shot := b.Snapshot()
	if got := subscribed(t, b); len(got) != 1 || got[0] != 20001 {
		t.Errorf("after the purchase: %v", got)
	}
	b.Advance(t, 24*time.Hour)
	if got := subscribed(t, b); len(got) != 0 {
		t.Errorf("a day later: %v", got)
	}
	b.Reset()
	if got := b.Call(bundles.APIPurchase, "", purchase()); got.Err != nil {
		t.Errorf("a reset keeps the purchase: %v", got.Err)
	}
	b.Restore(shot)
	if got := b.Call(bundles.APIPurchase, "", purchase()); got.Err == nil {
		t.Error("a restore forgets the purchase")
	}
}

// A purchase costs airtime, until there is too little; then more can be bought.
func TestAirtime(t *testing.T) {
	b := producttest.NewBench(t, bundles.Product())
	buy := func(id string) error {
		p := purchase()
		p["offeringId"], p["accountId"], p["price"], p["resourceAmount"], p["validity"] = "20004", "1004", "1000", "10240", "30"
		p["transactionId"] = daraja.Text(id)
		return b.Call(bundles.APIPurchase, "", p).Err
	}
	if err := buy("1"); err != nil {
		t.Fatal(err)
	}
	if err := buy("2"); err == nil || !strings.Contains(err.Error(), "airtime of KES 0.00") {
		t.Errorf("without airtime: %v", err)
	}
	if _, err := b.RunAction("bundles", "topup", producttest.Values{"phone": "0708374149", "amount": "1000"}); err != nil {
		t.Fatal(err)
	}
	if err := buy("2"); err != nil {
		t.Errorf("after the topup: %v", err)
	}
}

// A success that is only decided sells nothing.
func TestDecidedSuccess(t *testing.T) {
	b := producttest.NewBench(t, bundles.Product())
	if _, err := b.Enqueue(simulator.Queued{API: bundles.APIPurchase, Outcome: simulator.Outcome{Result: "0"}}); err != nil {
		t.Fatal(err)
	}
	p := purchase()
	p["offeringId"] = "1"
	if r := b.Call(bundles.APIPurchase, "", p); r.Err != nil || len(subscribed(t, b)) != 0 {
		t.Errorf("%v", r.Err)
	}
}

// Airtime is kept of a bounded count of numbers, whatever changes it.
func TestAirtimeIsBounded(t *testing.T) {
	b := producttest.NewBench(t, bundles.Product())
	for i := range 10_000 {
		if _, err := b.RunAction("bundles", "topup", producttest.Values{"phone": daraja.Text(fmt.Sprintf("2547110%05d", i)), "amount": "10"}); err != nil {
			t.Fatal(err)
		}
	}
	if r := b.Call(bundles.APIPurchase, "", purchase()); r.Err == nil || !strings.Contains(r.Err.Error(), "10000 numbers") {
		t.Errorf("another number: %v", r.Err)
	}
	if _, err := b.RunAction("bundles", "topup", producttest.Values{"phone": "254711000001", "amount": "10"}); err != nil {
		t.Errorf("a known number: %v", err)
	}
}
