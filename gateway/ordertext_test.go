package gateway

import (
	"strings"
	"testing"
)

// A control character in an order ends up in the partner's own logs, in a terminal that
// lists webhooks, or in the request line of the webhook.
func TestOrdersHaveNoControlCharacters(t *testing.T) {
	good := Order{Phone: "254708374149", Amount: "1", Reference: "INV 1", CallbackURL: "https://shop.example.com/hook?a=%20b&c=%C3%A9#end%20"}
	if _, err := good.check(Targets{}); err != nil {
		t.Fatal(err)
	}
	fields := map[string]func(o *Order, bad string){
		"phone":                    func(o *Order, bad string) { o.Phone = "2547083" + bad + "74149" },
		"amount":                   func(o *Order, bad string) { o.Amount = "1" + bad },
		"reference":                func(o *Order, bad string) { o.Reference = "INV" + bad },
		"callback_url":             func(o *Order, bad string) { o.CallbackURL = "https://shop.example.com/ho" + bad + "ok" },
		"callback_url's query":     func(o *Order, bad string) { o.CallbackURL = "https://shop.example.com/hook?a=" + bad },
		"callback_url's fragment":  func(o *Order, bad string) { o.CallbackURL = "https://shop.example.com/hook#a" + bad },
		"callback_url's host":      func(o *Order, bad string) { o.CallbackURL = "https://shop" + bad + ".example.com/hook" },
		"callback_url, all behind": func(o *Order, bad string) { o.CallbackURL += "#" + bad },
	}
	raw := []string{"\x00", "\x1b", "\r\n", "\n", "\t", "\x7f", "\u0085", "\u009b", "\u2028", "\u202e", "\u200b", "\ufeff", "\ufffd", "\xff"}
	encoded := []string{"%00", "%1b", "%1B", "%0d%0a", "%0A", "%09", "%7f", "%c2%85", "%C2%9b", "%E2%80%AE", "%e2%80%8b", "%E2%80%A8", "%EF%BB%BF", "%EF%BF%BD", "%ff"}
	for name, set := range fields {
		for i, bad := range append(raw, encoded...) {
			if i >= len(raw) && !strings.HasPrefix(name, "callback_url") {
				continue // other fields have no percent-encoding, and no percent sign either
			}
			o := good
			set(&o, bad)
			if _, err := o.check(Targets{}); CodeOf(err) != CodeInvalid {
				t.Errorf("%s with %q: %v", name, bad, err)
			}
		}
	}
}
