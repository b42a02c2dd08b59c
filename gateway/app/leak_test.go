package app_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/testkit"
)

const (
	leakKey      = "dbx_live_5f0e9a3bc27d4186"
	leakApp      = "GZqVnTfyO3kd8sWbA1xu"
	leakSecret   = "t9ScPzLwXj2vRmQe"
	leakPasskey  = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
	leakPhone    = "254712345678"
	leakNational = "712345678"
	leakToken    = "c9SQxWWhmdVRlyh0zh8gZDTkubVF" // what newDaraja hands out
	leakQuery    = "partners-own-secret"
	leakCheckout = "ws_CO_18082026120000000" + leakNational
)

// leaky runs a gateway through all that a payment can meet, with an M-PESA that
// repeats whatever it is told, and returns everything that somebody else than the
// partner may read.
type leaky struct {
	t       *testing.T
	a       *app.App
	d       *fakeDaraja
	replies strings.Builder // what was answered to those who asked wrongly
	secrets []string
}

// ask posts and keeps what was refused.
func (l *leaky) ask(path, body string, header ...string) response {
	l.t.Helper()
	got := post(l.t, l.a.URL()+path, body, append([]string{"X-API-KEY", leakKey}, header...)...)
	if got.status != http.StatusOK {
		l.replies.WriteString(got.body)
	}
	return got
}

func (l *leaky) order(webhook string) response {
	l.t.Helper()
	return l.ask("/api/v1/mpesa/stk_push", fmt.Sprintf(`{"phone":%q,"amount":150,"callback_url":%q}`, leakPhone, webhook+"?secret="+leakQuery))
}

// pushed waits for a push and learns its secrets.
func (l *leaky) pushed() (p daraja.STKPush, path string) {
	l.t.Helper()
	p = next(l.t, l.d.made)
	url := string(p.CallBackURL)
	l.secrets = append(l.secrets, string(p.Password), url[strings.LastIndex(url, "/")+1:])
	return p, strings.TrimPrefix(url, l.a.URL())
}

func echo(n int) (int, string) {
	if n == 1 {
		return 200, fmt.Sprintf(`{"MerchantRequestID":"29115-1-1","CheckoutRequestID":%q,"ResponseCode":"0","ResponseDescription":"ok"}`, leakCheckout)
	}
	if n == 3 {
		return 0, "" // it hangs up
	}
	password := daraja.Password("600000", leakPasskey, daraja.Timestamp(time.Now()))
	return 500, fmt.Sprintf(`{"requestId":"1","errorCode":"500.001.1001","errorMessage":"Wrong credentials %s %s %s %s"}`, password, leakPasskey, leakPhone, leakToken)
}

func TestNoSecretAndNoPhoneLeavesTheGateway(t *testing.T) {
	d, p, c, log := newDaraja(t), newPartner(t), newCollector(t), &testkit.Log{}
	d.onPush = func(_ context.Context, n int) (int, string) { return echo(n) }
	asked := make(chan string, 10)
	d.onQuery = func(id string) (int, string) {
		asked <- id
		return 200, fmt.Sprintf(`{"ResponseCode":"7","ResponseDescription":"no %s of %s"}`, id, leakPhone)
	}
	cfg := config(t, d.URL)
	cfg.ConsumerKey, cfg.ConsumerSecret, cfg.Shortcode, cfg.Passkey = leakApp, leakSecret, "600000", leakPasskey
	cfg.Partners = []app.PartnerConfig{{Name: "shop", Key: leakKey}}
	cfg.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.OpsAddr, cfg.OTLPEndpoint, cfg.Waits.Callback = "127.0.0.1:0", c.URL, time.Millisecond
	l := &leaky{t: t, a: start(t, cfg), d: d}
	p.answers(func(context.Context) int { return 503 })

	l.order(p.URL)
	push, callback := l.pushed()
	next(t, asked)
	l.badCallbacks(callback)
	l.goodCallback(push, callback)
	for range 4 { // until it is exhausted
		next(t, p.received)
	}
	l.order("http://127.0.0.1:1") // refused
	l.pushed()
	l.order("http://127.0.0.1:1") // unanswered
	l.pushed()
	l.strangers()
	shown := l.pages()
	stop(t, l.a)

	c.mu.Lock()
	defer c.mu.Unlock()
	for what, text := range map[string]string{"the log": log.String(), "a page": shown, "a span": c.raw.String(), "an answer": l.replies.String()} {
		if len(text) == 0 {
			t.Errorf("%s is empty: nothing was proved", what)
		}
		l.search(what, text)
	}
	checkLines(t, log.String())
}

