package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	simapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/product/all"
)

const (
	promptID  = "ws_CO_30112026084703000708374149"
	cancelled = `{"Body":{"stkCallback":{"MerchantRequestID":"1","CheckoutRequestID":"` + promptID + `","ResultCode":1032,"ResultDesc":"Request cancelled by user."}}}`
	settled   = `{"Body":{"stkCallback":{"MerchantRequestID":"1","CheckoutRequestID":"` + promptID + `","ResultCode":0,"ResultDesc":"ok","CallbackMetadata":{"Item":[{"Name":"Amount","Value":150.00},{"Name":"MpesaReceiptNumber","Value":"UKO0X3F8K2"},{"Name":"PhoneNumber","Value":254708374149}]}}}}`
)

// pushRecord is a push that was accepted.
func pushRecord() simapp.Record {
	return simapp.Record{
		World: "default", Kind: "request", API: "stkpush", Payment: promptID, Reference: "INV-1", Amount: "150", Phone: "254708374149", Status: 200,
		Response: json.RawMessage(`{"ResponseCode":"0"}`),
	}
}

// Each kind of record has its words, after the push that it belongs to.
func TestActivityOfRecords(t *testing.T) {
	const columns = "INV-1         KES 150.00      2547XXXXX149  "
	query := func(status int, answer string) simapp.Record {
		return simapp.Record{World: "default", Kind: "request", API: "stkquery", Payment: promptID, Status: status, Response: json.RawMessage(answer)}
	}
	callback := func(body string, change func(*simapp.Record)) simapp.Record {
		r := simapp.Record{
			World: "default", Kind: "callback", API: "stkpush", Payment: promptID, Phone: "254708374149", Reference: "INV-1",
			URL: "http://127.0.0.1:3000/callback", Status: 200, Request: json.RawMessage(body),
		}
		change(&r)
		return r
	}
	none := func(*simapp.Record) {}
	for name, c := range map[string]struct {
		record simapp.Record
		want   string
	}{
		"push": {pushRecord(), "push      " + columns + "accepted"},
		"push that is refused without a reason": {
			simapp.Record{World: "default", Kind: "request", API: "stkpush", Reference: "INV-9", Amount: "90", Phone: "254708374149", Status: 500, ErrorCode: "500.001.1001",
				Response: json.RawMessage(`{"requestId":"1","errorCode":"500.001.1001","errorMessage":"Wrong credentials"}`)},
			"push      INV-9         KES 90.00       2547XXXXX149  refused 500.001.1001: Wrong credentials"},
		"push whose answer is lost": {func() simapp.Record {
			r := pushRecord()
			r.Status, r.Error, r.Faults, r.By = 0, "the connection was reset on purpose", []string{"reset"}, `rule 2 "firewall" of shop`
			return r
		}(), "push      " + columns + `not answered; the connection was reset on purpose (by rule 2 "firewall" of shop)`},
		"push that a rule answers": {
			simapp.Record{World: "default", Kind: "request", API: "stkpush", Reference: "INV-1", Amount: "150", Phone: "254708374149", Status: 200, By: "rule 1 of shop",
				Reason: "a raw answer stands in the place of the right one, decided by rule 1 of shop", Faults: []string{"raw answer 200"}, Response: json.RawMessage(`{}`)},
			"push      " + columns + "replied 200, not carried out: a raw answer stands in the place of the right one, decided by rule 1 of shop (raw answer 200)"},
		"push that a rule answers and that is carried out": {func() simapp.Record {
			r := pushRecord()
			r.Reason, r.Faults = "a raw answer stands in the place of the right one", []string{"raw answer 200", "carried out all the same"}
			return r
		}(), "push      " + columns + "accepted: a raw answer stands in the place of the right one (raw answer 200; carried out all the same)"},
		"token that a rule answers": {
			simapp.Record{World: "default", Kind: "request", API: "oauth", Status: 200, Reason: "a raw answer stands in the place of the right one", Faults: []string{"raw answer 200"}},
			"token     replied 200, not carried out: a raw answer stands in the place of the right one (raw answer 200)"},
		"query while the prompt is open": {query(500, `{"requestId":"1","errorCode":"500.001.1001","errorMessage":"The transaction is being processed"}`),
			"query     " + columns + "still processing"},
		"query with a result":            {query(200, `{"ResponseCode":"0","ResultCode":"2001","ResultDesc":"x"}`), "query     " + columns + "wrong PIN"},
		"query with an unlisted result":  {query(200, `{"ResultCode":"4242","ResultDesc":"Odd"}`), "query     " + columns + "result 4242 Odd"},
		"query that is refused":          {query(404, `{"requestId":"1","errorCode":"404.001.03","errorMessage":"Invalid Access Token"}`), "query     " + columns + "refused with HTTP status 404: Invalid Access Token"},
		"callback of a cancelled prompt": {callback(cancelled, none), "callback  " + columns + "cancelled by the customer; http://127.0.0.1:3000/callback answered 200"},
		"callback of a wrong PartyB": {callback(`{"Body":{"stkCallback":{"MerchantRequestID":"1","CheckoutRequestID":"ws_CO_1","ResultCode":2028,"ResultDesc":"x"}}}`,
			func(r *simapp.Record) { r.Reason = "PartyB is 999999" }),
			"callback  " + columns + "not permitted for this shortcode: PartyB is 999999; http://127.0.0.1:3000/callback answered 200"},
		"callback of a payment": {callback(settled, none), "callback  " + columns + "paid, receipt UKO0X3F8K2; http://127.0.0.1:3000/callback answered 200"},
		"callback that no server takes": {callback(settled, func(r *simapp.Record) { r.Status, r.Error = 0, "dial: connect: connection refused" }),
			"callback  " + columns + "paid, receipt UKO0X3F8K2; http://127.0.0.1:3000/callback did not answer: connection refused"},
		"callback that is dropped": {callback(settled, func(r *simapp.Record) { r.Status, r.Dropped, r.Faults = 0, true, []string{"dropped"} }),
			"callback  " + columns + "paid, receipt UKO0X3F8K2; not sent: dropped on purpose"},
		"callback that is malformed": {callback(`"{\"Body\""`, func(r *simapp.Record) { r.Faults = []string{"malformed"} }),
			"callback  " + columns + "the body is malformed; http://127.0.0.1:3000/callback answered 200"},
		"query of balances": {simapp.Record{World: "default", Kind: "request", API: "balance", Status: 200}, "request   balance accepted"},
		"result of a query of balances": {
			simapp.Record{World: "default", Kind: "callback", API: "balance", Status: 200, URL: "http://127.0.0.1:3000/", Request: json.RawMessage(`{"Result":{"ResultCode":2001}}`)},
			"callback  balance: wrong initiator or credential; http://127.0.0.1:3000/ answered 200"},
		"confirmation of C2B": {
			simapp.Record{World: "default", Kind: "callback", API: "c2bsimulate", Status: 200, URL: "http://127.0.0.1:3000/", Request: json.RawMessage(`{"TransID":"1"}`)},
			"callback  c2bsimulate; http://127.0.0.1:3000/ answered 200"},
		"token":       {simapp.Record{World: "default", Kind: "request", API: "oauth", Status: 200}, "token     issued"},
		"other world": {simapp.Record{World: "w-1", Kind: "request", API: "oauth", Status: 200}, "token     world w-1: issued"},
		"wrong key": {simapp.Record{World: "default", Kind: "request", API: "oauth", Status: 400, Reason: "no app has this consumer key"},
			"token     refused with HTTP status 400: no app has this consumer key"},
		"wrong path": {simapp.Record{World: "default", Kind: "request", API: "unknown", Status: 404, ErrorCode: "404.001.01", Reason: `Daraja has no "/x"`},
			`request   refused 404.001.01: Daraja has no "/x"`},
		"action": {simapp.Record{World: "default", Kind: "action", Phone: "254708374149", Reason: "the customer entered a PIN"},
			"action    -             -               2547XXXXX149  the customer entered a PIN"},
	} {
		r := &reporter{products: all.Catalogue()}
		r.event(pushRecord())
		c.record.At = time.Date(2026, 11, 30, 8, 47, 3, 0, daraja.EAT())
		if got := strings.TrimSpace(r.event(c.record).Line()); got != "08:47:03 EAT  "+c.want {
			t.Errorf("%s:\n got %s\nwant 08:47:03 EAT  %s", name, got, c.want)
		}
	}
}

