package activity_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/internal/activity"
)

func morning() time.Time { return time.Date(2026, 11, 30, 5, 47, 3, 0, time.UTC) }

func payment(kind string) activity.Event {
	return activity.Event{At: morning(), Kind: kind, Reference: "INV-1", Amount: "150", Phone: "254708374149"}
}

func TestLine(t *testing.T) {
	change := func(e activity.Event, f func(*activity.Event)) activity.Event { f(&e); return e }
	for name, c := range map[string]struct {
		event activity.Event
		want  string
	}{
		"push": {change(payment("push"), func(e *activity.Event) { e.Result, e.Status = "accepted", 200 }),
			"push      INV-1         KES 150.00      2547XXXXX149  accepted"},
		"refused push": {change(payment("push"), func(e *activity.Event) {
			e.Result, e.Status, e.ErrorCode, e.Reason = activity.Refused, 400, "400.002.02", "Amount is 0"
		}), "push      INV-1         KES 150.00      2547XXXXX149  refused 400.002.02: Amount is 0"},
		"refused by a rule": {change(payment("push"), func(e *activity.Event) {
			e.Result, e.Status, e.Reason, e.By, e.Faults = activity.Refused, 403, "page waf_403 by rule 2 of shop", "rule 2 of shop", []string{"page waf_403"}
		}), "push      INV-1         KES 150.00      2547XXXXX149  refused with HTTP status 403: page waf_403 by rule 2 of shop"},
		"callback": {change(payment("callback"), func(e *activity.Event) {
			e.Result, e.Receipt, e.URL, e.Status, e.By, e.Faults = "paid", "UKO0X3F8K2", "http://127.0.0.1:3000/mpesa", 200, "rule 2 of shop", []string{"copy 1 of 2"}
		}), "callback  INV-1         KES 150.00      2547XXXXX149  paid, receipt UKO0X3F8K2; http://127.0.0.1:3000/mpesa answered 200 (by rule 2 of shop; copy 1 of 2)"},
		"callback without an answer": {change(payment("callback"), func(e *activity.Event) {
			e.Result, e.URL, e.Error = "wrong PIN", "https://shop.example/daraja/stk/0123456789012345678901234?key=secret", "connection refused"
		}), "callback  INV-1         KES 150.00      2547XXXXX149  wrong PIN; https://shop.example/daraja/stk/…?… did not answer: connection refused"},
		"webhook": {change(payment("webhook"), func(e *activity.Event) {
			e.Result, e.TransactionID, e.Receipt, e.Signature, e.Status = "successful", "1", "UKO0X3F8K2", "ok", 200
		}), "webhook   INV-1         KES 150.00      2547XXXXX149  successful, transaction 1, receipt UKO0X3F8K2, signature ok; answered 200"},
		"second attempt": {change(payment("webhook"), func(e *activity.Event) { e.Result, e.Status, e.Attempt = "successful", 500, 2 }),
			"webhook   INV-1         KES 150.00      2547XXXXX149  successful; answered 500 (attempt 2)"},
		"no payment":  {activity.Event{At: morning(), Kind: "token", Result: "issued", Status: 200}, "token     issued"},
		"other world": {activity.Event{At: morning(), Kind: "token", World: "w-1", Result: "issued", Status: 200}, "token     world w-1: issued"},
		"only a phone": {activity.Event{At: morning(), Kind: "action", Phone: "0708374149", Result: "the customer cancelled"},
			"action    -             -               2547XXXXX149  the customer cancelled"},
		"terminal tricks": {activity.Event{At: morning(), Kind: "push", Reference: "a\x1b[2J\nb c", Amount: "1e9", Phone: "\r07", Result: "accepted"},
			"push      \"a�[2J�b c\"   1e9             XXX           accepted"},
		"long": {activity.Event{At: morning(), Kind: "push", Reference: strings.Repeat("é", 1000), Result: "accepted"},
			"push      " + strings.Repeat("é", 24) + "…  -               -             accepted"},
		"a phone for a reference": {activity.Event{At: morning(), Kind: "push", Reference: "0708374149", Result: "accepted"},
			"push      07XXXXX149    -               -             accepted"},
	} {
		if got := c.event.Line(); got != "08:47:03 EAT  "+c.want+"\n" {
			t.Errorf("%s:\n got %swant %s", name, got, "08:47:03 EAT  "+c.want)
		}
	}
}

func TestResultWords(t *testing.T) {
	for code, want := range map[string]string{"0": "paid", "1032": "cancelled by the customer", "2001": "wrong PIN", "4242": "result 4242 Odd."} {
		if got := activity.ResultText(code, "Odd."); got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	e := payment("callback")
	e.World, e.Record, e.Result, e.ResultCode, e.Receipt, e.URL, e.Status = "w-1", 7, "paid", "0", "UKO0X3F8K2", "http://x.example/cb", 200
	want := `{"at":"2026-11-30T08:47:03+03:00","world":"w-1","record":7,"kind":"callback","reference":"INV-1","amount":"150",` +
		`"phone":"2547XXXXX149","result":"paid","result_code":"0","receipt":"UKO0X3F8K2","url":"http://x.example/cb","status":200}` + "\n"
	if got := string(e.JSON()); got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// Whatever comes from outside, an event is one line, moves no cursor, has an end, and
// shows no phone number.
func TestEventsAreSafeToPrint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		phone := fmt.Sprintf("2547%08d", rapid.IntRange(0, 99_999_999).Draw(t, "phone"))
		text := func(name string) string {
			s := rapid.String().Draw(t, name)
			return rapid.SampledFrom([]string{s, "x " + phone + " " + s, strings.Repeat(s+"a", 5000)}).Draw(t, name+" long")
		}
		e := activity.Event{
			World: text("world"), Kind: rapid.SampledFrom([]string{"push", "callback", "webhook", "action"}).Draw(t, "kind"), Reference: text("reference"),
			Amount: rapid.String().Draw(t, "amount"), Phone: phone, Result: text("result"), Reason: text("reason"), Error: text("error"),
			URL: "http://" + text("url"), By: text("by"), Faults: []string{text("fault"), text("fault 2")},
		}
		asJSON := string(e.JSON())
		for _, got := range []string{e.Line(), asJSON} {
			if strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") || strings.ContainsAny(got, "\r\t\x1b\u009b\u2028\u202e") || len(got) > 20_000 {
				t.Fatalf("printed %q", got)
			}
			if strings.Contains(got, phone) {
				t.Fatalf("the phone is in %q", got)
			}
		}
		if !json.Valid([]byte(asJSON)) {
			t.Fatalf("no JSON: %q", asJSON)
		}
	})
}