// badCallbacks quote the phone in every place that an error might repeat.
func (l *leaky) badCallbacks(path string) {
	for _, body := range []string{
		leakPhone, `{"Body":` + leakPhone + `}`, `{"Body":{"stkCallback":{"ResultCode":{"` + leakPhone + `":1}}}}`,
		fmt.Sprintf(`{"Body":{"stkCallback":{"CheckoutRequestID":%q,"ResultCode":0,"CallbackMetadata":{"Item":[{"Name":"Amount","Value":"KES %s"}]}}}}`, leakCheckout, leakPhone),
		fmt.Sprintf(`{"Body":{"stkCallback":{"CheckoutRequestID":%q,"ResultCode":0,"CallbackMetadata":{"Item":[{"Name":"%s","Value":[]}]}}}}`, leakCheckout, leakPhone),
		fmt.Sprintf(`{"Body":{"stkCallback":{"CheckoutRequestID":%q,"ResultCode":%q}}}`, leakCheckout, leakPhone),
	} {
		l.ask(path, body)
	}
	l.ask("/daraja/stk/"+leakPhone, leakPhone)
}

func (l *leaky) goodCallback(p daraja.STKPush, path string) {
	cb := daraja.STKCallback{
		MerchantRequestID: merchantID(1), CheckoutRequestID: leakCheckout, ResultCode: daraja.ResultSuccess, ResultDesc: "ok",
		Payment: &daraja.STKPayment{Amount: 15000, Receipt: "TEM0000001", Phone: string(p.PhoneNumber), At: time.Date(2025, 5, 22, 11, 47, 5, 0, daraja.EAT())},
	}
	body, err := cb.Encode(daraja.CallbackStyle{})
	if err != nil {
		l.t.Fatal(err)
	}
	if got := l.ask(path, string(body)); got.status != 200 {
		l.t.Errorf("the callback was answered %+v", got)
	}
}

// strangers ask for what they may not have.
func (l *leaky) strangers() {
	l.ask("/api/v1/mpesa/stk_push", `{"phone":"+`+leakPhone+`9","amount":1}`)
	l.ask("/api/v1/mpesa/stk_push", `{"phone":{"x":"`+leakPhone+`"},"amount":1}`)
	l.ask("/api/v1/mpesa/stk_push", `{"phone":"`+leakPhone+`","amount":"`+leakPhone+`"}`)
	l.ask("/api/v1/mpesa/stk_push", leakPhone)
	l.ask("/api/v1/mpesa/stk_push", `{}`, "X-API-KEY", leakKey+"x")
	l.ask("/api/v1/"+leakPhone, "")
}

// pages are what those see who run the gateway.
func (l *leaky) pages() string {
	var all strings.Builder
	for _, path := range []string{"/metrics", "/readyz", "/livez", "/debug/pprof/goroutine?debug=2", "/debug/pprof/cmdline"} {
		got, err := do(l.t.Context(), http.MethodGet, l.a.OpsURL()+path, "")
		if err != nil {
			l.t.Fatal(err)
		}
		all.WriteString(got.body)
	}
	return all.String()
}

func (l *leaky) search(what, text string) {
	mac := hmac.New(sha256.New, []byte(leakKey))
	_, _ = io.WriteString(mac, "darajabox webhook secret")
	secrets := append([]string{
		leakPhone, leakNational, leakKey, leakApp, leakSecret, leakPasskey, leakToken, leakQuery,
		base64.StdEncoding.EncodeToString([]byte(leakApp + ":" + leakSecret)), base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}, l.secrets...)
	for _, secret := range secrets {
		if at := strings.Index(text, secret); at >= 0 {
			l.t.Errorf("%s shows %s: …%s…", what, secret, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}

// checkLines proves that each line about a payment says which, and in which trace.
func checkLines(t *testing.T, log string) {
	t.Helper()
	seen := map[string]int{}
	for line := range strings.Lines(log) {
		var l struct {
			Msg, Route, Verdict, Trace, Path string
			Payment                          int64
			Status                           int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		nobody := l.Verdict == "no push has this token" || l.Route == "unknown" || l.Status == 400 || l.Status == 401 || l.Msg == "the database was checked" || strings.HasPrefix(l.Msg, "new database in ")
		if !nobody && (l.Payment == 0 || len(l.Trace) != 32) {
			t.Errorf("it does not say which payment, or which trace: %s", line)
		}
		seen[l.Msg]++
	}
	for _, msg := range []string{"request", "query failed", "M-PESA call failed", "webhook exhausted"} {
		if seen[msg] == 0 {
			t.Errorf("no line says %q: nothing was proved", msg)
		}
	}
}
