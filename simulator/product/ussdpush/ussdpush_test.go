package ussdpush_test

import (
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/ussdpush"
)

func push() producttest.Values {
	return producttest.Values{
		"primaryShortCode": simulator.SandboxTill, "receiverShortCode": daraja.SandboxShortcode, "amount": "71", "paymentRef": "MAndbubry3hi",
		"callbackUrl": "http://localhost/express", "partnerName": "Vendor", "RequestRefID": "550e8400-e29b-41d4-a716-446655440000",
	}
}

// ready gives the till money.
func ready(t *testing.T, b *producttest.Bench, _ producttest.Values) {
	t.Helper()
	held := 500 * daraja.Shilling
	org := simulator.Organisation{Shortcode: simulator.SandboxStore}
	if err := b.Apply(simulator.Setup{Organisations: []simulator.OrganisationSetup{{Organisation: org, Balance: &held}}}); err != nil {
		t.Fatal(err)
	}
}

func TestProduct(t *testing.T) {
	example := producttest.Example{API: ussdpush.API, Fields: push(), Before: ready}
	producttest.Run(t, ussdpush.Product, example)
	producttest.Cases(t, ussdpush.Product, example)
}

// What the operator does with the prompt, the result, and what the till has left.
func TestOperator(t *testing.T) {
	const ref = `"550e8400-e29b-41d4-a716-446655440000"`
	tests := []struct {
		kind simulator.PhoneActionKind
		want string
		left daraja.Money
	}{
		{simulator.ActionPIN, `{"resultCode":"0","resultDesc":"The service request is processed successfully.","amount":"71.0","requestId":` + ref, 429 * daraja.Shilling},
		{simulator.ActionCancel, `{"resultCode":"4001","resultDesc":"User cancelled transaction","requestId":` + ref + `,"amount":"71.0","paymentReference":"MAndbubry3hi"}`, 500 * daraja.Shilling},
		{simulator.ActionIgnore, `{"resultCode":"4201","resultDesc":"USSD Network Error"`, 500 * daraja.Shilling},
		{simulator.ActionWrongPIN, `{"resultCode":"2001","resultDesc":"The initiator information is invalid."`, 500 * daraja.Shilling},
	}
	for _, tt := range tests {
		b := producttest.NewBench(t, ussdpush.Product())
		ready(t, b, nil)
		b.Call(ussdpush.API, "", push())
		if p := b.Phone(daraja.SandboxMSISDN).Prompt; p == nil || p.Organisation != "Vendor" || !strings.Contains(p.Text, "Pay Ksh. 71.00 from 174380 to Vendor for MAndbubry3hi?") {
			t.Errorf("the phone shows %+v", p)
		}
		if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: tt.kind}); err != nil {
			t.Fatal(err)
		}
		b.Advance(t, time.Minute)
		if len(b.Callbacks) != 1 || !strings.HasPrefix(string(b.Callbacks[0].Body), tt.want) {
			t.Errorf("%s: %+v", tt.kind, b.Callbacks)
		}
		for _, o := range b.Organisations() {
			if o.Shortcode == simulator.SandboxStore && o.Balance != tt.left || o.Shortcode == daraja.SandboxShortcode && o.Balance != 500*daraja.Shilling-tt.left {
				t.Errorf("%s: %s has %s", tt.kind, o.Shortcode, o.Balance)
			}
		}
		if phone := b.Phone(daraja.SandboxMSISDN); phone.Balance != 10_000*daraja.Shilling {
			t.Errorf("%s: the operator's own wallet has %s", tt.kind, phone.Balance)
		}
	}
}
