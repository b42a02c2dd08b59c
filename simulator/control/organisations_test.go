package control_test

import (
	"strings"
	"testing"
)

func TestOrganisationsAreEdited(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"PUT", "/organisations/600984", `{"name": "Duka", "accounts_cents": {"working": 5000}, "limits_cents": {"daily_limit": 100}}`, 200,
			`…"shortcode":"600984","name":"Duka","till":"","nominated_number":"","balance_cents":100000000,"accounts_cents":{"charges_paid":0,"merchant":0,"settlement":0,"utility":100000000,"working":5000},"limits_cents":{"daily_limit":100},"initiators":[{"name":"testapi","password":"Safaricom999!*!","roles":null,"expires_at":null,"locked":false}]}`},
		{"PUT", "/organisations/600984/initiators/payouts", `{"password": "x", "roles": ["ORG B2C API Initiator"]}`, 200,
			`…{"name":"payouts","password":"x","roles":["ORG B2C API Initiator"],"expires_at":"2027-02-22T12:00:00+03:00","locked":false}`},
		{"PUT", "/organisations/600984/initiators/payouts", `{"password": "y", "expires_at": "2026-12-01T00:00:00+03:00"}`, 200,
			`…{"name":"payouts","password":"y","roles":null,"expires_at":"2026-12-01T00:00:00+03:00","locked":false}`},
	})
	for _, tt := range []struct{ target, body, want string }{
		{"/organisations/1", `{}`, "it must be 5 to 7 digits"},
		{"/organisations/600984", `{"accounts_cents": {"wallet": 1}}`, "wallet"},
		{"/organisations/600984", `{"accounts_cents": {"working": -1}}`, "KES -0.01"},
		{"/organisations/600984", `{"accounts_cents": {"charges_paid": 1}}`, "KES -0.01"},
		{"/organisations/600984", `{"limits_cents": {"limit": 1}}`, "limit"},
		{"/organisations/600984", `{"nominated_number": "1"}`, "1"},
		{"/organisations/600100/initiators/a", `{"password": "x"}`, "no organisation here has shortcode 600100"},
		{"/organisations/600984/initiators/a", `{}`, "an initiator needs a name and a password"},
		{"/organisations/600984/initiators/a", `{"password": "x", "roles": ["king"]}`, "is no role"},
		{"/apps/key-default", `{"products": ["nothing"]}`, "no product is called"},
	} {
		if w := r.ask("PUT", tt.target, tt.body); w.Code != 400 || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s: HTTP %d %s", tt.target, tt.body, w.Code, w.Body)
		}
	}
	if w := r.ask("PUT", "/apps/other", `{"products": null}`); w.Code != 404 {
		t.Errorf("an app that is not here: HTTP %d", w.Code)
	}
	r.steps([]step{
		{"PUT", "/apps/key-default", `{"products": ["diary"]}`, 200, `{"key":"key-default","products":["diary"]}`},
		{"GET", "/apps", "", 200, `{"apps":[{"key":"key-default","products":["diary"]}]}`},
		{"PUT", "/phones/0712345678", `{"registered": false}`, 200, `…"registered":false`},
	})
}
