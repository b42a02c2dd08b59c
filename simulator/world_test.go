package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

func TestPaymentMovesMoney(t *testing.T) {
	b := newBench(t, nil)
	ack := b.push(t, order(daraja.SandboxMSISDN, 150))
	b.advance(t, 2*time.Second-1)
	if len(b.sink.sent) != 0 {
		t.Fatal("the customer was faster than the think time")
	}
	b.advance(t, 1)
	cb := b.sink.last(t)
	ledger := b.Ledger()
	if len(ledger) != 1 || ledger[0].Receipt != cb.Payment.Receipt || ledger[0].Amount != 150*daraja.Shilling ||
		ledger[0].ID != ack.CheckoutRequestID || ledger[0].Reference != "INV-1" {
		t.Errorf("the ledger is %+v, the callback %+v", ledger, cb.Payment)
	}
	if got := b.sink.sent[0]; got.URL != "http://localhost/callback" || got.Shortcode != daraja.SandboxShortcode || got.Plan.Copies != 1 {
		t.Errorf("the callback is %+v", got)
	}
}

// Each field's refusal, in the order in which Daraja looks at them.
func TestFieldRefusals(t *testing.T) {
	tests := []struct {
		field  string
		change func(*daraja.STKPush)
	}{
		{"BusinessShortCode", func(o *daraja.STKPush) { o.BusinessShortCode = "12" }},
		{"Password", func(o *daraja.STKPush) { o.Password = "not base64!" }},
		{"Timestamp", func(o *daraja.STKPush) { o.Timestamp = "2026" }},
		{"TransactionType", func(o *daraja.STKPush) { o.TransactionType = "PayBill" }},
		{"Amount", func(o *daraja.STKPush) { o.Amount = "0" }},
		{"Amount", func(o *daraja.STKPush) { o.Amount = "5.80" }},
		{"Amount", func(o *daraja.STKPush) { o.Amount = "250001" }},
		{"PartyA", func(o *daraja.STKPush) { o.PartyA = "0708374149" }},
		{"PartyB", func(o *daraja.STKPush) { o.PartyB = "" }},
		{"PhoneNumber", func(o *daraja.STKPush) { o.PhoneNumber = "254208374149" }},
		{"CallBackURL", func(o *daraja.STKPush) { o.CallBackURL = "localhost" }},
		{"Remarks", func(o *daraja.STKPush) { o.TransactionDesc = "" }},
		{"AccountReference", func(o *daraja.STKPush) { o.AccountReference = "" }},
	}
	b := newBench(t, nil)
	for i, tt := range tests {
		o := order(daraja.SandboxMSISDN, 1)
		for _, later := range tests[i:] {
			later.change(&o)
		}
		_, _, err := b.try(t, o)
		if e := refusal(t, err); e.Code != "400.002.02" || e.Message != "Bad Request - Invalid "+tt.field {
			t.Errorf("got %s %q, want the fault in %s first", e.Code, e.Message, tt.field)
		}
	}
}

func TestStrictCallbacks(t *testing.T) {
	b := newBench(t, map[string]string{simulator.SettingStrictCallbacks: "on"})
	o := order(daraja.SandboxMSISDN, 1)
	o.TransactionDesc = "" // a later fault
	_, _, err := b.try(t, o)
	if e := refusal(t, err); e.Message != "Bad Request - Invalid CallBackURL" {
		t.Errorf("got %q", e.Message)
	}
}

