package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// Every field that has digits may be a JSON string or a number.
func TestNumbersAndStrings(t *testing.T) {
	for _, name := range []string{"BusinessShortCode", "Timestamp", "Amount", "PartyA", "PartyB", "PhoneNumber"} {
		for _, form := range []func(string) string{func(s string) string { return s }, quote} {
			value := map[string]string{
				"BusinessShortCode": "174379", "Timestamp": timestamp, "Amount": "150",
				"PartyA": "254712345678", "PartyB": "174379", "PhoneNumber": "254712345678",
			}[name]
			t.Run(name+"="+form(value), func(t *testing.T) { start(t, nil).push(t, name, form(value)) })
		}
	}
	t.Run("query", func(t *testing.T) {
		r := start(t, nil)
		id := quote(r.push(t).CheckoutRequestID)
		for _, code := range []string{"174379", `"174379"`} {
			for _, stamp := range []string{timestamp, quote(timestamp)} {
				w := r.post(daraja.STKQueryPath, queryBody("CheckoutRequestID", id, "BusinessShortCode", code, "Timestamp", stamp))
				if w.Code != http.StatusOK {
					t.Errorf("%s, %s: %s", code, stamp, w.Body)
				}
			}
		}
	})
}

func TestContentTypes(t *testing.T) {
	r := start(t, nil)
	for header, status := range map[string]int{
		"application/json":                  200,
		"Application/JSON; charset=utf-8":   200,
		"application/json;charset=UTF-8":    200,
		"application/json;":                 200,
		"application/jsonp":                 400,
		"text/json":                         400,
		"multipart/form-data; boundary=x":   400,
		"application/x-www-form-urlencoded": 400,
		";":                                 400,
	} {
		r.advance(t, time.Minute)
		req := httptest.NewRequest(http.MethodPost, daraja.STKPushPath, strings.NewReader(pushBody()))
		req.Header.Set("Authorization", "Bearer "+r.token)
		req.Header.Set("Content-Type", header)
		if w := r.do(req); w.Code != status {
			t.Errorf("%s: HTTP %d %s", header, w.Code, w.Body)
		}
	}
}

