package app_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/app"
)

// Daraja's callbacks may have a listener of their own; then neither listener does the
// other's work, and a payment goes its whole way.
func TestCallbacksHaveADoorOfTheirOwn(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	cfg.Callbacks.Addr = "127.0.0.1:0"
	a := start(t, cfg)
	if got := pay(t, a, p); got.status != 200 {
		t.Fatalf("got %+v", got)
	}
	push := next(t, d.made)
	base, path, _ := strings.Cut(string(push.CallBackURL), "/daraja/")
	if base == a.URL() {
		t.Fatalf("Daraja was told to call %s, the partners' door", base)
	}
	if got := post(t, a.URL()+"/daraja/"+path, "{}"); got.status != 404 || !strings.Contains(got.body, "no such path") {
		t.Errorf("a callback at the partners' door: %+v", got)
	}
	if got := post(t, base+"/api/v1/mpesa/stk_push", order(p)); got.status != 404 {
		t.Errorf("an order at Daraja's door: %+v", got)
	}
	d.call(t, push, 1, daraja.ResultSuccess)
	if got := next(t, p.received); got != success {
		t.Errorf("webhook\n%s\nwant\n%s", got, success)
	}
	stop(t, a)
	for _, url := range []string{a.URL(), base} {
		if _, err := do(context.Background(), http.MethodGet, url+"/health", ""); err == nil {
			t.Errorf("%s answers after Stop", url)
		}
	}
}

// A success from an address that is not Daraja's is asked about, here with the answer
// that it is true, and its receipt is not taken; from one behind a trusted proxy it is not.
func TestSuccessFromElsewhereIsConfirmed(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	asked := make(chan string, 10)
	d.onQuery = func(id string) (int, string) {
		asked <- id
		return 200, fmt.Sprintf(`{"ResponseCode":"0","CheckoutRequestID":%q,"ResultCode":"0","ResultDesc":"The service request is processed successfully."}`, id)
	}
	cfg := config(t, d.URL)
	cfg.Callbacks.Sources = []string{"safaricom"}
	a := start(t, cfg)
	pay(t, a, p)
	d.call(t, next(t, d.made), 1, daraja.ResultSuccess)
	if got := next(t, asked); got != checkoutID(1) {
		t.Errorf("asked about %s", got)
	}
	got := next(t, p.received)
	if !strings.Contains(got, `"result_code":0,`) || !strings.Contains(got, `"mpesa_receipt":null`) || !strings.HasSuffix(got, `"status":"successful"}`) {
		t.Errorf("webhook\n%s", got)
	}
}

// Orders and callbacks at their limits, from the outside.
func TestLimitsFromOutside(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	cfg.Limits.PhoneMinute, cfg.Limits.Strangers = 2, 1
	a := start(t, cfg)
	for range 2 {
		if got := pay(t, a, p); got.status != 200 {
			t.Fatalf("got %+v", got)
		}
	}
	resp := send(t, a.URL()+"/api/v1/mpesa/stk_push", order(p))
	wait, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if resp.StatusCode != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 60 {
		t.Errorf("got %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	if n := d.count(); n != 2 {
		t.Errorf("%d pushes", n)
	}
	for range 3 {
		if got := post(t, a.URL()+"/daraja/stk/"+strings.Repeat("0", 32), "{}"); got.status != 404 {
			t.Errorf("got %+v", got)
		}
	}
}

// Whatever an outage looks like, it costs five orders a 504: then no push is sent, partners
// learn when to come back, nothing is on record of their orders, and an earlier order is
// still answered.
func TestOutageOfMpesaCostsFiveOrders(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"the firewall's page": {503, "<html>"},
		"an unfamiliar text":  {500, `{"requestId":"1","errorCode":"500.001.1001","errorMessage":"Try again"}`},
		"a request timeout":   {408, ""},
		"an odd acceptance":   {200, `{"ResponseCode":"1","ResponseDescription":"Rejected"}`},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := newDaraja(t), newPartner(t)
			d.onPush = func(context.Context, int) (int, string) { return answer.status, answer.body }
			a := start(t, config(t, d.URL))
			outage(t, d, p, a)
		})
	}
}

func outage(t *testing.T, d *fakeDaraja, p *partner, a *app.App) {
	t.Helper()
	body := func(n int) string {
		return strings.Replace(order(p), "0708374149", fmt.Sprintf("07083741%02d", n%3), 1)
	}
	for n := range 5 {
		if got := post(t, a.URL()+"/api/v1/mpesa/stk_push", body(n), "X-Idempotency-Key", "order-"+strconv.Itoa(n)); got.status != 504 {
			t.Fatalf("order %d got %+v", n, got)
		}
	}
	for n := range 20 {
		resp := send(t, a.URL()+"/api/v1/mpesa/stk_push", body(n))
		wait, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if resp.StatusCode != http.StatusServiceUnavailable || err != nil || wait < 1 || wait > 70 {
			t.Errorf("got %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
		}
	}
	if n := d.count(); n != 5 {
		t.Errorf("%d pushes reached a Daraja that is down", n)
	}
	if got := post(t, a.URL()+"/api/v1/mpesa/stk_push", body(0), "X-Idempotency-Key", "order-0"); got.status != 200 || !strings.Contains(got.body, `"transaction_id":1`) {
		t.Errorf("a replay: %+v", got)
	}
	if got, err := do(t.Context(), http.MethodGet, a.URL()+"/api/v1/transactions/6", ""); err != nil || got.status != 404 {
		t.Errorf("something is on record: %+v, %v", got, err)
	}
}

// send posts with the partner's key and shows the header of the answer.
func send(t *testing.T, url, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-KEY", key)
	resp, err := client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

// More idle connections than the listener takes, each with a request behind it, and
// again when those are gone. An order and its callback get in at once.
func TestIdleConnectionsKeepNeitherPartnersNorMpesaOut(t *testing.T) {
	for name, own := range map[string]string{"one listener": "", "a listener for callbacks": "127.0.0.1:0"} {
		t.Run(name, func(t *testing.T) {
			d, p := newDaraja(t), newPartner(t)
			cfg := config(t, d.URL)
			cfg.Limits.Connections, cfg.Callbacks.Addr = 64, own
			a := start(t, cfg)
			fill := func(url string) {
				for i := range 100 {
					conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = conn.Close() })
					if _, err := io.WriteString(conn, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
						t.Fatal(err)
					}
					if i < 64 {
						if _, err := conn.Read(make([]byte, 1)); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			fill(a.URL())
			if got := pay(t, a, p); got.status != 200 {
				t.Fatalf("got %+v", got)
			}
			push := next(t, d.made)
			base, _, _ := strings.Cut(string(push.CallBackURL), "/daraja/")
			fill(base)
			d.call(t, push, 1, daraja.ResultSuccess)
			if got := next(t, p.received); got != success {
				t.Errorf("webhook\n%s\nwant\n%s", got, success)
			}
		})
	}
}
