package b2pochi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/b2pochi"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func example(t *testing.T) producttest.Example {
	t.Helper()
	return producttest.Example{API: b2pochi.API, Fields: producttest.Values{
		"OriginatorConversationID": "pochi-1", "InitiatorName": simulator.SandboxInitiator,
		"SecurityCredential": producttest.Credential(t, simulator.SandboxInitiatorPassword), "CommandID": daraja.CommandBusinessPayToPochi,
		"Amount": "500", "PartyA": "600984", "PartyB": daraja.Text(daraja.SandboxMSISDN), "Remarks": "x",
		"QueueTimeOutURL": "http://localhost/timeout", "ResultURL": "http://localhost/result", daraja.KeyOccassion: "x",
	}}
}

func TestProduct(t *testing.T) { producttest.Run(t, b2pochi.Product, example(t)) }

func TestCases(t *testing.T) { producttest.Cases(t, b2pochi.Product, example(t)) }

// The customer gets the money and an SMS; the same id pays once.
func TestMoneyMovesOnce(t *testing.T) {
	b, asked := producttest.NewBench(t, b2pochi.Product()), example(t).Fields
	had := b.Phone(daraja.SandboxMSISDN).Balance
	if r := b.Call(b2pochi.API, "", asked); r.Err != nil {
		t.Fatal(r.Err)
	}
	if err := b.Call(b2pochi.API, "", asked).Err; err == nil || !strings.Contains(err.Error(), "Duplicate OriginatorConversationID.") {
		t.Errorf("again: %v", err)
	}
	b.Advance(t, time.Minute)
	phone := b.Phone(daraja.SandboxMSISDN)
	if phone.Balance != had+500*daraja.Shilling || len(phone.Messages) != 1 || len(b.Ledger()) != 1 || b.Ledger()[0].Fee != 7*daraja.Shilling {
		t.Errorf("the customer has %s, and had %s: %v, %+v", phone.Balance, had, phone.Messages, b.Ledger())
	}
}