func TestMerchantRefusals(t *testing.T) {
	till := func(o *daraja.STKPush) {
		o.BusinessShortCode, o.PartyB = simulator.SandboxStore, simulator.SandboxTill
		o.Password = daraja.Text(daraja.Password(simulator.SandboxStore, daraja.SandboxPasskey, stamp))
	}
	tests := []struct {
		name, message string
		change        func(*daraja.STKPush)
	}{
		{"unknown shortcode", "Merchant does not exist", func(o *daraja.STKPush) { o.BusinessShortCode = "600000" }},
		{"another stamp", "Wrong credentials", func(o *daraja.STKPush) { o.Timestamp = "20160101000001" }},
		{"buy goods for a paybill", "Bad Request - Invalid TransactionType", func(o *daraja.STKPush) { o.TransactionType = daraja.CustomerBuyGoodsOnline }},
		{"paybill for a till", "Merchant not allowed to carry out transaction type CustomerPayBillOnline", till},
	}
	b := newBench(t, nil)
	for _, tt := range tests {
		o := order(daraja.SandboxMSISDN, 1)
		tt.change(&o)
		_, _, err := b.try(t, o)
		if e := refusal(t, err); e.Message != tt.message {
			t.Errorf("%s: %q, want %q", tt.name, e.Message, tt.message)
		}
	}
	o := order(daraja.SandboxMSISDN, 1)
	till(&o)
	o.TransactionType = daraja.CustomerBuyGoodsOnline
	b.push(t, o)
	b.advance(t, time.Minute)
	if cb := b.sink.last(t); cb.ResultCode != daraja.ResultSuccess {
		t.Errorf("the till got %s", cb.ResultCode)
	}
}

func TestDefaultOutcome(t *testing.T) {
	tests := []struct {
		name     string
		settings map[string]string
		change   func(*daraja.STKPush)
		want     daraja.ResultCode
	}{
		{"pays", nil, func(*daraja.STKPush) {}, daraja.ResultSuccess},
		{"too little money", nil, func(o *daraja.STKPush) { o.PhoneNumber = "254711000000"; o.Amount = "51" }, daraja.ResultInsufficient},
		{"just enough", nil, func(o *daraja.STKPush) { o.PhoneNumber = "254711000000"; o.Amount = "50" }, daraja.ResultSuccess},
		{"another PartyB", nil, func(o *daraja.STKPush) { o.PartyB = "600000" }, daraja.ResultNotPermitted},
		{"a prompt that does not fit", nil, func(o *daraja.STKPush) { o.AccountReference = daraja.Text(strings.Repeat("a", 182)) }, daraja.ResultPushFailed},
	}
	for _, tt := range tests {
		b := newBench(t, tt.settings)
		fifty := 50 * daraja.Shilling
		if err := b.Apply(simulator.Setup{Customers: []simulator.CustomerSetup{{Phone: "254711000000", Balance: &fifty}}}); err != nil {
			t.Fatal(err)
		}
		o := order(daraja.SandboxMSISDN, 1)
		tt.change(&o)
		b.push(t, o)
		b.advance(t, time.Minute)
		if cb := b.sink.last(t); cb.ResultCode != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, cb.ResultCode, tt.want)
		}
	}
}

func TestSameAmountGuard(t *testing.T) {
	b := newBench(t, map[string]string{simulator.SettingSameAmount: "on"})
	pay := func(shillings int) daraja.ResultCode {
		b.push(t, order(daraja.SandboxMSISDN, shillings))
		b.advance(t, 2*time.Second)
		return b.sink.last(t).ResultCode
	}
	if got := pay(10); got != daraja.ResultSuccess {
		t.Errorf("the first: %s", got)
	}
	if got := pay(10); got != daraja.ResultRuleLimited {
		t.Errorf("the same within two minutes: %s", got)
	}
	if got := pay(11); got != daraja.ResultSuccess {
		t.Errorf("another amount: %s", got)
	}
	if got := pay(11); got != daraja.ResultRuleLimited {
		t.Errorf("that again: %s", got)
	}
	b.advance(t, 2*time.Minute)
	if got := pay(11); got != daraja.ResultSuccess {
		t.Errorf("after two minutes: %s", got)
	}
}

