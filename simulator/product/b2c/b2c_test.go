package b2c_test

import (
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/b2c"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

// payer is an organisation of the sandbox that has money to pay out.
const payer = "600984"

func example(t *testing.T) producttest.Example {
	t.Helper()
	return producttest.Example{API: b2c.API, Fields: producttest.Values{
		"OriginatorConversationID": "payout-1", "InitiatorName": simulator.SandboxInitiator,
		"SecurityCredential": producttest.Credential(t, simulator.SandboxInitiatorPassword), "CommandID": daraja.CommandBusinessPayment,
		"Amount": "500", "PartyA": payer, "PartyB": daraja.Text(daraja.SandboxMSISDN), "Remarks": "x",
		"QueueTimeOutURL": "http://localhost/timeout", "ResultURL": "http://localhost/result", daraja.KeyOccassion: "x",
	}}
}

func TestProduct(t *testing.T) { producttest.Run(t, b2c.Product, example(t)) }

func TestCases(t *testing.T) { producttest.Cases(t, b2c.Product, example(t)) }

// The organisation pays the amount and the fee, the customer gets the amount and an SMS.
func TestMoneyMoves(t *testing.T) {
	b, asked := producttest.NewBench(t, b2c.Product()), example(t).Fields
	had := b.Phone(daraja.SandboxMSISDN).Balance
	if r := b.Call(b2c.API, "", asked); r.Err != nil {
		t.Fatal(r.Err)
	}
	b.Advance(t, time.Minute)
	phone := b.Phone(daraja.SandboxMSISDN)
	if phone.Balance != had+500*daraja.Shilling || len(phone.Messages) != 1 || !strings.Contains(phone.Messages[0].Text, "You have received Ksh500.00") {
		t.Errorf("the customer has %s, and had %s: %v", phone.Balance, had, phone.Messages)
	}
	paid := b.Ledger()
	if len(paid) != 1 || paid[0].RequestID != "payout-1" || paid[0].ConversationID == "" || paid[0].Type != "Business Payment to Customer via API" {
		t.Fatalf("the ledger is %+v", paid)
	}
	const funds = `"Value":999493.00},{"Key":"B2CWorkingAccountAvailableFunds","Value":1000000.00},{"Key":"B2CRecipientIsRegisteredCustomer","Value":"Y"},` +
		`{"Key":"B2CChargesPaidAccountAvailableFunds","Value":-7.00}`
	if body := string(b.Callbacks[0].Body); !strings.Contains(body, `"TransactionID":"`+paid[0].Receipt+`"`) || !strings.Contains(body, funds) {
		t.Error(body)
	}
}

// An id is used once by an organisation, also when its payment has failed; others may use it.
func TestDuplicates(t *testing.T) {
	b, asked := producttest.NewBench(t, b2c.Product()), example(t).Fields
	asked["Amount"] = "300000" // more than may be paid at once
	call := func() error { return b.Call(b2c.API, "", asked).Err }
	if err := call(); err != nil {
		t.Fatal(err)
	}
	b.Advance(t, time.Hour)
	if err := call(); err == nil || !strings.Contains(err.Error(), "500.002.1001 Duplicate OriginatorConversationID.") || !strings.Contains(err.Error(), "use another one") {
		t.Errorf("again: %v", err)
	}
	asked["PartyA"] = "600983"
	if err := call(); err != nil {
		t.Errorf("another organisation: %v", err)
	}
	if n := len(b.Ledger()); n != 0 {
		t.Errorf("%d transactions", n)
	}
}

// A phone number decides the result, as for pushes.
func TestNumberDecides(t *testing.T) {
	b, asked := producttest.NewBench(t, b2c.Product()), example(t).Fields
	asked["PartyB"] = daraja.Text(simulator.MagicMSISDN("2040").Digits())
	b.Call(b2c.API, "", asked)
	b.Advance(t, time.Minute)
	if len(b.Callbacks) != 1 || !strings.Contains(string(b.Callbacks[0].Body), `"ResultCode":2040,`) || len(b.Ledger()) != 0 {
		t.Errorf("%+v", b.Callbacks)
	}
}
