package kyc_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/product/kyc"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func fields() producttest.Values {
	return producttest.Values{
		"requestRefID": "a1b2", "shortCode": daraja.SandboxShortcode, "msisdn": "254708374149", "idType": "01", "idNumber": "12345678",
	}
}

// registered makes the document of the example that of its number.
func registered(t *testing.T, b *producttest.Bench, _ producttest.Values) {
	t.Helper()
	if _, err := b.RunAction("kyc", "register", producttest.Values{"phone": "254708374149", "idType": "01", "idNumber": "12345678"}); err != nil {
		t.Fatal(err)
	}
}

func TestProduct(t *testing.T) {
	example := producttest.Example{API: kyc.API, Fields: fields(), Before: registered}
	producttest.Run(t, kyc.Product, example)
	producttest.Cases(t, kyc.Product, example)
}

// The documents that the action shows match, each for its number and its kind only.
func TestDocumentsOfTheSeed(t *testing.T) {
	b := producttest.NewBench(t, kyc.Product())
	shown, err := b.RunAction("kyc", "documents", producttest.Values{"phone": "254708374149"})
	documents, ok := shown.(map[string]string)
	if err != nil || !ok || len(documents) != 3 {
		t.Fatalf("%v, %v", shown, err)
	}
	for kind, number := range documents {
		for _, tt := range []struct {
			phone, kind daraja.Text
			matches     bool
		}{
			{"254708374149", daraja.Text(kind), true},
			{"254711000111", daraja.Text(kind), false},
			{"254708374149", map[daraja.Text]daraja.Text{"01": "02", "02": "05", "05": "01"}[daraja.Text(kind)], false},
		} {
			call := fields()
			call["msisdn"], call["idType"], call["idNumber"] = tt.phone, tt.kind, daraja.Text(number)
			if r := b.Call(kyc.API, "", call); (r.Err == nil) != tt.matches {
				t.Errorf("document %s of %s with %s as %s: %v", kind, "254708374149", tt.phone, tt.kind, r.Err)
			}
		}
	}
}

// A document that is registered replaces the one before it, until a reset.
func TestRegister(t *testing.T) {
	b := producttest.NewBench(t, kyc.Product())
	matches := func() bool { return b.Call(kyc.API, "", fields()).Err == nil }
	if matches() {
		t.Fatal("the seed has the document of the test")
	}
	registered(t, b, nil)
	if !matches() {
		t.Error("a document that was registered does not match")
	}
	if _, err := b.RunAction("kyc", "register", producttest.Values{"phone": "254708374149", "idType": "01", "idNumber": "1-2"}); err == nil {
		t.Error("a hyphen is taken")
	}
	b.Reset()
	if matches() {
		t.Error("a reset keeps the document")
	}
}
