package reversal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/bonga"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/reversal"
)

// example reverses a payment of KES 150 by another product.
func example(t *testing.T) producttest.Example {
	t.Helper()
	return producttest.Example{API: reversal.API, Fields: producttest.Values{
		"Initiator": simulator.SandboxInitiator, "SecurityCredential": producttest.Credential(t, simulator.SandboxInitiatorPassword),
		"CommandID": daraja.CommandTransactionReversal, "Amount": "150", "ReceiverParty": daraja.SandboxShortcode, "RecieverIdentifierType": "11",
		"ResultURL": "http://localhost/result", "QueueTimeOutURL": "http://localhost/timeout", "Remarks": "x", "Occasion": "x",
	}, Before: func(t *testing.T, b *producttest.Bench, asked producttest.Values) {
		t.Helper()
		b.Pay(t, daraja.SandboxMSISDN, daraja.SandboxShortcode, 150*daraja.Shilling, "INV-1")
		asked["TransactionID"] = daraja.Text(b.Ledger()[0].Receipt)
	}}
}

func TestProduct(t *testing.T) { producttest.Run(t, reversal.Product, example(t)) }

func TestCases(t *testing.T) { producttest.Cases(t, reversal.Product, example(t)) }

// bench is a world in which a payment of KES 150 was made, and the request that reverses it.
func bench(t *testing.T) (*producttest.Bench, producttest.Values) {
	t.Helper()
	b, e := producttest.NewBench(t, reversal.Product()), example(t)
	e.Before(t, b, e.Fields)
	return b, e.Fields
}

// result is the body of the only result that a request brings.
func result(t *testing.T, b *producttest.Bench, asked producttest.Values) string {
	t.Helper()
	b.Callbacks = nil
	if r := b.Call(reversal.API, "", asked); r.Err != nil {
		t.Fatal(r.Err)
	}
	b.Advance(t, time.Minute)
	if len(b.Callbacks) != 1 {
		t.Fatalf("%d callbacks", len(b.Callbacks))
	}
	return string(b.Callbacks[0].Body)
}

// The money goes back once, and the customer gets an SMS.
func TestMoneyGoesBackOnce(t *testing.T) {
	b, asked := bench(t)
	had := b.Phone(daraja.SandboxMSISDN).Balance
	if got := result(t, b, asked); !strings.Contains(got, `"ResultCode":0,`) {
		t.Error(got)
	}
	phone := b.Phone(daraja.SandboxMSISDN)
	if phone.Balance != had+150*daraja.Shilling {
		t.Errorf("the customer has %s, and had %s", phone.Balance, had)
	}
	if last := phone.Messages[len(phone.Messages)-1].Text; !strings.Contains(last, "has been reversed") || !strings.Contains(last, string(asked["TransactionID"])) {
		t.Errorf("the SMS is %q", last)
	}
	ledger := b.Ledger()
	if len(ledger) != 2 || ledger[1].Reverses != ledger[0].Receipt || ledger[1].ConversationID == "" {
		t.Errorf("the ledger is %+v", ledger)
	}
	if got := result(t, b, asked); !strings.Contains(got, `"ResultCode":"R000001","ResultDesc":"The transaction has already been reversed"`) {
		t.Errorf("again: %s", got)
	}
	asked["TransactionID"] = daraja.Text(ledger[1].Receipt)
	if got := result(t, b, asked); !strings.Contains(got, `"ResultCode":"R000002"`) || !strings.Contains(b.Callbacks[0].Reason, "was not made") {
		t.Errorf("the reversal of the reversal: %s (%s)", got, b.Callbacks[0].Reason)
	}
	if n := len(b.Ledger()); n != 2 {
		t.Errorf("%d transactions", n)
	}
}

// An organisation that has spent the money cannot give it back.
func TestMoneyIsSpent(t *testing.T) {
	b, asked := bench(t)
	spent := daraja.Money(0)
	if err := b.Apply(simulator.Setup{Organisations: []simulator.OrganisationSetup{{Organisation: simulator.Organisation{Shortcode: daraja.SandboxShortcode}, Balance: &spent}}}); err != nil {
		t.Fatal(err)
	}
	if got := result(t, b, asked); !strings.Contains(got, `"ResultCode":1,"ResultDesc":"The balance is insufficient"`) {
		t.Error(got)
	}
	if n := len(b.Ledger()); n != 1 {
		t.Errorf("%d transactions", n)
	}
}

// A till's payment is reversed by the store's shortcode and by the till.
func TestTill(t *testing.T) {
	for _, receiver := range []string{simulator.SandboxStore, simulator.SandboxTill} {
		b, asked := bench(t)
		b.Pay(t, daraja.SandboxMSISDN, simulator.SandboxStore, 20*daraja.Shilling, "")
		asked["TransactionID"], asked["Amount"], asked["ReceiverParty"] = daraja.Text(b.Ledger()[1].Receipt), "20", daraja.Text(receiver)
		if got := result(t, b, asked); !strings.Contains(got, `"ResultCode":0,`) || !strings.Contains(got, "Merchant Account|KES|0.00|0.00|0.00|0.00") {
			t.Errorf("%s: %s", receiver, got)
		}
	}
}

// A payment with points has brought no money that could go back.
func TestPaidWithPoints(t *testing.T) {
	b := producttest.NewBench(t, reversal.Product(), bonga.Product())
	b.Call(bonga.APIRedeem, "", producttest.Values{
		"msisdn": "254708374149", "amount": "200", "bongaPoints": "1000", "conversionRate": "0.2", "shortCode": "174379", "accountNumber": "a",
	})
	b.Advance(t, time.Minute)
	asked := example(t).Fields
	asked["TransactionID"], asked["Amount"] = daraja.Text(b.Ledger()[0].Receipt), "200"
	if got := result(t, b, asked); !strings.Contains(got, `"ResultCode":"R000002"`) || !strings.Contains(b.Callbacks[0].Reason, "paid with points") || len(b.Ledger()) != 1 {
		t.Errorf("%s (%s)", got, b.Callbacks[0].Reason)
	}
}
