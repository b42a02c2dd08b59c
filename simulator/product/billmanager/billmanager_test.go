package billmanager_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/billmanager"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/reversal"
)

func details() producttest.Values {
	return producttest.Values{
		"shortcode": daraja.SandboxShortcode, "email": "biller@example.com", "officialContact": "0708374149", "sendReminders": "1",
		"logo": "image", "callbackurl": "http://localhost/bills",
	}
}

func bill(external string) producttest.Values {
	return producttest.Values{
		"externalReference": daraja.Text(external), "billedFullName": "Jane Wanjiku", "billedPhoneNumber": "0708374149", "billedPeriod": "August 2021",
		"invoiceName": "Jentrys", "dueDate": "2021-10-12", "accountReference": "1ASD678H", "amount": "800",
		"invoiceItems": `[{"itemName":"food","amount":"700"},{"itemName":"water","amount":100}]`,
	}
}

func receipt() producttest.Values {
	return producttest.Values{
		"paymentDate": "2021-10-01", "paidAmount": "800", "accountReference": "1ASD678H", "transactionId": "PJB53MYR1N", "phoneNumber": "0708374149",
		"fullName": "Jane Wanjiku", "invoiceName": "Jentrys", "externalReference": "113",
	}
}

// setup are the examples of all calls. Those of a biller with an invoice have both before.
func setup(t *testing.T) []producttest.Example {
	t.Helper()
	header := make(map[string][]string)
	biller := func(t *testing.T, b *producttest.Bench, _ producttest.Values) {
		t.Helper()
		a, ok := b.Call(billmanager.APIOptIn, "", details()).Body.(daraja.BillManagerAnswer)
		if !ok {
			t.Fatal("opting in is refused")
		}
		header["App_key"] = []string{a.AppKey}
	}
	invoiced := func(t *testing.T, b *producttest.Bench, v producttest.Values) {
		t.Helper()
		biller(t, b, v)
		send(t, b, header, "113")
	}
	one := producttest.Values{"externalReference": "113"}
	return []producttest.Example{
		{API: billmanager.APIOptIn, Fields: details()},
		{API: billmanager.APIChange, Fields: details(), Header: header, Before: biller},
		{API: billmanager.APIInvoice, Fields: bill("113"), Header: header, Before: biller},
		{API: billmanager.APIInvoices, Fields: bill("113"), Header: header, Before: biller},
		{API: billmanager.APIEdit, Fields: bill("113"), Header: header, Before: invoiced},
		{API: billmanager.APIEdits, Fields: bill("113"), Header: header, Before: invoiced},
		{API: billmanager.APICancel, Fields: one, Header: header, Before: invoiced},
		{API: billmanager.APICancels, Fields: one, Header: header, Before: invoiced},
		{API: billmanager.APIReconcile, Fields: receipt(), Header: header, Before: invoiced},
	}
}

// send sends invoices, and returns the answer.
func send(t *testing.T, b *producttest.Bench, header map[string][]string, externals ...string) simulator.Response {
	t.Helper()
	var list []simulator.Values
	for _, external := range externals {
		list = append(list, bill(external))
	}
	token := b.HandleCall("producttest", simulator.Call{}).Token
	return b.HandleCall(billmanager.APIInvoices, simulator.Call{
		Authorization: "Bearer " + token, Path: daraja.BillManagerPrefix + "/bulk-invoicing", Header: header, List: list,
	})
}

func TestProduct(t *testing.T) {
	producttest.Run(t, billmanager.Product, setup(t)...)
	producttest.Cases(t, billmanager.Product, setup(t)...)
}

// A call with several invoices sends all or none.
func TestBulk(t *testing.T) {
	examples := setup(t)
	b := producttest.NewBench(t, billmanager.Product())
	examples[3].Before(t, b, nil)
	header := examples[3].Header
	var many []string
	for i := range 1001 {
		many = append(many, fmt.Sprint(i))
	}
	for _, tt := range []struct {
		name string
		sent []string
		why  string // "" is taken
		then int    // invoices of the biller
	}{
		{"two", []string{"1", "2"}, "", 2},
		{"one that was sent", []string{"3", "2"}, `there is an invoice "2" already`, 2},
		{"the same twice", []string{"4", "4"}, `there is an invoice "4" already`, 2},
		{"too many", many, "at most 1000 invoices", 2},
		{"a thousand", many[5:1000], "", 997},
	} {
		r := send(t, b, header, tt.sent...)
		if (r.Err == nil) != (tt.why == "") || r.Err != nil && !strings.Contains(r.Err.Error(), tt.why) {
			t.Errorf("%s: %v", tt.name, r.Err)
		}
		all, err := b.RunAction("billmanager", "invoices", producttest.Values{"shortcode": daraja.SandboxShortcode})
		if text, _ := daraja.Marshal(all); err != nil || strings.Count(string(text), "externalReference") != tt.then {
			t.Errorf("%s: %d invoices, want %d (%v)", tt.name, strings.Count(string(text), "externalReference"), tt.then, err)
		}
	}
	if got := b.Phone(daraja.SandboxMSISDN).Messages[0].Text; !strings.Contains(got, "Jentrys of KES 800.00. Pay to 174379, account 1ASD678H.") {
		t.Errorf("the customer got %q", got)
	}
}

