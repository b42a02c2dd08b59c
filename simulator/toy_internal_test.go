package simulator

import (
	"fmt"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

// prompting is a product for the tests of the kernel: login gives a token out, ask opens
// a prompt.
func prompting(t *testing.T) *Catalogue {
	t.Helper()
	c, err := NewCatalogue(Product{
		Name: "prompting", Results: daraja.Results(),
		Operations: []Operation{
			{API: "login", Method: "GET", Path: "/login", NoToken: true, Execute: func(l *Locked, x *Exchange) (any, error) {
				return l.NewToken(x, "sandbox", daraja.TokenLifetime), nil
			}},
			{API: "ask", Method: "POST", Path: "/ask", StartsPayment: true, Fields: []Field{
				{Name: "Shortcode", Key: ShortcodeKey}, {Name: "Amount", Key: AmountKey}, {Name: "Phone", Key: PhoneKey, Check: MSISDN}, {Name: "Reference", Key: ReferenceKey},
			}, Execute: func(l *Locked, x *Exchange) (any, error) {
				if l.PromptOn(x.Phone) != "" {
					return nil, daraja.ErrLocked().Because("a prompt is open")
				}
				p := Prompt{
					API: x.API, ID: l.RequestID(x), RequestID: "request of " + string(x.Phone), Phone: x.Phone, Amount: x.Amount,
					Shortcode: x.Shortcode, Reference: x.Reference, CallbackURL: "http://localhost/",
				}
				l.OpenPrompt(x, p, Screen{Organisation: "Duka", Text: "Pay?"}, PromptResult{})
				return p.ID, nil
			}, CallbackBody: func(*Locked, PromptState, Faults) []byte { return []byte("{}") }},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pushTo asks customer n for a shilling.
func pushTo(t *testing.T, w *World, n int) (id string, err error) {
	t.Helper()
	token := w.HandleCall("login", Call{}).Token
	r := w.HandleCall("ask", Call{Authorization: "Bearer " + token, Values: Values{
		"Shortcode": daraja.SandboxShortcode, "Amount": "1", "Phone": daraja.Text(fmt.Sprintf("254711%06d", n)), "Reference": "INV-1",
	}})
	return r.About.Payment, r.Err
}
