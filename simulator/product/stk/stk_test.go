package stk_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
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
	producttest.Run(t, stk.Product,
		producttest.Example{API: stk.APIPush, Fields: order()},
		producttest.Example{API: stk.APIQuery, Fields: merchant(producttest.Values{}), Before: func(t *testing.T, b *producttest.Bench, fields producttest.Values) {
			t.Helper()
			pushed := b.Call(stk.APIPush, "", order())
			if pushed.Err != nil {
				t.Fatal(pushed.Err)
			}
			fields["CheckoutRequestID"] = daraja.Text(pushed.About.Payment)
		}},
	)
}
