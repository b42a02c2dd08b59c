package c2b_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/c2b"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func registration() producttest.Values {
	return producttest.Values{
		"ShortCode": daraja.SandboxShortcode, "ResponseType": daraja.C2BCompleted,
		"ConfirmationURL": "http://localhost/confirmation", "ValidationURL": "http://localhost/validation",
	}
}

func purchase() producttest.Values {
	return producttest.Values{
		"ShortCode": daraja.SandboxShortcode, "CommandID": daraja.CustomerPayBillOnline, "Amount": "5", "Msisdn": "254708374149", "BillRefNumber": "INV-1",
	}
}

func TestProduct(t *testing.T) {
	examples := []producttest.Example{
		{API: c2b.APIRegister, Fields: registration()},
		{API: c2b.APISimulate, Fields: purchase(), Before: func(_ *testing.T, b *producttest.Bench, _ producttest.Values) {
			b.Call(c2b.APIRegister, "", registration())
		}},
	}
	producttest.Run(t, c2b.Product, examples...)
	producttest.Cases(t, c2b.Product, examples...)
}

// start is a world whose paybill has URLs.
func start(t *testing.T, change func(producttest.Values), path string) *producttest.Bench {
	t.Helper()
	b := producttest.NewBench(t, c2b.Product())
	r := registration()
	change(r)
	if got := b.Call(c2b.APIRegister, path, r); got.Err != nil {
		t.Fatal(got.Err)
	}
	return b
}

func unchanged(producttest.Values) {}

