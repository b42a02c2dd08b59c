package httpapi

import (
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

func FuzzDecodeOrder(f *testing.F) {
	f.Add([]byte(`{"phone":"0708374149","amount":150,"reference":"INV-1","callback_url":"https://shop.example.com/hook"}`))
	f.Add([]byte(`{"phone":254708374149,"amount":"1.00","reference":null}`))
	f.Add([]byte(`{"phone":{},"amount":[1],"reference":1}`))
	f.Add([]byte(` [] `))
	f.Add([]byte(`{"amount":1e400}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := decodeOrder(body)
		if err != nil {
			if gateway.CodeOf(err) != gateway.CodeInvalid {
				t.Fatalf("refused by %v", err)
			}
			return
		}
		for _, s := range []string{o.Phone, o.Amount, o.Reference, o.CallbackURL} {
			if len(s) > 3*len(body) { // a byte that is no text becomes three
				t.Fatalf("a field of %d bytes in a body of %d", len(s), len(body))
			}
		}
	})
}
