package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	mpesa "github.com/jwambugu/mpesa-golang-sdk"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/clock"
)

// redirected sends requests for sandbox.safaricom.co.ke, which the client cannot
// be made to leave, to the simulator. It changes nothing else.
type redirected struct{ to *url.URL }

// Do implements mpesa.HttpClient.
func (c redirected) Do(req *http.Request) (*http.Response, error) {
	req.URL.Scheme, req.URL.Host, req.Host = c.to.Scheme, c.to.Host, ""
	return http.DefaultClient.Do(req)
}

// A client of another author, written for Safaricom's sandbox, works
// against the simulator unmodified.
func TestThirdPartyClient(t *testing.T) {
	now := clock.NewFrozen(time.Date(2025, 7, 7, 18, 0, 34, 0, daraja.EAT()))
	s := start(t, app.Config{Clock: now, ScenarioSource: []byte("rules:\n  - then: {result: 0, callback: {drop: true}}\n")})
	to, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := mpesa.NewApp(redirected{to}, "sandbox", "sandbox", mpesa.EnvironmentSandbox)

	token, err := client.GenerateAccessToken(t.Context())
	if err != nil || len(token) != 28 {
		t.Fatalf("token of %d characters, %v", len(token), err)
	}
	push := mpesa.STKPushRequest{
		BusinessShortCode: 174379,
		TransactionType:   mpesa.CustomerPayBillOnlineTransactionType,
		Amount:            10,
		PartyA:            254708374149,
		PartyB:            174379,
		PhoneNumber:       254708374149,
		CallBackURL:       "https://merchant.example/stk",
		AccountReference:  "INV-001",
		TransactionDesc:   "Payment",
	}
	pushed, err := client.STKPush(t.Context(), daraja.SandboxPasskey, push)
	if err != nil || pushed.ResponseCode != "0" || !strings.HasPrefix(pushed.CheckoutRequestID, "ws_CO_07072025180034") {
		t.Fatalf("push: %+v, %v", pushed, err)
	}
	for _, want := range []struct{ code, desc string }{
		{"4999", "The transaction is still under processing"},
		{"0", "The service request is processed successfully."},
	} {
		result, err := client.STKQuery(t.Context(), daraja.SandboxPasskey, mpesa.STKQueryRequest{BusinessShortCode: 174379, CheckoutRequestID: pushed.CheckoutRequestID})
		if err != nil || result.ResultCode != want.code || result.ResultDesc != want.desc || result.MerchantRequestID != pushed.MerchantRequestID {
			t.Errorf("query: %+v, %v, want %s", result, err, want.code)
		}
		advance(t, now, time.Minute)
	}
	push.Amount = 0
	refused, err := client.STKPush(t.Context(), daraja.SandboxPasskey, push)
	if err == nil {
		t.Errorf("a push without an amount is accepted: %+v", refused)
	} else if !strings.Contains(err.Error(), "Invalid Amount") {
		t.Errorf("a push without an amount: %v", err)
	}
}
