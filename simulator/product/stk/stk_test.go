package stk_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

const stamp = "20261130120000"

func merchant(fields producttest.Values) producttest.Values {
	fields["BusinessShortCode"], fields["Timestamp"] = daraja.SandboxShortcode, stamp
	fields["Password"] = daraja.Text(daraja.Password(daraja.SandboxShortcode, daraja.SandboxPasskey, stamp))
	return fields
}

func order() producttest.Values {
	return merchant(producttest.Values{
		"TransactionType": daraja.CustomerPayBillOnline, "Amount": "1", "PartyA": "254708374149", "PartyB": daraja.SandboxShortcode,
		"PhoneNumber": "254708374149", "CallBackURL": "http://localhost/", "AccountReference": "INV-1", "TransactionDesc": "x",
	})
}

func TestProduct(t *testing.T) {
	examples := []producttest.Example{
		{API: stk.APIPush, Fields: order()},
		{API: stk.APIQuery, Fields: merchant(producttest.Values{}), Before: func(t *testing.T, b *producttest.Bench, fields producttest.Values) {
			t.Helper()
			pushed := b.Call(stk.APIPush, "", order())
			if pushed.Err != nil {
				t.Fatal(pushed.Err)
			}
			fields["CheckoutRequestID"] = daraja.Text(pushed.About.Payment)
		}},
	}
	producttest.Run(t, stk.Product, examples...)
	producttest.Cases(t, stk.Product, examples...)
}

// A CheckoutRequestID has the time to the millisecond, or to a tenth of a second as in the
// sandbox since August 2026. A number's next one is of a later time, in whatever form.
func TestCheckoutRequestIDs(t *testing.T) {
	b := producttest.NewBench(t, stk.Product())
	b.Advance(t, 287*time.Millisecond)
	ended := simulator.Outcome{Result: daraja.ResultCancelled, Callback: simulator.CallbackPlan{BeforeAck: true}} // at once
	if _, err := b.Enqueue(simulator.Queued{API: stk.APIPush, Times: 4, Outcome: ended}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ digits, want string }{
		{"3", "ws_CO_30112026120000287708374149"}, {"3", "ws_CO_30112026120000288708374149"}, {"1", "ws_CO_301120261200003708374149"},
		{"1", "ws_CO_301120261200004708374149"},
	} {
		if err := b.ChangeSettings(map[string]string{stk.SettingCheckoutMillis: tt.digits}); err != nil {
			t.Fatal(err)
		}
		if got := b.Call(stk.APIPush, "", order()).About.Payment; got != tt.want {
			t.Errorf("with %s digits: %s, want %s", tt.digits, got, tt.want)
		}
	}
}
