package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/gateway/storetest"
)

const key = "dbx_test_key"

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// fakeDaraja answers as Daraja would. Its hooks may be nil; a status of 0 breaks
// the connection.
type fakeDaraja struct {
	*httptest.Server
	onPush  func(ctx context.Context, n int) (status int, body string) // the nth push, from 1
	onQuery func(id string) (status int, body string)

	tokens atomic.Int64 // that were fetched
	mu     sync.Mutex
	pushes []daraja.STKPush
	made   chan daraja.STKPush // each push that was read
}

func newDaraja(t *testing.T) *fakeDaraja {
	t.Helper()
	f := &fakeDaraja{made: make(chan daraja.STKPush, 10_000)}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeDaraja) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	status, body := http.StatusOK, ""
	switch r.URL.Path {
	case daraja.TokenPath:
		f.tokens.Add(1)
		body = `{"access_token":"c9SQxWWhmdVRlyh0zh8gZDTkubVF","expires_in":"3599"}`
	case daraja.STKPushPath:
		status, body = f.push(r.Context(), raw)
	case daraja.STKQueryPath:
		var q daraja.STKQuery
		_ = json.Unmarshal(raw, &q)
		status, body = f.onQuery(string(q.CheckoutRequestID))
	}
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func (f *fakeDaraja) push(ctx context.Context, raw []byte) (status int, body string) {
	var p daraja.STKPush
	_ = json.Unmarshal(raw, &p)
	f.mu.Lock()
	f.pushes = append(f.pushes, p)
	n := len(f.pushes)
	f.mu.Unlock()
	f.made <- p
	if f.onPush != nil {
		return f.onPush(ctx, n)
	}
	return http.StatusOK, ack(n)
}

func (f *fakeDaraja) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.pushes)
}

func merchantID(n int) string { return fmt.Sprintf("29115-%d-1", n) }
func checkoutID(n int) string { return fmt.Sprintf("ws_CO_%d", n) }

func ack(n int) string {
	b, _ := daraja.Marshal(daraja.NewSTKPushAck(merchantID(n), checkoutID(n)))
	return string(b)
}

// call posts a result for push n to the URL that the push carried.
func (f *fakeDaraja) call(t *testing.T, p daraja.STKPush, n int, code daraja.ResultCode) {
	t.Helper()
	cb := daraja.STKCallback{
		MerchantRequestID: merchantID(n), CheckoutRequestID: checkoutID(n),
		ResultCode: code, ResultDesc: "The service request is processed successfully.",
	}
	if code == daraja.ResultSuccess {
		amount, _ := daraja.ParseMoney(string(p.Amount))
		cb.Payment = &daraja.STKPayment{
			Amount: amount, Receipt: fmt.Sprintf("TEM%07d", n), Phone: string(p.PhoneNumber),
			At: time.Date(2025, time.May, 22, 11, 47, 5, 0, daraja.EAT()),
		}
	}
	body, err := cb.Encode(daraja.CallbackStyle{})
	if err != nil {
		t.Fatal(err)
	}
	if got := post(t, string(p.CallBackURL), string(body)); got.status != 200 || got.body != `{"ResultCode":0,"ResultDesc":"Accepted"}` {
		t.Errorf("the callback was answered %d %s", got.status, got.body)
	}
}

// partner takes webhooks.
type partner struct {
	*httptest.Server
	received chan string // the body of each webhook, whatever it was answered

	mu     sync.Mutex
	answer func(ctx context.Context) int // nil is 200
}

func newPartner(t *testing.T) *partner {
	t.Helper()
	p := &partner{received: make(chan string, 10_000)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		answer := p.answer
		p.mu.Unlock()
		p.received <- string(body)
		if answer != nil {
			w.WriteHeader(answer(r.Context()))
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *partner) answers(f func(ctx context.Context) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

// next waits for what must come over c.
func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// none checks that nothing more has come.
func none[T any](t *testing.T, c <-chan T) {
	t.Helper()
	select {
	case v := <-c:
		t.Errorf("unexpected: %v", v)
	default:
	}
}

// response is an HTTP answer.
type response struct {
	status int
	body   string
}

func post(t *testing.T, url, body string, header ...string) response {
	t.Helper()
	got, err := do(t.Context(), http.MethodPost, url, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func do(ctx context.Context, method, url, body string, header ...string) (response, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return response{}, err
	}
	r.Header.Set("X-API-KEY", key)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := client().Do(r)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		return response{}, err
	}
	return response{resp.StatusCode, b.String()}, nil
}

// client keeps no connections, so that none is left when a test counts goroutines.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// config is a gateway between f and p whose waits are never over, unless a test
// sets shorter ones.
func config(t *testing.T, darajaURL string) app.Config {
	t.Helper()
	return app.Config{
		Addr: "127.0.0.1:0", Data: t.TempDir(), DarajaURL: darajaURL,
		ConsumerKey: "sandbox", ConsumerSecret: "sandbox",
		Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey,
		Partners: []app.PartnerConfig{{Name: "local", Key: key}}, AllowPrivate: true, IDs: storetest.CountedIDs(),
		Waits: &gateway.Waits{
			Callback: time.Hour, Lost: time.Hour,
			Query:   []time.Duration{time.Hour},
			Webhook: []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond},
		},
	}
}

// start runs a gateway until the test ends, or until stop.
func start(t *testing.T, cfg app.Config) *app.App {
	t.Helper()
	a, err := app.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, a) })
	return a
}

func stop(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := a.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// order is the body of a push for 150 shillings whose webhook goes to p.
func order(p *partner) string {
	return fmt.Sprintf(`{"phone":"0708374149","amount":150,"reference":"INV-1","callback_url":%q}`, p.URL+"/hook")
}

func pay(t *testing.T, a *app.App, p *partner, header ...string) response {
	t.Helper()
	return post(t, a.URL()+"/api/v1/mpesa/stk_push", order(p), header...)
}

// status is what the gateway says of a transaction.
func status(t *testing.T, a *app.App, id int) string {
	t.Helper()
	got, err := do(t.Context(), http.MethodGet, fmt.Sprintf("%s/api/v1/transactions/%d", a.URL(), id), "")
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Status string }
	if err := json.Unmarshal([]byte(got.body), &v); err != nil {
		t.Fatalf("%s: %v", got.body, err)
	}
	return v.Status
}
