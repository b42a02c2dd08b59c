package gateway

import (
	"regexp"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

func FuzzOrder(f *testing.F) {
	f.Add("254708374149", "150", "INV-1", "https://partner.example/hook?x=1", "k-1")
	f.Add("0708374149", "1.00", "", "http://127.0.0.1:1/", "")
	f.Add("+254 708", "1e3", "<b>", "http://:80/", "a b")
	f.Fuzz(func(t *testing.T, phone, amount, reference, url, key string) {
		p, err := (Order{Phone: phone, Amount: amount, Reference: reference, CallbackURL: url, IdempotencyKey: key}).check(Targets{})
		if err != nil {
			if CodeOf(err) != CodeInvalid {
				t.Fatalf("refused by %v", err)
			}
			return
		}
		if _, err := daraja.ParseMSISDN(p.Phone.Digits()); err != nil {
			t.Fatalf("phone %q was taken", phone)
		}
		if !p.Amount.Whole() || p.Amount < daraja.MinPayment || p.Amount > daraja.MaxPayment {
			t.Fatalf("amount %q was taken as %s", amount, p.Amount)
		}
		if len(p.Reference) > maxReference || len(p.CallbackURL) > maxURL || len(p.IdempotencyKey) > maxIdemKey {
			t.Fatal("a field is too long")
		}
	})
}

// A verdict is covered by the chain and kept for good, so no number may be in it.
func FuzzHideNumbers(f *testing.F) {
	number := regexp.MustCompile(`[0-9]{9}`)
	f.Add(`amount "254708374149x" is not a number of shillings`)
	f.Add("12345678 1234567890")
	f.Add("123456789")
	f.Fuzz(func(t *testing.T, s string) {
		if got := hideNumbers(s); number.MatchString(got) || len(got) != len(s) {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
