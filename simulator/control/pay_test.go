package control_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
)

// An answer that does not come is waited for no longer than the caller wants.
func TestPayWaitsNotForEver(t *testing.T) {
	r := start(t)
	r.Handler = control.New(control.Config{
		Products: products(),
		Worlds:   r.worlds, Self: func() string { return "http://127.0.0.1:7071" },
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

// refusing is a Daraja that refuses each push for the same reason, and has another
// request refused right after it.
type refusing struct{ journal *journal.Journal }

// ServeHTTP implements http.Handler.
func (d refusing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_, _ = w.Write([]byte(`{"access_token": "x", "expires_in": "3599"}`))
		return
	}
	own := journal.Record{Kind: journal.KindRequest, Status: http.StatusBadRequest, ErrorCode: "400.002.02", Reason: "its own reason"}
	own.Seq = d.journal.Add(own)
	other := own
	other.Reason, other.Payment = "the reason of another", "ws_CO_1"
	d.journal.Add(other)
	if keeper, ok := w.(interface{ KeepRecord(r journal.Record) }); ok {
		keeper.KeepRecord(own)
	}
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte(`{"requestId": "1", "errorCode": "400.002.02", "errorMessage": "Bad Request"}`))
}

// The reason of a refusal is of the very request, whatever else is refused meanwhile.
func TestPayGivesItsOwnReason(t *testing.T) {
	r := start(t)
	r.Handler = control.New(control.Config{
		Products: products(),
		Worlds:   r.worlds, Self: func() string { return "http://127.0.0.1:7071" }, Daraja: refusing{r.world().journal},
	})
	r.steps([]step{
		{"POST", "/payments", `{"phone": "0708374149", "amount": 150}`, 422, `{"error":"Daraja refused the push with HTTP 400 400.002.02 \"Bad Request\": its own reason","status":400,"error_code":"400.002.02"}`},
	})
}

func TestPayNeedsDaraja(t *testing.T) {
	r := start(t)
	r.Handler = control.New(control.Config{Products: products(), Worlds: r.worlds})
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
	if n := r.world().journal.Find(journal.Filter{}).Total; n != 0 {
		t.Errorf("%d records are kept of it", n)
	}
}
