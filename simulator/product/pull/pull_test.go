package pull_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/pull"
)

func registration() producttest.Values {
	return producttest.Values{
		"ShortCode": daraja.SandboxShortcode, "RequestType": "Pull", "NominatedNumber": "254708374149", "CallBackURL": "http://localhost/pull",
	}
}

func question() producttest.Values {
	return producttest.Values{"ShortCode": daraja.SandboxShortcode, "StartDate": "2026-11-30 8:36:00", "EndDate": "2026-11-30 12:00:00", "OffSetValue": "0"}
}

func TestProduct(t *testing.T) {
	examples := []producttest.Example{
		{API: pull.APIRegister, Fields: registration()},
		{API: pull.APIQuery, Fields: question()},
	}
	producttest.Run(t, pull.Product, examples...)
	producttest.Cases(t, pull.Product, examples...)
}

// An answer has a thousand transactions; the offset gets the others.
func TestOffsets(t *testing.T) {
	b := producttest.NewBench(t, pull.Product())
	b.Call(pull.APIRegister, "", registration())
	for i := range 1003 {
		b.Pay(t, daraja.SandboxMSISDN, daraja.SandboxShortcode, daraja.Shilling, fmt.Sprintf("INV-%d", i))
	}
	for offset, want := range map[string]int{"0": 1000, "1": 1000, "1000": 3, "1002": 1} {
		q := question()
		q["OffSetValue"] = daraja.Text(offset)
		got, _ := b.Call(pull.APIQuery, "", q).Body.(daraja.PullPage)
		if len(got.Response) != 1 || len(got.Response[0]) != want || got.Response[0][0].Reference != "INV-"+offset {
			t.Errorf("from %s: %d", offset, len(got.Response))
		}
	}
	q := question()
	q["OffSetValue"] = "1003"
	if got, none := b.Call(pull.APIQuery, "", q).Body.(daraja.PullNone); !none {
		t.Errorf("after the last one: %+v", got)
	}
}

// A transaction is found for 48 hours.
func TestWindow(t *testing.T) {
	b := producttest.NewBench(t, pull.Product())
	b.Call(pull.APIRegister, "", registration())
	b.Pay(t, daraja.SandboxMSISDN, daraja.SandboxShortcode, daraja.Shilling, "INV-1")
	for _, tt := range []struct {
		after time.Duration
		found bool
	}{{48 * time.Hour, true}, {time.Second, false}} {
		b.Advance(t, tt.after)
		if _, found := b.Call(pull.APIQuery, "", question()).Body.(daraja.PullPage); found != tt.found {
			t.Errorf("after %s more: found %v", tt.after, found)
		}
	}
}

// FuzzDates holds that a query with any date gets an answer or the refusal of its date.
func FuzzDates(f *testing.F) {
	for _, s := range []string{"2020-08-04 8:36:00", "2020-08-04 08:36:00", "2020-08-04T08:36:00Z", "", "0000-00-00 0:0:0", "2020-02-30 25:61:00"} {
		f.Add(s, "0")
	}
	b := producttest.NewBench(f, pull.Product())
	b.Call(pull.APIRegister, "", registration())
	f.Fuzz(func(t *testing.T, start, offset string) {
		q := question()
		q["StartDate"], q["OffSetValue"] = daraja.Text(start), daraja.Text(offset)
		if r := b.Call(pull.APIQuery, "", q); r.Err == nil && r.Body == nil {
			t.Errorf("%q, %q: neither an answer nor an error", start, offset)
		}
	})
}
