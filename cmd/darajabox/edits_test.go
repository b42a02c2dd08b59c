package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/darajatest"
)

const (
	paymentJSON = `{"id":"ws_CO_1","record":12,"at":"2026-11-24T12:00:00+03:00","ended_at":"2026-11-24T12:00:02+03:00","phone":"254708374149","name":"Jane Wanjiru","shortcode":"174379",` +
		`"amount_cents":420363700,"reference":"INV-1","status":"wrong_pin","status_text":"wrong PIN","result_code":"2001","result_desc":"The initiator information is invalid.","receipt":"","decided_by":"rule 1 of shop"`
	refusedJSON = `{"id":"","record":15,"at":"2026-11-24T12:00:00+03:00","ended_at":"2026-11-24T12:00:00+03:00","phone":"254708374149","name":"","shortcode":"174379",` +
		`"amount_cents":15000,"reference":"INV-2","status":"refused","status_text":"Amount is 0","result_code":"","result_desc":"Bad Request - Invalid Amount","receipt":"","decided_by":""}`
	settingsJSON = `{"settings":[{"name":"think_time","value":"5s","default":"2s","allowed":["a duration from 0s to 10m"],"doc":"how long a customer takes"},` +
		`{"name":"pending_query","value":"500","default":"4999","allowed":["4999","500"],"doc":"query of an open prompt"}]}`
)

func TestCommandsThatEditAndPay(t *testing.T) {
	const w = "/worlds/default"
	for _, test := range []struct {
		name string
		args []string
		says answers
	}{
		{"phone-set", []string{"phone", "set", "0712345678", "--name", "Otieno", "--pin", "1111", "--balance", "1,500.50", "--off"}, answers{"PUT " + w + "/phones/254712345678": "200 " + idlePhoneJSON}},
		{"phone-set-balance", []string{"phone", "set", "0712345678", "--balance", "0"}, answers{"PUT " + w + "/phones/254712345678": "200 " + idlePhoneJSON}},
		{"world-set", []string{"world", "set", "think_time=5s", "pending_query=500"}, answers{"PUT " + w + "/settings": "200 " + settingsJSON}},
		{"world-set-list", []string{"world", "set"}, answers{"GET " + w + "/settings": "200 " + settingsJSON}},
		{"pay", []string{"pay", "0708374149", "150", "--reference", "INV-1"}, answers{"POST " + w + "/payments": `201 {"id":"ws_CO_1","customer_message":"Success"}`}},
		{"pay-till", []string{"pay", "0708374149", "150", "--shortcode", "174380", "--callback-url", "http://127.0.0.1:9/cb", "--description", "x", "-o", "json"}, answers{"POST " + w + "/payments": `201 {"id":"ws_CO_1","customer_message":"Success"}`}},
		{"pay-refused", []string{"pay", "0708374149", "0"}, answers{"POST " + w + "/payments": `422 {"error":"Daraja refused the push with HTTP 400","status":400,"error_code":"400.002.02"}`}},
		{"payments", []string{"payments"}, answers{"GET " + w + "/payments": `200 {"payments":[` + paymentJSON + `},` + refusedJSON + `],"next":"7.9"}`}},
		{"payments-none", []string{"payments", "--status", "paid", "--phone", "0712345678", "--limit", "5"}, answers{"GET " + w + "/payments": `200 {"payments":[],"next":""}`}},
		{"payments-show", []string{"payments", "show", "ws_CO_1"}, answers{"GET " + w + "/payments/ws_CO_1": "200 " + paymentJSON + `,"timeline":[{"at":"2026-11-24T12:00:00+03:00","text":"push accepted, answered with HTTP 200","record":12,"kind":"request"},{"at":"2026-11-24T12:00:02.5+03:00","text":"prompt ended: wrong PIN (result 2001)","record":0,"kind":"prompt"}]}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFakeControl(t, test.says)
			args := append(slices.Clone(test.args), "--control", f.URL)
			golden(t, test.name, strings.ReplaceAll(transcript(f, test.args, darajabox(t, args...)), " --control "+f.URL, ""))
		})
	}
}

// A payment and an edit from a shell, against a simulator that runs.
func TestShellEditsAndPays(t *testing.T) {
	sim := darajatest.Start(t)
	s := shell{t, strings.TrimSuffix(sim.ControlURL, "/worlds/default")}
	s.run(0, words("phone set 0708374149 --balance 100 --pin 1234 --name Jane"), "KES 100.00", "Jane", "1234")
	id := strings.TrimSuffix(strings.Fields(s.run(0, words("pay 0708374149 60 --reference INV-1"), "pushed as ws_CO_"))[2], ";")
	s.run(0, words("payments"), "waiting for the customer", id, "KES 60.00")
	s.run(0, words("clock advance 10s"))
	s.run(0, words("pay 0708374149 60"))
	s.run(0, words("clock advance 10s"))
	s.run(0, words("payments show "+id), "push accepted", "prompt ended: paid (result 0)", "/receiver answered with HTTP 200")
	s.run(0, words("payments --status no_money"), "not enough money")
	s.run(1, words("pay 0708374149 0"), "it must be a whole number from 1 to 250000")
	s.run(0, words("payments --status refused"), "refused: Amount is")
	s.run(0, words("world set think_time=30s"), "think_time is 30s")
	s.run(0, words("world set"), "30s")
	s.run(1, words("world set think_tme=30s"), "did you mean think_time?")
	s.run(1, words("phone set 0708374149 --pin 12"), "it must be four digits")
	s.run(2, words("phone set 0708374149 --balance 500001"), "--balance is KES 500,001.00; an M-PESA wallet holds from KES 0.00 to KES 500,000.00")
	s.run(0, words("phone set 0708374149 --balance 500000"), "KES 500")
	s.run(2, words("phone set 0708374149 --on --off"))
	s.run(2, words("phone set 0708374149"), "give what to set: --name, --pin, --balance, --registered, --unregistered, --on or --off")
	s.run(2, words("phone set 0708374149 --balance much"), `"much" is no amount in shillings`)
}