// A biller that does not answer is notified five times, a minute apart; one that answers, once.
func TestTries(t *testing.T) {
	for answer, want := range map[string]int{
		"": 5, `{"resmsg":"Success","rescode":"200"}`: 1, `{"rescode":200}`: 1, `{"rescode":"409"}`: 5, "ok": 5,
	} {
		examples := setup(t)
		b := producttest.NewBench(t, billmanager.Product())
		examples[4].Before(t, b, nil)
		b.Pay(t, daraja.SandboxMSISDN, daraja.SandboxShortcode, 800*daraja.Shilling, "1ASD678H")
		for range 120 {
			b.Advance(t, 5*time.Second)
			if n := len(b.Callbacks); answer != "" && n > 0 {
				b.HandleAnswer(b.Callbacks[n-1], simulator.MerchantAnswer{Status: 200, Body: []byte(answer)})
			}
		}
		b.Advance(t, time.Hour)
		if len(b.Callbacks) != want {
			t.Errorf("%s: notified %d times, want %d", answer, len(b.Callbacks), want)
		}
	}
}

// FuzzItems holds that any list of items gets an answer or a refusal.
func FuzzItems(f *testing.F) {
	for _, s := range []string{"", "[]", `[{"itemName":"a","amount":1}]`, `[{"itemName":"a","amount":"-1"}]`, `{}`, `[null]`, `"x"`, "[[1]]"} {
		f.Add(s, "2021-10-12", "0708374149")
	}
	b := producttest.NewBench(f, billmanager.Product())
	f.Fuzz(func(t *testing.T, items, due, phone string) {
		v := bill("1")
		v["invoiceItems"], v["dueDate"], v["billedPhoneNumber"] = daraja.Text(items), daraja.Text(due), daraja.Text(phone)
		if r := b.Call(billmanager.APIInvoice, "", v); r.Err == nil {
			t.Error("there is no biller, and an invoice was sent")
		}
	})
}

// A world keeps a bounded count of billers and of invoices, and texts have bounds.
func TestBounds(t *testing.T) {
	b := producttest.NewBench(t, billmanager.Product())
	long := details()
	long["shortcode"] = daraja.Text(strings.Repeat("x", 201))
	if r := b.Call(billmanager.APIOptIn, "", long); r.Err == nil {
		t.Error("a shortcode of 201 bytes is taken")
	}
	long = details()
	long["callbackurl"] = daraja.Text("http://localhost/" + strings.Repeat("x", 2000))
	if r := b.Call(billmanager.APIOptIn, "", long); r.Err == nil {
		t.Error("a long callbackurl is taken")
	}
	header := map[string][]string{}
	for i := range 1_001 {
		d := details()
		if i > 0 {
			d["shortcode"] = daraja.Text(fmt.Sprint("shop", i))
		}
		r := b.Call(billmanager.APIOptIn, "", d)
		if (r.Err != nil) != (i == 1_000) {
			t.Fatalf("biller %d: %v", i, r.Err)
		}
		if a, ok := r.Body.(daraja.BillManagerAnswer); ok && i == 0 {
			header["App_key"] = []string{a.AppKey}
		}
	}
	for i := range 11 {
		var externals []string
		for j := range 1_000 {
			externals = append(externals, fmt.Sprint(i, "-", j))
		}
		if r := send(t, b, header, externals...); (r.Err != nil) != (i == 10) {
			t.Fatalf("thousand %d: %v", i, r.Err)
		}
	}
}

// A payment that is reversed pays no invoice.
func TestReversal(t *testing.T) {
	b := producttest.NewBench(t, billmanager.Product(), reversal.Product())
	a, _ := b.Call(billmanager.APIOptIn, "", details()).Body.(daraja.BillManagerAnswer)
	send(t, b, map[string][]string{"App_key": {a.AppKey}}, "1", "2")
	b.Pay(t, daraja.SandboxMSISDN, daraja.SandboxShortcode, 800*daraja.Shilling, "1ASD678H")
	b.Pay(t, daraja.SandboxMSISDN, daraja.SandboxShortcode, 100*daraja.Shilling, "1ASD678H")
	paid := func() string {
		all, err := b.RunAction("billmanager", "invoices", producttest.Values{"shortcode": daraja.SandboxShortcode})
		return fmt.Sprint(all, err)
	}
	shot := b.Snapshot()
	r := b.Call(reversal.API, "", producttest.Values{
		"Initiator": simulator.SandboxInitiator, "SecurityCredential": producttest.Credential(t, simulator.SandboxInitiatorPassword),
		"CommandID": daraja.CommandTransactionReversal, "Amount": "800", "ReceiverParty": daraja.SandboxShortcode, "RecieverIdentifierType": "11",
		"ResultURL": "http://localhost/result", "QueueTimeOutURL": "http://localhost/timeout", "Remarks": "x", "Occasion": "x",
		"TransactionID": daraja.Text(b.Ledger()[0].Receipt),
	})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	b.Advance(t, time.Minute)
	if got := paid(); len(b.Ledger()) != 3 || !strings.Contains(got, "800 0 false") || !strings.Contains(got, "800 100 false") {
		t.Errorf("after the reversal the invoices are %s", got)
	}
	b.Restore(shot)
	if got := paid(); !strings.Contains(got, "800 800 false") {
		t.Errorf("after the restore the invoices are %s", got)
	}
}
