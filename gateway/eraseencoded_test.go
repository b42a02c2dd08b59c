package gateway_test

import (
	"fmt"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// inPercent and inEscapes write each digit of a number as a URL and as JSON may have it.
func inPercent(p daraja.MSISDN) string { return eachDigit("%%%02x", p.Digits()) }
func inEscapes(p daraja.MSISDN) string { return eachDigit(`\u%04x`, p.Digits()) }

func eachDigit(form, digits string) (s string) {
	for _, c := range digits {
		s += fmt.Sprintf(form, c)
	}
	return s
}

// An erased number is gone from kept texts that encode it, too.
func TestEncodedNumbersAreErased(t *testing.T) {
	percent, escapes := inPercent(jane), inEscapes(jane)
	for _, tt := range []struct {
		name, text string
		put        func(d *desk, text string)
	}{
		{"percent, callback URL", percent, takesOrder},
		{"percent behind a plus sign, callback URL", "%2B" + percent, takesOrder},
		{"escapes, callback of a payment", escapes, func(d *desk, text string) {
			d.pay(john, "k1")
			takesBody(d, d.tokens["k1"], text)
		}},
		{"escapes, callback of no payment", escapes, func(d *desk, text string) { takesBody(d, "nobody's", text) }},
		{"percent, callback of no payment", percent, func(d *desk, text string) { takesBody(d, "nobody's", text) }},
		{"percent, token of no payment", percent, func(d *desk, text string) { takesBody(d, text, "") }},
		{"escapes, a partner's reply", escapes, func(d *desk, text string) {
			d.reply = text
			d.pay(john, "k1")
		}},
		{"percent, a declared result code", percent, declares},
		{"escapes, a declared result code", escapes, declares},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			tt.put(d, tt.text)
			d.erase(jane)
			last := tt.text[len(tt.text)-len(tt.text)/2:] // half of the digits
			if left := d.mentions(last); len(left) > 0 {
				t.Errorf("the number is still in %v", left)
			}
			d.verify()
		})
	}
}

func takesOrder(d *desk, text string) {
	d.t.Helper()
	_, err := d.Collect(d.t.Context(), gateway.Partner{Name: "duka"}, gateway.Order{
		Phone: john.Digits(), Amount: "10", IdempotencyKey: "k1", CallbackURL: "https://duka.example/hook?for=" + text,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.tokens["k1"] = d.token
	d.callback(john, "k1")
	d.deliver()
}

func takesBody(d *desk, token, text string) {
	d.t.Helper()
	if _, err := d.TakeCallback(d.t.Context(), token, gateway.Origin{Remote: "10.0.0.1"}, []byte(`{"from":"`+text+`"}`)); err != nil {
		d.t.Fatal(err)
	}
}

func declares(d *desk, text string) {
	d.t.Helper()
	declared := gateway.Declaration{Code: "1050", Outcome: gateway.DeclaredFailed, Note: "seen with " + text, By: "ops"}
	if _, err := d.DeclareResult(d.t.Context(), declared, 0); err != nil {
		d.t.Fatal(err)
	}
}
