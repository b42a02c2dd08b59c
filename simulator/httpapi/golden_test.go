package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// refusals are the synchronous errors of OAuth, STK push and STK query.
func refusals() map[string]func(*rig) *httptest.ResponseRecorder {
	oauth := func(change func(*http.Request)) func(*rig) *httptest.ResponseRecorder {
		return func(r *rig) *httptest.ResponseRecorder {
			req := tokenRequest("sandbox", "sandbox", "client_credentials")
			change(req)
			return r.do(req)
		}
	}
	push := func(changes ...string) func(*rig) *httptest.ResponseRecorder {
		return func(r *rig) *httptest.ResponseRecorder { return r.post(daraja.STKPushPath, pushBody(changes...)) }
	}
	query := func(changes ...string) func(*rig) *httptest.ResponseRecorder {
		return func(r *rig) *httptest.ResponseRecorder { return r.post(daraja.STKQueryPath, queryBody(changes...)) }
	}
	raw := func(path, body string, change func(*http.Request)) func(*rig) *httptest.ResponseRecorder {
		return func(r *rig) *httptest.ResponseRecorder {
			req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+r.token)
			change(req)
			return r.do(req)
		}
	}
	header := func(key, value string) func(*http.Request) {
		return func(req *http.Request) { req.Header.Set(key, value) }
	}
	as := func(method, path string) func(*rig) *httptest.ResponseRecorder {
		return func(r *rig) *httptest.ResponseRecorder { return r.do(httptest.NewRequest(method, path, nil)) }
	}
	form := url.Values{"BusinessShortCode": {"174379"}, "Password": {"x"}}.Encode()
	return map[string]func(*rig) *httptest.ResponseRecorder{
		"oauth/no-authorization":     oauth(func(r *http.Request) { r.Header.Del("Authorization") }),
		"oauth/bearer":               oauth(header("Authorization", "Bearer abc")),
		"oauth/not-base64":           oauth(header("Authorization", "Basic ~~~")),
		"oauth/no-grant":             oauth(func(r *http.Request) { r.URL.RawQuery = "" }),
		"oauth/other-grant":          oauth(func(r *http.Request) { r.URL.RawQuery = "grant_type=password" }),
		"oauth/grant-trailing-space": oauth(func(r *http.Request) { r.URL.RawQuery = "grant_type=client_credentials%20" }),
		"oauth/wrong-key":            oauth(func(r *http.Request) { r.SetBasicAuth("production", "sandbox") }),
		"oauth/wrong-secret":         oauth(func(r *http.Request) { r.SetBasicAuth("sandbox", "Sandbox") }),
		"oauth/post":                 as(http.MethodPost, daraja.TokenPath+"?grant_type=client_credentials"),

		"stkpush/no-token":                raw(daraja.STKPushPath, pushBody(), func(r *http.Request) { r.Header.Del("Authorization") }),
		"stkpush/unknown-token":           raw(daraja.STKPushPath, pushBody(), header("Authorization", "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
		"stkpush/basic-authorization":     raw(daraja.STKPushPath, pushBody(), header("Authorization", "Basic c2FuZGJveDpzYW5kYm94")),
		"stkpush/no-bearer":               raw(daraja.STKPushPath, pushBody(), header("Authorization", "abc")),
		"stkpush/token-before-everything": raw(daraja.STKPushPath, "{", header("Authorization", "Bearer x")),
		"stkpush/get":                     as(http.MethodGet, daraja.STKPushPath),
		"stkpush/put":                     as(http.MethodPut, daraja.STKPushPath),
		"stkpush/unknown-path":            as(http.MethodPost, "/mpesa/stkpush/v2/processrequest"),
		"stkpush/path-with-slash":         as(http.MethodPost, daraja.STKPushPath+"/"),
		"stkpush/path-with-two-slashes":   as(http.MethodPost, "/"+daraja.STKPushPath),

		"stkpush/form":            raw(daraja.STKPushPath, form, header("Content-Type", "application/x-www-form-urlencoded")),
		"stkpush/no-content-type": raw(daraja.STKPushPath, pushBody(), func(r *http.Request) { r.Header.Del("Content-Type") }),
		"stkpush/text":            raw(daraja.STKPushPath, pushBody(), header("Content-Type", "text/plain")),
		"stkpush/malformed":       raw(daraja.STKPushPath, `{"Amount":1,}`, header("X", "")),
		"stkpush/no-body":         raw(daraja.STKPushPath, ``, header("X", "")),
		"stkpush/array":           raw(daraja.STKPushPath, `[]`, header("X", "")),
		"stkpush/null":            raw(daraja.STKPushPath, `null`, header("X", "")),
		"stkpush/two-objects":     raw(daraja.STKPushPath, pushBody()+pushBody(), header("X", "")),
		"stkpush/too-long":        push("Extra", quote(strings.Repeat("x", 64<<10))),
		"stkpush/empty-object":    raw(daraja.STKPushPath, `{}`, header("X", "")),

		"stkpush/BusinessShortCode": push("BusinessShortCode", `"17437x"`),
		"stkpush/Password":          push("Password", `"~"`),
		"stkpush/Timestamp":         push("Timestamp", `"2025-07-07"`),
		"stkpush/TransactionType":   push("TransactionType", `"CustomerPayBill"`),
		"stkpush/till-on-paybill":   push("TransactionType", `"CustomerBuyGoodsOnline"`),
		"stkpush/Amount":            push("Amount", "0"),
		"stkpush/Amount-decimals":   push("Amount", "1.50"),
		"stkpush/Amount-too-much":   push("Amount", "250001"),
		"stkpush/Amount-true":       push("Amount", "true"),
		"stkpush/PartyA":            push("PartyA", `"0708374149"`),
		"stkpush/PartyB":            push("PartyB", `""`),
		"stkpush/PhoneNumber":       push("PhoneNumber", `"+254708374149"`),
		"stkpush/CallBackURL":       push("CallBackURL", `"merchant.example"`),
		"stkpush/AccountReference":  push("AccountReference", ""),
		"stkpush/TransactionDesc":   push("TransactionDesc", ""),

		"stkpush/wrong-credentials": push("Password", quote(daraja.Password("174379", "other", timestamp))),
		"stkpush/other-timestamp":   push("Timestamp", `"20250707180035"`),
		"stkpush/no-merchant":       push("BusinessShortCode", "600100", "Password", password("600100")),
		"stkpush/paybill-on-till":   push("BusinessShortCode", "174381", "Password", password("174381"), "PartyB", "174380"),
		"stkpush/locked": func(r *rig) *httptest.ResponseRecorder {
			r.post(daraja.STKPushPath, pushBody())
			return r.post(daraja.STKPushPath, pushBody("Amount", "2"))
		},

		"stkquery/no-token":          raw(daraja.STKQueryPath, queryBody(), func(r *http.Request) { r.Header.Del("Authorization") }),
		"stkquery/get":               as(http.MethodGet, daraja.STKQueryPath),
		"stkquery/form":              raw(daraja.STKQueryPath, form, header("Content-Type", "application/x-www-form-urlencoded")),
		"stkquery/malformed":         raw(daraja.STKQueryPath, `{`, header("X", "")),
		"stkquery/BusinessShortCode": query("BusinessShortCode", ""),
		"stkquery/Password":          query("Password", ""),
		"stkquery/Timestamp":         query("Timestamp", ""),
		"stkquery/CheckoutRequestID": query("CheckoutRequestID", `"ws_CO_abc"`),
		"stkquery/wrong-credentials": query("Password", password("174380")),
		"stkquery/no-merchant":       query("BusinessShortCode", "600100", "Password", password("600100")),
		"stkquery/unknown-id":        query(),
	}
}

// Every synchronous refusal: status, content type and body to the byte, and a
// reason for the person who has to mend it.
func TestRefusals(t *testing.T) {
	envelope := regexp.MustCompile(`^\{"requestId":"[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}[0-9]+","errorCode":"[0-9.]+","errorMessage":"[^"]+"\}$`)
	for name, send := range refusals() {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil)
			w := send(r)
			record := r.journal.last()
			golden(t, "refused/"+name+".http", "Reason, not on the wire: "+record.Reason+"\n"+onWire(w))
			if record.Reason == "" || record.Status != w.Code {
				t.Errorf("journal: status %d, reason %q", record.Status, record.Reason)
			}
			if body := w.Body.String(); body != "" && !envelope.MatchString(body) {
				t.Errorf("not Daraja's envelope: %s", body)
			} else if body != "" && !strings.Contains(body, `"errorCode":"`+record.ErrorCode+`"`) {
				t.Errorf("journal has error code %q", record.ErrorCode)
			}
			if len(r.sink.sent) != 0 {
				t.Error("a refusal caused a callback")
			}
		})
	}
}