func TestOnePromptAtATime(t *testing.T) {
	b := newBench(t, nil)
	b.push(t, order(daraja.SandboxMSISDN, 1))
	b.advance(t, time.Second)
	_, _, err := b.try(t, order(daraja.SandboxMSISDN, 2))
	if e := refusal(t, err); !strings.HasPrefix(e.Message, "Unable to lock subscriber") || !strings.Contains(e.Reason, "2547XXXXX149") {
		t.Errorf("got %q because %q", e.Message, e.Reason)
	}
	b.push(t, order("254711000001", 1)) // another customer
	b.advance(t, time.Second)
	b.push(t, order(daraja.SandboxMSISDN, 2)) // the first prompt has ended
}

func TestTokensExpire(t *testing.T) {
	b := newBench(t, nil)
	call := b.call(t)
	id := b.push(t, order(daraja.SandboxMSISDN, 1)).CheckoutRequestID
	b.advance(t, 3599*time.Second-1)
	if _, _, err := b.Query(call, query(id)); err != nil {
		t.Errorf("a token in its last moment: %v", err)
	}
	b.advance(t, 1)
	for header, code := range map[string]string{
		call.Authorization: "404.001.03", "": "404.001.03", "Bearer unknown": "404.001.03",
		"Basic x": "404.001.04", "Bearer ": "404.001.04", call.Authorization[len("Bearer "):]: "404.001.04",
	} {
		for name, err := range map[string]error{
			"query": third(b.Query(simulator.Call{Authorization: header}, query(id))),
			"push":  third(b.Push(simulator.Call{Authorization: header}, order("254711000009", 1))),
		} {
			if e := refusal(t, err); e.Code != code {
				t.Errorf("%s with %q: %s, want %s", name, header, e.Code, code)
			}
		}
	}
}

func third[A, B any](_ A, _ B, err error) error { return err }

func TestTokenRefusals(t *testing.T) {
	tests := []struct {
		code   string
		status int
		change func(*tokenRequest)
	}{
		{"400.008.01", 400, func(r *tokenRequest) { r.Basic = false }},
		{"400.008.02", 400, func(r *tokenRequest) { r.GrantType = "client_credentials " }},
		{"", 400, func(r *tokenRequest) { r.Key = "unknown" }},
		{"", 400, func(r *tokenRequest) { r.Secret = "guessed" }},
	}
	b := newBench(t, nil)
	for _, tt := range tests {
		r := credentials()
		tt.change(&r)
		_, _, err := b.Token(simulator.Call{}, r)
		if e := refusal(t, err); e.Code != tt.code || e.Status != tt.status {
			t.Errorf("%+v: %v", r, e)
		}
	}
}