// bodies are what the merchant was sent.
func bodies(t *testing.T, b *producttest.Bench) []daraja.C2BPayment {
	t.Helper()
	var all []daraja.C2BPayment
	for _, c := range b.Callbacks {
		var m daraja.C2BPayment
		if err := json.Unmarshal(c.Body, &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func TestAcknowledgements(t *testing.T) {
	b := start(t, unchanged, "")
	for api, want := range map[simulator.API]string{
		c2b.APIRegister: `"ResponseCode":"00000000","ResponseDescription":"Success"}`,
		c2b.APISimulate: `"ResponseCode":"0","ResponseDescription":"Accept the service request successfully."}`,
	} {
		fields := registration()
		if api == c2b.APISimulate {
			fields = purchase()
		}
		body, err := daraja.Marshal(b.Call(api, "", fields).Body)
		if err != nil || !strings.HasPrefix(string(body), `{"OriginatorCoversationID":"`) || !strings.HasSuffix(string(body), want) {
			t.Errorf("%s: %s, %v", api, body, err)
		}
	}
}

// The merchant's answer to the validation decides; without one the ResponseType does.
func TestValidation(t *testing.T) {
	tests := []struct {
		name   string
		kind   string
		answer *simulator.MerchantAnswer
		paid   bool
	}{
		{"accepted", daraja.C2BCancelled, &simulator.MerchantAnswer{Status: 200, Body: []byte(`{"ResultCode":"0","ResultDesc":"Accepted","ThirdPartyTransID":"T1"}`)}, true},
		{"accepted with a number", daraja.C2BCancelled, &simulator.MerchantAnswer{Status: 200, Body: []byte(`{"ResultCode":0}`)}, true},
		{"rejected", daraja.C2BCompleted, &simulator.MerchantAnswer{Status: 200, Body: []byte(`{"ResultCode":"C2B00012","ResultDesc":"Rejected"}`)}, false},
		{"no JSON, completed", daraja.C2BCompleted, &simulator.MerchantAnswer{Status: 200, Body: []byte(`ok`)}, true},
		{"an error, cancelled", daraja.C2BCancelled, &simulator.MerchantAnswer{Status: 500}, false},
		{"no answer, completed", daraja.C2BCompleted, nil, true},
		{"no answer, cancelled", daraja.C2BCancelled, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := start(t, func(v producttest.Values) { v["ResponseType"] = daraja.Text(tt.kind) }, "")
			if r := b.Call(c2b.APISimulate, "", purchase()); r.Err != nil {
				t.Fatal(r.Err)
			}
			b.Advance(t, 7*time.Second)
			if len(b.Callbacks) != 1 || b.Callbacks[0].URL != "http://localhost/validation" || len(b.Ledger()) != 0 {
				t.Fatalf("before the answer: %+v, ledger %v", b.Callbacks, b.Ledger())
			}
			if tt.answer != nil {
				b.HandleAnswer(b.Callbacks[0], *tt.answer)
			}
			b.Advance(t, time.Second)
			if paid := len(b.Ledger()) == 1 && len(b.Callbacks) == 2; paid != tt.paid {
				t.Errorf("paid %v, want %v: %d callbacks", paid, tt.paid, len(b.Callbacks))
			}
			b.HandleAnswer(b.Callbacks[0], simulator.MerchantAnswer{Status: 200, Body: []byte(`{"ResultCode":"0"}`)})
			if len(b.Ledger()) > 1 {
				t.Error("a second answer paid again")
			}
		})
	}
}

func TestBodies(t *testing.T) {
	b := start(t, unchanged, daraja.C2BRegisterPathV2)
	b.Call(c2b.APISimulate, "", purchase())
	b.Advance(t, 0)
	b.HandleAnswer(b.Callbacks[0], simulator.MerchantAnswer{Status: 200, Body: []byte(`{"ResultCode":"0","ThirdPartyTransID":"T1"}`)})
	all := bodies(t, b)
	asked, confirmed := all[0], all[1]
	if asked.OrgAccountBalance != "" || confirmed.OrgAccountBalance != "5.00" || confirmed.ThirdPartyTransID != "T1" || confirmed.TransID != asked.TransID {
		t.Errorf("asked %+v, confirmed %+v", asked, confirmed)
	}
	want := `{"TransactionType":"Pay Bill","TransID":"` + confirmed.TransID + `","TransTime":"20261130120000","TransAmount":"5.00","BusinessShortCode":"174379",` +
		`"BillRefNumber":"INV-1","InvoiceNumber":"","OrgAccountBalance":"5.00","ThirdPartyTransID":"T1","MSISDN":"2547 ***** 149","FirstName":"JANE"}`
	if got := string(b.Callbacks[1].Body); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	b = start(t, unchanged, daraja.C2BRegisterPath)
	b.Call(c2b.APISimulate, "", purchase())
	b.Advance(t, 8*time.Second)
	if m := bodies(t, b)[1]; len(m.MSISDN) != 64 || m.InvoiceNumber != "INV-1" || m.LastName == nil || *m.LastName != "WANJIKU" {
		t.Errorf("version 1: %+v", m)
	}
}

// A customer pays from the menu of the SIM, without an app.
func TestCustomerPays(t *testing.T) {
	b := start(t, unchanged, "")
	fields := producttest.Values{"phone": "254708374149", "shortcode": daraja.SandboxShortcode, "amount": "20", "reference": "INV-2"}
	if _, err := b.RunAction("c2b", "pay", fields); err != nil {
		t.Fatal(err)
	}
	b.Advance(t, 8*time.Second)
	if l := b.Ledger(); len(l) != 1 || l[0].Amount != 20*daraja.Shilling || l[0].Reference != "INV-2" {
		t.Errorf("%+v", l)
	}
	for name, change := range map[string]func(producttest.Values){
		"amount":       func(v producttest.Values) { v["amount"] = "20000" },
		"organisation": func(v producttest.Values) { v["shortcode"] = "600100" },
		"phone":        func(v producttest.Values) { v["phone"] = "12" },
	} {
		wrong := producttest.Values{"phone": "254708374149", "shortcode": daraja.SandboxShortcode, "amount": "20"}
		change(wrong)
		if _, err := b.RunAction("c2b", "pay", wrong); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A payment by another product is confirmed too, with the same receipt.
func TestPaymentsOfOtherProductsAreConfirmed(t *testing.T) {
	for _, setting := range []string{"on", "off"} {
		other := simulator.Product{Name: "other", Operations: []simulator.Operation{{
			API: "other", Method: "POST", Path: "/other", Execute: func(l *simulator.Locked, _ *simulator.Exchange) (any, error) {
				paid, _ := l.Pay(other(l))
				return paid.Receipt, nil
			},
		}}}
		b := producttest.NewBench(t, c2b.Product(), other)
		if err := b.ChangeSettings(map[string]string{c2b.SettingOthers: setting}); err != nil {
			t.Fatal(err)
		}
		b.Call(c2b.APIRegister, "", registration())
		receipt := b.Call("other", "", producttest.Values{}).Body
		if got := bodies(t, b); setting == "on" && (len(got) != 1 || got[0].TransID != receipt) || setting == "off" && len(got) != 0 {
			t.Errorf("%s: %+v, receipt %v", setting, got, receipt)
		}
	}
}

// What an organisation pays is not confirmed.
func TestPayoutsAreNotConfirmed(t *testing.T) {
	payer := simulator.Product{Name: "payer", Operations: []simulator.Operation{{
		API: "payer", Method: "POST", Path: "/payer", Execute: func(l *simulator.Locked, _ *simulator.Exchange) (any, error) {
			shop, working := daraja.SandboxShortcode, simulator.OrganisationAccount("600984", simulator.AccountWorking)
			for _, to := range []simulator.AccountID{simulator.Wallet(daraja.SandboxMSISDN), simulator.OrganisationAccount(shop, simulator.AccountUtility)} {
				if _, refused := l.Transfer(l.NewTransfer(working, to, daraja.Shilling)); refused != nil {
					return nil, refused
				}
			}
			return "paid", nil
		},
	}}}
	b := producttest.NewBench(t, c2b.Product(), payer)
	b.Call(c2b.APIRegister, "", registration())
	if r := b.Call("payer", "", producttest.Values{}); r.Body != "paid" || len(b.Ledger()) != 2 {
		t.Fatalf("%+v, %d transactions", r, len(b.Ledger()))
	}
	b.Advance(t, time.Minute)
	if len(b.Callbacks) > 0 {
		t.Errorf("%+v", b.Callbacks)
	}
}

func TestRefusals(t *testing.T) {
	b := start(t, unchanged, "")
	r := registration()
	r["ShortCode"] = "600100"
	if got := b.Call(c2b.APIRegister, "", r); got.Err == nil || !strings.Contains(got.Err.Error(), "Service is currently unreachable") {
		t.Errorf("an unknown shortcode: %v", got.Err)
	}
	if err := b.ChangeSettings(map[string]string{c2b.SettingSecond: "refused"}); err != nil {
		t.Fatal(err)
	}
	if got := b.Call(c2b.APIRegister, "", registration()); got.Err == nil || !strings.Contains(got.Err.Error(), "Urls are already registered.") {
		t.Errorf("a second registration: %v", got.Err)
	}
	p := purchase()
	p["ShortCode"] = ""
	if got := b.Call(c2b.APISimulate, "", p); got.Err == nil || !strings.Contains(got.Err.Error(), "400.003.02") {
		t.Errorf("a paybill without a shortcode: %v", got.Err)
	}
}

// A payment that the phone number or a rule lets fail moves nothing and tells nothing.
func TestDecidedFailure(t *testing.T) {
	b := start(t, unchanged, "")
	p := purchase()
	p["Msisdn"] = daraja.Text(simulator.MagicMSISDN(daraja.ResultInsufficient).Digits())
	b.Call(c2b.APISimulate, "", p)
	b.Advance(t, time.Minute)
	if len(b.Callbacks) != 0 || len(b.Ledger()) != 0 {
		t.Errorf("%+v %+v", b.Callbacks, b.Ledger())
	}
}

// other is a payment that another product makes.
func other(l *simulator.Locked) simulator.Transfer {
	t := l.Payment(daraja.SandboxMSISDN, daraja.SandboxShortcode, daraja.Shilling)
	t.API, t.ID = "other", "ws_CO_1"
	return t
}