// Names are exact, as they are to Safaricom's parser and are not to Go's: a
// misspelt name is a missing field, and the journal says so.
func TestNamesAreExact(t *testing.T) {
	r := start(t, nil)
	w := r.post(daraja.STKPushPath, pushBody("PhoneNumber", "", "phonenumber", "254708374149"))
	if w.Code != 400 || !strings.Contains(w.Body.String(), "Bad Request - Invalid PhoneNumber") {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
	if why := r.journal.last().Reason; !strings.HasSuffix(why, `the request says "phonenumber", but names are exact: "PhoneNumber"`) {
		t.Errorf("reason: %s", why)
	}
	r.push(t, "phonenumber", "1", "Extra", `{"a":[1]}`) // beside the right one it is an unknown field, which Daraja ignores
}

// A refusal that was decided on has nothing to do with the names.
func TestNamesAreNotBlamedForWhatWasDecided(t *testing.T) {
	refused := daraja.ErrInvalidField("Amount")
	r := does(t, simulator.ReplyFaults{Error: &refused})
	r.post(daraja.STKPushPath, pushBody("PhoneNumber", "", "phonenumber", "254708374149"))
	if why := r.journal.last().Reason; strings.Contains(why, "phonenumber") || why == "" {
		t.Errorf("reason: %s", why)
	}
}

func TestOfADuplicateTheLastCounts(t *testing.T) {
	r := start(t, nil)
	body := strings.Replace(pushBody(), `"Amount":1`, `"Amount":0,"Amount":7`, 1)
	if w := r.post(daraja.STKPushPath, body); w.Code != 200 {
		t.Fatalf("HTTP %d %s", w.Code, w.Body)
	}
	if cb := r.callback(t); !strings.Contains(cb, `{"Name":"Amount","Value":7.00}`) {
		t.Error(cb)
	}
}

func TestTimestampsOfAnyAgeAreTaken(t *testing.T) {
	r := start(t, nil)
	const old = "20160216165627"
	r.push(t, "Timestamp", quote(old), "Password", quote(daraja.Password("174379", daraja.SandboxPasskey, old)))
}

func TestTokensExpire(t *testing.T) {
	r := start(t, nil)
	r.advance(t, 3598*time.Second)
	r.push(t)
	r.advance(t, time.Second)
	w := r.post(daraja.STKPushPath, pushBody())
	if w.Code != 404 || !strings.Contains(w.Body.String(), `"errorCode":"404.001.03","errorMessage":"Invalid Access Token"`) {
		t.Errorf("after 3599 s: HTTP %d %s", w.Code, w.Body)
	}
	if why := r.journal.last().Reason; why != "the token expired 0s ago" {
		t.Errorf("reason: %s", why)
	}
	r.token = r.newToken(t)
	r.advance(t, time.Second) // the first prompt ends
	r.push(t)
}

// The callback URLs of Safaricom's rules, and what a local tool takes of them.
func TestCallbackURLs(t *testing.T) {
	const both, sandbox, lax, none = "both", "in the sandbox", "only when not strict", "none"
	for url, want := range map[string]string{
		"https://merchant.example/stk":            both,
		"https://merchant.example:8443/a/b?c=d":   both,
		"https://example.invalid/no/such/host":    both,
		"http://merchant.example/stk":             sandbox,
		"http://localhost:8080/stk":               lax,
		"https://localhost/stk":                   lax,
		"https://127.0.0.1/stk":                   lax,
		"https://[::1]/stk":                       lax,
		"https://Merchant.example/stk":            lax,
		"https://merchant.example/mpesa":          lax,
		"https://merchant.example/M-PESA":         lax,
		"https://safaricom.merchant.example/":     lax,
		"https://merchant.example/stk.exe":        lax,
		"https://merchant.example/exec":           lax,
		"https://merchant.example/CMD":            lax,
		"https://merchant.example/mysql":          lax,
		"https://merchant.example/stk?Query=1":    lax,
		"https://abc.ngrok.io/stk":                sandbox,
		"https://mockbin.example/stk":             sandbox,
		"https://requestbin.example/stk":          sandbox,
		"https://merchant.example/<id>":           none,
		"https://merchant.example/a b":            none,
		"ftp://merchant.example/stk":              none,
		"//merchant.example/stk":                  none,
		"merchant.example/stk":                    none,
		"https:///stk":                            none,
		"":                                        none,
		"javascript:alert(1)":                     none,
		"https://merchant.example/%zz":            none,
		"https://merchant.example:port/callbacks": none,
	} {
		for _, strict := range []string{"off", "sandbox", "production", "on"} {
			r := start(t, map[string]string{simulator.SettingStrictCallbacks: strict})
			w := r.post(daraja.STKPushPath, pushBody("CallBackURL", quote(url)))
			accepted := want == both || want == sandbox && strict == "sandbox" || want != none && strict == "off"
			refused := w.Code == 400 && strings.Contains(w.Body.String(), `"400.002.02","errorMessage":"Bad Request - Invalid CallBackURL"`)
			if accepted != (w.Code == 200) || accepted == refused {
				t.Errorf("strict %s, %q: HTTP %d %s; taken: %s", strict, url, w.Code, w.Body, want)
			}
		}
	}
}

func TestWhatIsKept(t *testing.T) {
	r := start(t, nil)
	ack := r.push(t)
	r.query(ack.CheckoutRequestID)
	r.do(httptest.NewRequest(http.MethodGet, "/nowhere?secret=hush&a=1", nil))
	real := journal.New(journal.Config{World: "default"})
	for _, k := range r.journal.list() {
		real.Add(k)
	}
	records := real.Find(journal.Filter{}).Records
	if len(records) != 4 {
		t.Fatalf("%d requests kept, want 4", len(records))
	}
	all, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{r.token, daraja.Password("174379", daraja.SandboxPasskey, timestamp), "c2FuZGJveDpzYW5kYm94", "hush"} {
		if strings.Contains(string(all), secret) {
			t.Errorf("the journal has %s", secret)
		}
	}
	push := records[1]
	want := journal.Record{
		Seq: 2, World: "default", Kind: journal.KindRequest, API: stk.APIPush, Payment: ack.CheckoutRequestID,
		Phone: "254708374149", Reference: "INV-001", Shortcode: "174379", Amount: "1",
		Method: http.MethodPost, URL: daraja.STKPushPath, Status: 200, Faults: []string{},
		RequestHeader: map[string]string{"Authorization": "Bearer [redacted]", "Content-Type": "application/json"},
		Request:       json.RawMessage(strings.ReplaceAll(pushBody(), daraja.Password("174379", daraja.SandboxPasskey, timestamp), "[redacted]")),
	}
	if !push.At.Equal(epoch()) || !strings.HasPrefix(string(push.Response), `{"MerchantRequestID":"`) {
		t.Errorf("push at %s answered %s", push.At, push.Response)
	}
	push.At, push.Response = time.Time{}, nil
	if !reflect.DeepEqual(push, want) {
		t.Errorf("push kept as\n%+v\nwant\n%+v", push, want)
	}
	if records[2].API != stk.APIQuery || records[2].Payment != ack.CheckoutRequestID || records[3].API != simulator.APIUnknown ||
		records[3].URL != "/nowhere?secret=[redacted]&a=1" {
		t.Errorf("records %+v, %+v", records[2], records[3])
	}
	if log := r.log.String(); strings.Contains(log, "708374149") || strings.Contains(log, r.token) || !strings.Contains(log, "api=stkpush status=200") {
		t.Errorf("log: %s", log)
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	r := startWith(t, nil, func(int64, daraja.MSISDN) simulator.Person { panic("no such person") })
	w := r.post(daraja.STKPushPath, pushBody())
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"errorCode":"500.003.1001","errorMessage":"Internal Server Error"}`) {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
	if log := r.log.String(); !strings.Contains(log, "no such person") || !strings.Contains(log, "customers.go") {
		t.Errorf("log: %s", log)
	}
	if r.post(daraja.STKQueryPath, queryBody()).Code != 500 { // answers, so the world is not locked
		t.Error("the world does not answer after a panic")
	}
}

// FuzzPush holds that any body is answered with Daraja's JSON, and that nothing but
// a push that is right in every field is accepted.
func FuzzPush(f *testing.F) {
	for _, s := range []string{pushBody(), `{}`, `[]`, `{"Amount":1e999}`, `{"Password":{"a":[]}}`, "{\"PhoneNumber\":\"\xff\"}", `{"CallBackURL":"http://[::1"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := start(t, nil)
		w := r.post(daraja.STKPushPath, body)
		var answer map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%q: %s: %v", body, w.Body, err)
		}
		switch {
		case w.Code == 200 && answer["ResponseCode"] == "0" && json.Valid([]byte(body)):
		case w.Code != 200 && answer["errorCode"] != "" && answer["errorCode"] != "500.003.1001":
		default:
			t.Fatalf("%q: HTTP %d %s\n%s", body, w.Code, w.Body, r.log)
		}
	})
}
