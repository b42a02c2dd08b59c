package control_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
)

func TestEditPhone(t *testing.T) {
	r := start(t)
	const jane = `{"number":"254708374149","name":"Jane Wanjiku","pin":"1234","on":false,"registered":true,"attended":false,"balance_cents":50000,"prompt":null,"messages":[]}`
	r.steps([]step{
		{"PUT", "/phones/0708374149", `{"name": "Jane Wanjiku", "pin": "1234", "balance_cents": 50000, "on": false}`, 200, jane},
		{"GET", "/phones", "", 200, `{"phones":[` + jane + `]}`},
		{"PUT", "/phones/0708374149", `{"on": true}`, 200, `…"name":"Jane Wanjiku","pin":"1234","on":true,"registered":true,"attended":false,"balance_cents":50000`},
		{"PUT", "/phones/0711111111", ``, 200, `…"number":"254711111111","name":"Grace Mwende"`},
		{"PUT", "/phones/0708374149", `{"name": ""}`, 400, `{"error":"name is empty; it must have 1 to 60 characters"}`},
		{"PUT", "/phones/0708374149", `{"pin": "12"}`, 400, `{"error":"pin: it must be four digits"}`},
		{"PUT", "/phones/0708374149", `{"pin": 1234}`, 400, `{"error":"pin is a JSON number; it must be a text in quotes"}`},
		{"PUT", "/phones/0708374149", `{"balance_cents": -1}`, 400, `…balance_cents is -1; it must be from 0 to 50000000`},
		{"PUT", "/phones/0708374149", `{"balance_cents": 50000001}`, 400, `…KES 500,000.00`},
		{"PUT", "/phones/0708374149", `{"balance": 5}`, 400, `…unknown key \"balance\"`},
		{"PUT", "/phones/12", `{}`, 400, `…"12\" is not a phone number`},
		{"PUT", "/phones/0708374149", long(), 413, `{"error":"the body is over 262144 bytes"}`},
	})
	page := r.world().journal.Find(journal.Filter{Match: journal.MatchFields("kind", "action")})
	if page.Total != 3 || page.Records[0].Reason != "the customer was edited: name, PIN, balance KES 500.00, phone off" || page.Records[0].Phone != "254708374149" {
		t.Errorf("on record: %+v", page.Records)
	}
	for _, rec := range page.Records {
		if strings.Contains(rec.Reason, "1234") || strings.Contains(string(rec.Request), "1234") {
			t.Errorf("the PIN is on record: %+v", rec)
		}
	}
}

func TestChangeSettings(t *testing.T) {
	r := start(t, "shop")
	r.steps([]step{
		{"PUT", "/settings", `{"pending_query": "500", "think_time": "5s"}`, 200, `…{"name":"pending_query","value":"500","default":"4999"`},
		{"GET", "/settings", "", 200, `…{"name":"think_time","value":"5s","default":"2s"`},
		{"GET", "/worlds/shop/settings", "", 200, `…{"name":"think_time","value":"2s","default":"2s"`},
		{"PUT", "/settings", `{"think_tme": "1s"}`, 400, `…did you mean think_time?"}`},
		{"PUT", "/settings", `{"expires_in": "numbr"}`, 400, `…setting expires_in: \"numbr\" is not one of string, number; did you mean number?`},
		{"PUT", "/settings", `{"pending_query": 500}`, 400, `{"error":"setting pending_query is 500; it must be a text in quotes"}`},
		{"PUT", "/settings", `{"think_time": null}`, 400, `{"error":"setting think_time is null; it must be a text in quotes"}`},
		{"PUT", "/settings", ``, 400, `…the body names no setting`},
		{"PUT", "/settings", `[]`, 400, `…the body is`},
		{"PUT", "/settings", long(), 413, `{"error":"the body is over 262144 bytes"}`},
		{"PUT", "/worlds/none/settings", `{"think_time": "1s"}`, 404, `…there is no world`},
	})
	page := r.world().journal.Find(journal.Filter{Match: journal.MatchFields("kind", "action")})
	if page.Total != 1 || page.Records[0].Reason != "settings were changed: pending_query 500, think_time 5s" || page.Records[0].URL != "/settings" {
		t.Errorf("on record: %+v", page.Records)
	}
}

// Links are those for the name by which the caller came.
func TestAddresses(t *testing.T) {
	r := start(t, "shop")
	r.Handler = control.New(control.Config{Products: products(), Worlds: r.worlds, Links: func(host string) []control.Address {
		return []control.Address{{Name: "Gateway", URL: "http://" + host + ":8080", Note: "for shops"}}
	}})
	r.steps([]step{
		{"GET", "/addresses", "", 200, `{"addresses":[` +
			`{"name":"Daraja API","url":"http://127.0.0.1:7070","note":"point your app here"},` +
			`{"name":"Gateway","url":"http://127.0.0.1:8080","note":"for shops"},` +
			`{"name":"Console","url":"http://127.0.0.1:7071/","note":"this page: payments, phones, journal, scenario"},` +
			`{"name":"API documentation","url":"http://127.0.0.1:7071/docs","note":"the control API, which tests use"}]}`},
		{"GET", "/worlds/shop/addresses", "", 200, `…"url":"http://127.0.0.1:7070/w/shop"`},
	})
}
