package darajatest

import (
	"encoding/json"
	"testing"
	"time"
)

func TestCountsOnTheWire(t *testing.T) {
	for want, count := range map[string]Count{
		`0`:                           Exactly(0),
		`2`:                           Exactly(2),
		`{"at_least":1}`:              AtLeast(1),
		`{"at_least":0,"at_most":3}`:  AtMost(3),
		`{"at_least":1,"at_most":3}`:  Between(1, 3),
		`{"at_least":1,"at_most":10}`: Between(1, 10),
	} {
		if got, err := json.Marshal(count); err != nil || string(got) != want {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
}

func TestMatchOnTheWire(t *testing.T) {
	no := false
	for want, match := range map[string]Match{
		`{}`: {},
		`{"kind":"callback","phone":"2547*","status":"4xx","dropped":false,"copy":2,"body":{"Body.stkCallback.ResultCode":0}}`: {
			Kind: "callback", Phone: "2547*", Status: "4xx", Dropped: &no, Copy: 2, Body: map[string]any{"Body.stkCallback.ResultCode": 0},
		},
		`{"status":200}`: {Status: 200},
	} {
		if got, err := json.Marshal(match); err != nil || string(got) != want {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
}

func TestRecordInALine(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 2, 0, time.UTC)
	for want, r := range map[string]Record{
		"09:00:02.000 request stkpush 254708374149 INV-1 POST /mpesa HTTP 400 400.002.02 (Amount is 0) by rule 1 of mine": {
			At: at, Kind: "request", API: "stkpush", Phone: "254708374149", Reference: "INV-1", Method: "POST", URL: "/mpesa", Status: 400,
			ErrorCode: "400.002.02", Reason: "Amount is 0", By: "rule 1 of mine",
		},
		"09:00:02.000 callback stkpush http://127.0.0.1:9/ result 0 [copy 2 of 2] no answer: connection refused": {
			At: at, Kind: "callback", API: "stkpush", URL: "http://127.0.0.1:9/", Faults: []string{"copy 2 of 2"}, Error: "connection refused",
			Request: json.RawMessage(`{"Body":{"stkCallback":{"ResultCode":0}}}`),
		},
		"09:00:02.000 callback http://127.0.0.1:9/ [dropped]": {At: at, Kind: "callback", URL: "http://127.0.0.1:9/", Dropped: true},
	} {
		if got := r.String(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func FuzzReadCallback(f *testing.F) {
	f.Add([]byte(`{"Body":{"stkCallback":{"MerchantRequestID":"m","CheckoutRequestID":"c","ResultCode":0,"ResultDesc":"d","CallbackMetadata":` +
		`{"Item":[{"Name":"Amount","Value":1.00},{"Name":"MpesaReceiptNumber","Value":"R"},{"Name":"Balance"},{"Name":"PhoneNumber","Value":254708374149}]}}}}`))
	f.Add([]byte(`{"Body":`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := readCallback(body)
		if string(c.Body) != string(body) {
			t.Errorf("%s became %s", body, c.Body)
		}
		if !json.Valid(body) && c.ResultCode != "" {
			t.Errorf("%s has result %s", body, c.ResultCode)
		}
	})
}

func TestReadCallback(t *testing.T) {
	c := readCallback([]byte(`{"Body":{"stkCallback":{"MerchantRequestID":"m","CheckoutRequestID":"c","ResultCode":0,"ResultDesc":"d","CallbackMetadata":` +
		`{"Item":[{"Name":"Amount","Value":1.00},{"Name":"MpesaReceiptNumber","Value":"R"},{"Name":"Balance"},{"Name":"PhoneNumber","Value":254708374149}]}}}}`))
	c.Body = nil
	if c.MerchantRequestID != "m" || c.CheckoutRequestID != "c" || c.ResultCode != "0" || c.ResultDesc != "d" ||
		c.Amount != "1.00" || c.Receipt != "R" || c.Phone != "254708374149" {
		t.Errorf("%+v", c)
	}
}
