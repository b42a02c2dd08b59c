package control_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator/control"
)

// An answer that does not come is waited for no longer than the caller wants.
func TestPayWaitsNotForEver(t *testing.T) {
	r := start(t)
	r.Handler = control.New(control.Config{
		Worlds: r.worlds, Self: func() string { return "http://127.0.0.1:7071" },
		Daraja: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	w := httptest.NewRecorder()
	const body = `{"phone": "0708374149", "amount": 150}`
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1:7071/payments", strings.NewReader(body))
	r.ServeHTTP(w, req)
	r.spec.check(t, req, body, w.Result())
	if w.Code != http.StatusGatewayTimeout || !strings.Contains(w.Body.String(), "look at the payments before you pay again") {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
}

func TestPayNeedsDaraja(t *testing.T) {
	r := start(t)
	r.Handler = control.New(control.Config{Worlds: r.worlds})
	r.steps([]step{
		{"POST", "/payments", `{"phone": "0708374149", "amount": 150}`, 409, `{"error":"this control API has no Daraja API to pay by"}`},
		{"POST", "/payments", `{"phone": "0708374149", "amuont": 150}`, 400, `…did you mean amount?`},
		{"POST", "/payments", long(), 413, `{"error":"the body is over 262144 bytes"}`},
	})
}

// The receiver takes callbacks alone, and nothing that is large.
func TestReceiver(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"POST", "/receiver", `{"Body":{"stkCallback":{}}}`, 200, `{"ResultCode":0,"ResultDesc":"Accepted"}`},
		{"POST", "/receiver", strings.Repeat("x", 16<<10), 200, `{"ResultCode":0,"ResultDesc":"Accepted"}`},
		{"POST", "/receiver", strings.Repeat("x", 16<<10+1), 413, `{"error":"the body is over 16384 bytes"}`},
		{"GET", "/receiver", "", 405, `…is not a verb of`},
	})
	if n := r.world().journal.Len(); n != 0 {
		t.Errorf("%d records are kept of it", n)
	}
}