// A prompt's id is known in its own world only, and the oldest are forgotten.
func TestPaymentsThatAreRemembered(t *testing.T) {
	var p pushes
	for n := range maxPushes + 10 {
		p.add(simapp.Record{World: "default", Payment: strconv.Itoa(n), Reference: "INV-" + strconv.Itoa(n)})
		p.add(simapp.Record{World: "default", Payment: strconv.Itoa(n), Reference: "INV-" + strconv.Itoa(n)})
	}
	for id, want := range map[string]string{"9": "", "10": "INV-10", "10009": "INV-10009"} {
		if got := p.find("default", id).Reference; got != want {
			t.Errorf("payment %s has reference %q, want %q", id, got, want)
		}
	}
	if got := p.find("w-1", "10").Reference; got != "" {
		t.Errorf("another world's payment has reference %q", got)
	}
	if len(p.byID) != maxPushes || len(p.order) != maxPushes {
		t.Errorf("%d payments in %d places are kept", len(p.byID), len(p.order))
	}
}

// A webhook to the inbox is reported by the inbox, under whatever name it is reached.
func TestWebhooksToTheInbox(t *testing.T) {
	const in = "http://127.0.0.1:8090"
	for url, want := range map[string]bool{
		in + "/webhook": true, "http://localhost:8090/webhook/a": true, "http://[::1]:8090/webhook": true, "http://127.0.0.1:3000/webhook": false,
		in + "/nope": false, in: false, in + "/webhooks": false, in + "/webhook/../received": false, in + "/webhook/a/": true,
		"http://shop.example:8090/webhook": false, "http://192.168.1.7:8090/webhook": false, "::": false,
	} {
		if got := toInbox(url, in); got != want {
			t.Errorf("%s: %v", url, got)
		}
	}
}