// What the reference has in full, with the values that differ from one request to
// the next replaced. The golden files beside it have them as they are.
func TestAccepted(t *testing.T) {
	r := start(t, nil)
	check := func(name, got, reference string) {
		t.Helper()
		golden(t, name, got)
		_, body, found := strings.Cut(got, "\n\n")
		if !found {
			body = got
		}
		if body := placeholders(body); body != reference {
			t.Errorf("%s\n got %s\nwant %s", name, body, reference)
		}
	}
	check("oauth.http", onWire(r.do(tokenRequest("sandbox", "sandbox", "client_credentials"))),
		`{"access_token":"TOKEN","expires_in":"3599"}`)

	w := r.post(daraja.STKPushPath, pushBody())
	check("stkpush.http", onWire(w),
		`{"MerchantRequestID":"MERCHANT","CheckoutRequestID":"ws_CO_07072025180034153708374149","ResponseCode":"0","ResponseDescription":"Success. Request accepted for processing","CustomerMessage":"Success. Request accepted for processing"}`)
	var ack daraja.STKPushAck
	decode(t, w, &ack)

	check("stkquery-pending.http", onWire(r.query(ack.CheckoutRequestID)),
		`{"ResponseCode":"0","ResponseDescription":"The service request has been accepted successfully","MerchantRequestID":"MERCHANT","CheckoutRequestID":"ws_CO_07072025180034153708374149","ResultCode":"4999","ResultDesc":"The transaction is still under processing"}`)
	check("callback-paid.json", r.callback(t),
		`{"Body":{"stkCallback":{"MerchantRequestID":"MERCHANT","CheckoutRequestID":"ws_CO_07072025180034153708374149","ResultCode":0,"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[{"Name":"Amount","Value":1.00},{"Name":"MpesaReceiptNumber","Value":"RECEIPT"},{"Name":"Balance"},{"Name":"TransactionDate","Value":20250707180036},{"Name":"PhoneNumber","Value":254708374149}]}}}}`)
	check("stkquery-paid.http", onWire(r.query(ack.CheckoutRequestID)),
		`{"ResponseCode":"0","ResponseDescription":"The service request has been accepted successfully","MerchantRequestID":"MERCHANT","CheckoutRequestID":"ws_CO_07072025180034153708374149","ResultCode":"0","ResultDesc":"The service request is processed successfully."}`)

	r.advance(t, time.Minute)
	ack = r.push(t, phone("254700001032")...)
	check("callback-cancelled.json", r.callback(t),
		`{"Body":{"stkCallback":{"MerchantRequestID":"MERCHANT","CheckoutRequestID":"ws_CO_07072025180136153700001032","ResultCode":1032,"ResultDesc":"Request cancelled by user"}}}`)
	check("stkquery-cancelled.http", onWire(r.query(ack.CheckoutRequestID)),
		`{"ResponseCode":"0","ResponseDescription":"The service request has been accepted successfully","MerchantRequestID":"MERCHANT","CheckoutRequestID":"ws_CO_07072025180136153700001032","ResultCode":"1032","ResultDesc":"Request cancelled by user"}`)
}

func placeholders(s string) string {
	s = regexp.MustCompile(`"access_token":"[A-Za-z0-9]{28}"`).ReplaceAllString(s, `"access_token":"TOKEN"`)
	s = regexp.MustCompile(`"[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}[0-9]{4,8}"`).ReplaceAllString(s, `"MERCHANT"`)
	return regexp.MustCompile(`"TG7[0-9A-Z]{7}"`).ReplaceAllString(s, `"RECEIPT"`)
}