func TestTokenInvalidation(t *testing.T) {
	for setting, want := range map[string]bool{"off": true, "on": false} {
		b := newBench(t, map[string]string{oauth.SettingInvalidate: setting})
		id := b.push(t, order(daraja.SandboxMSISDN, 1)).CheckoutRequestID
		first := b.call(t)
		if _, _, err := b.Token(simulator.Call{}, credentials()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Query(first, query(id)); (err == nil) != want {
			t.Errorf("%s: the first token after the second was given out: %v", setting, err)
		}
	}
}

func TestReusedReceipt(t *testing.T) {
	b := newBench(t, nil)
	b.apply(t, simulator.Setup{Decider: &rules{decide: func(r simulator.Request) (simulator.Outcome, bool) {
		return simulator.Outcome{Callback: simulator.CallbackPlan{Faults: oldReceipt(r.Reference == "again")}}, true
	}}})
	pay := func(reference string) string {
		o := order(daraja.SandboxMSISDN, 10)
		o.AccountReference = daraja.Text(reference)
		b.push(t, o)
		b.advance(t, 2*time.Second)
		return b.sink.last(t).Payment.Receipt
	}
	first, second := pay("first"), pay("again")
	if first != second {
		t.Errorf("receipts %s and %s, want the same", first, second)
	}
	if l := b.Ledger(); len(l) != 2 || l[0].Receipt == l[1].Receipt {
		t.Errorf("the ledger must know better: %+v", l)
	}
}

func TestPendingQueryHasThreeForms(t *testing.T) {
	for setting, want := range map[string]daraja.Error{"4999": {}, "500": daraja.ErrProcessing(), "200": daraja.ErrProcessingSilently()} {
		b := newBench(t, map[string]string{stk.SettingPendingQuery: setting})
		ack := b.push(t, order(daraja.SandboxMSISDN, 1))
		q, err := b.ask(t, ack.CheckoutRequestID)
		if want.Code == "" {
			if err != nil || q.ResultCode != "4999" || q.ResultDesc != "The transaction is still under processing" {
				t.Errorf("%s: %+v, %v", setting, q, err)
			}
		} else if e := refusal(t, err); e.Code != want.Code || e.Status != want.Status || e.Message != want.Message {
			t.Errorf("%s: %v", setting, e)
		}
		b.advance(t, 2*time.Second)
		if q, err := b.ask(t, ack.CheckoutRequestID); err != nil || q.ResultCode != "0" {
			t.Errorf("%s: after the end %+v, %v", setting, q, err)
		}
	}
}

func TestQueryRefusals(t *testing.T) {
	b := newBench(t, nil)
	for id, message := range map[string]string{
		"ws_CO_18082026120000000708374149": "The transaction does not Exist",
		"no id at all":                     "Bad Request - Invalid CheckoutRequestID",
		"":                                 "Bad Request - Invalid CheckoutRequestID",
	} {
		_, err := b.ask(t, id)
		if e := refusal(t, err); e.Message != message {
			t.Errorf("%q: %q, want %q", id, e.Message, message)
		}
	}
}

func TestReset(t *testing.T) {
	b := newBench(t, map[string]string{simulator.SettingThinkTime: "5s"})
	if err := b.Apply(simulator.Setup{Settings: map[string]string{simulator.SettingThinkTime: "1s"}}); err != nil {
		t.Fatal(err)
	}
	call := b.call(t)
	id := b.push(t, order(daraja.SandboxMSISDN, 1)).CheckoutRequestID
	b.Reset()
	if _, _, err := b.Query(call, query(id)); !strings.Contains(refusal(t, err).Message, "does not Exist") {
		t.Errorf("the reset took the token, or left the prompt: %v", err)
	}
	b.advance(t, time.Hour)
	if len(b.sink.sent) != 0 || len(b.Ledger()) != 0 {
		t.Error("a prompt ended after the reset")
	}
	b.push(t, order(daraja.SandboxMSISDN, 1))
	b.advance(t, 4*time.Second)
	if len(b.sink.sent) != 0 {
		t.Error("the scenario's think time is still in force")
	}
	b.advance(t, time.Second)
	if len(b.sink.sent) != 1 {
		t.Error("no callback after the reset")
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for name, value := range map[string]string{
		"no_such": "on", stk.SettingPendingQuery: "5000", simulator.SettingThinkTime: "soon", simulator.SettingCallbackCopies: "0",
	} {
		err := all.Catalogue().CheckSettings(map[string]string{name: value})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
	for _, s := range all.Catalogue().Settings() {
		if err := s.Check(s.Default); err != nil {
			t.Errorf("the default of %s: %v", s.Name, err)
		}
		for _, v := range s.Allowed {
			if err := all.Catalogue().CheckSettings(map[string]string{s.Name: v}); err != nil {
				t.Error(err)
			}
		}
		if s.Doc == "" || (s.Allowed == nil) == (s.Form == "") {
			t.Errorf("%s is not described", s.Name)
		}
	}
}

// oldReceipt is the fault of a callback with an earlier receipt, or none.
func oldReceipt(is bool) simulator.Faults {
	if !is {
		return nil
	}
	return simulator.Faults{"reuse_receipt_of": "previous"}
}
