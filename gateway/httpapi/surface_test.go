package httpapi_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
)

func TestTransaction(t *testing.T) {
	paid := &gateway.Payment{
		ID: 102, Partner: "local", Phone: "254712345678", Amount: 150 * daraja.Shilling, Reference: "INV-1", State: gateway.Paid,
		MerchantRequestID: "29115-34620561-1", CheckoutRequestID: "ws_CO_22052025084523789",
		ResultCode: "0", ResultDesc: "Processed successfully.", Receipt: "RKT7S9T2UB", TransactedAt: created, CreatedAt: created,
	}
	fresh := &gateway.Payment{ID: 7, Partner: "local", Phone: "254712345678", Amount: daraja.Shilling, State: gateway.Pending, CreatedAt: created}
	odd := &gateway.Payment{
		ID: 8, Partner: "local", Phone: "254712345678", Amount: daraja.Shilling, State: gateway.Review,
		Support: true, ReviewReason: "KES 2.00 was paid, KES 1.00 was asked", CreatedAt: created,
	}
	lost := &gateway.Payment{ID: 9, Partner: "local", Phone: "254712345678", Amount: daraja.Shilling, State: gateway.Unknown, CreatedAt: created}
	old := &gateway.Payment{
		ID: 10, Partner: "local", Phone: "254712345678", Amount: daraja.Shilling, State: gateway.Unresolved,
		CheckoutRequestID: "ws_CO_1", ReviewReason: "no callback, and no answer to 7 queries", CreatedAt: created, DueAt: created,
	}
	const unknown = `{"status":"error","message":"this transaction is not known"}`
	tests := []struct {
		name    string
		payment *gateway.Payment
		id      string
		status  int
		body    string
	}{
		{"paid", paid, "102", 200, `{"transaction_id":102,"merchant_request_id":"29115-34620561-1","checkout_request_id":"ws_CO_22052025084523789",` +
			`"result_code":0,"result_desc":"Processed successfully.","amount":150,"mpesa_receipt":"RKT7S9T2UB","transaction_date":"2025-05-22T08:47:05Z",` +
			`"phone":"254712345678","status":"successful","reference":"INV-1","support":false,"review_reason":null,"review_since":null,"created_at":"2025-05-22T08:47:05Z","webhook":null}`},
		{"pending", fresh, "7", 200, `{"transaction_id":7,"merchant_request_id":"","checkout_request_id":"",` +
			`"result_code":null,"result_desc":"","amount":1,"mpesa_receipt":null,"transaction_date":null,` +
			`"phone":"254712345678","status":"pending","reference":"","support":false,"review_reason":null,"review_since":null,"created_at":"2025-05-22T08:47:05Z","webhook":null}`},
		{"in review", odd, "8", 200, `{"transaction_id":8,"merchant_request_id":"","checkout_request_id":"",` +
			`"result_code":null,"result_desc":"","amount":1,"mpesa_receipt":null,"transaction_date":null,` +
			`"phone":"254712345678","status":"review","reference":"","support":true,"review_reason":"KES 2.00 was paid, KES 1.00 was asked","review_since":null,"created_at":"2025-05-22T08:47:05Z","webhook":null}`},
		{"without an answer to its push", lost, "9", 200, `{"transaction_id":9,"merchant_request_id":"","checkout_request_id":"",` +
			`"result_code":null,"result_desc":"","amount":1,"mpesa_receipt":null,"transaction_date":null,` +
			`"phone":"254712345678","status":"pending","reference":"","support":false,"review_reason":null,"review_since":null,"message":"the customer may have a prompt; do not order again. ` +
			`A callback from M-PESA settles the transaction; without one its status becomes review",` +
			`"created_at":"2025-05-22T08:47:05Z","webhook":null}`},
		{"asked about again", old, "10", 200, `{"transaction_id":10,"merchant_request_id":"","checkout_request_id":"ws_CO_1",` +
			`"result_code":null,"result_desc":"","amount":1,"mpesa_receipt":null,"transaction_date":null,` +
			`"phone":"254712345678","status":"review","reference":"","support":false,"review_reason":"no callback, and no answer to 7 queries","review_since":null,"message":"M-PESA has not said ` +
			`whether the customer paid, and is asked again; do not order again",` +
			`"created_at":"2025-05-22T08:47:05Z","webhook":null}`},
		{"unknown", paid, "103", 404, `{"status":"error","message":"transaction is not known"}`},
		{"another's", &gateway.Payment{ID: 102, Partner: "other"}, "102", 404, `{"status":"error","message":"transaction is not known"}`},
		{"not a number", paid, "abc", 404, unknown},
		{"a number written oddly", paid, "0102", 404, unknown},
		{"too large", paid, "99999999999999999999", 404, unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFront(t, nil)
			f.payment = tt.payment
			want(t, f.call(t, http.MethodGet, "/api/v1/transactions/"+tt.id, ""), tt.status, tt.body)
		})
	}
}

func TestCallbackIsKeptWhateverItIs(t *testing.T) {
	for name, tt := range map[string]struct{ sent, kept string }{
		"a callback": {`{"Body":{}}`, `{"Body":{}}`},
		"not JSON":   {"\x00\xff<html>", "\x00\xff<html>"},
		"nothing":    {"", ""},
		"long":       {strings.Repeat("x", 64<<10), strings.Repeat("x", 64<<10)},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, nil)
			w := f.call(t, http.MethodPost, "/daraja/stk/0123456789abcdef", tt.sent, "X-API-KEY", "")
			want(t, w, 200, `{"ResultCode":0,"ResultDesc":"Accepted"}`)
			if len(f.bodies) != 1 || string(f.bodies[0]) != tt.kept || f.tokens[0] != "0123456789abcdef" || f.from.Remote != "192.0.2.1" {
				t.Errorf("kept %d bodies for %v from %s", len(f.bodies), f.tokens, f.from.Remote)
			}
		})
	}
}

func TestCallbackThatIsNotKeptIsNotAcknowledged(t *testing.T) {
	f := newFront(t, nil)
	f.taking = errors.New("disk is full")
	w := f.call(t, http.MethodPost, "/daraja/stk/0123456789abcdef", "{}")
	want(t, w, 500, `{"ResultCode":1,"ResultDesc":"Not recorded; send it again"}`)
	if !strings.Contains(f.log.String(), "disk is full") {
		t.Errorf("the log does not say why: %s", f.log)
	}
}

func TestHealth(t *testing.T) {
	f := newFront(t, nil)
	want(t, f.call(t, http.MethodGet, "/health", "", "X-API-KEY", ""), 200, `{"status":"ok"}`)

	f = newFront(t, func(c *httpapi.Config) { c.Health = func() error { return errors.New("the work has ended") } })
	want(t, f.call(t, http.MethodGet, "/health", ""), 503, `{"status":"error","message":"the gateway is not at work; its log says why"}`)
}

func TestOtherPathsAndVerbsAnswerJSON(t *testing.T) {
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{http.MethodGet, "/", 404, ""},
		{http.MethodPost, "/api/v1/mpesa/stk_push/", 404, ""},
		{http.MethodGet, "/api//v1/transactions/1", 404, ""},
		{http.MethodPost, "/daraja/stk/", 404, ""},
		{http.MethodGet, pushPath, 405, "POST"},
		{http.MethodDelete, "/api/v1/transactions/1", 405, "GET"},
		{http.MethodGet, "/daraja/stk/abc", 405, "POST"},
		{http.MethodPut, "/health", 405, "GET"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			f := newFront(t, nil)
			w := f.call(t, tt.method, tt.path, "")
			message := "no such path"
			if tt.allow != "" {
				message = "method not allowed; use " + tt.allow
			}
			want(t, w, tt.status, `{"status":"error","message":"`+message+`"}`)
			if got := w.Header().Get("Allow"); got != tt.allow {
				t.Errorf("Allow %q", got)
			}
		})
	}
}

// One line a request, and none of it a key, a callback's token or a phone.
func TestLogHoldsNoSecrets(t *testing.T) {
	f := newFront(t, nil)
	const token = "00112233445566778899aabbccddeeff"
	f.call(t, http.MethodPost, pushPath, goodBody, "X-Idempotency-Key", "order-secret")
	f.call(t, http.MethodPost, "/daraja/stk/"+token, `{"PhoneNumber":254712345678}`)
	f.call(t, http.MethodGet, "/daraja/stk/"+token, "")
	f.call(t, http.MethodPost, "/daraja/STK/"+token, "")
	f.call(t, http.MethodPost, "/daraja/stk/"+token+"/more", "")
	log := f.log.String()
	for _, s := range []string{key, token, "254712345678", "order-secret"} {
		if strings.Contains(log, s) {
			t.Errorf("the log shows %q", s)
		}
	}
	for _, s := range []string{"route=/daraja/stk/{token}", "verdict=applied\n", "partner=local", "payment=102"} {
		if !strings.Contains(log, s) {
			t.Errorf("the log does not show %q", s)
		}
	}
	if lines := strings.Count(log, "\n"); lines != 5 {
		t.Errorf("%d lines for 5 requests:\n%s", lines, log)
	}
}

// A connection that was opened ahead of need does not hold up a shutdown.
func TestShutdownDoesNotWaitForUnusedConnections(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := newFront(t, nil)
	server := httpapi.NewServer(f, slog.New(slog.DiscardHandler), time.Now)
	track, opened := server.ConnState, make(chan struct{})
	server.ConnState = func(c net.Conn, s http.ConnState) {
		track(c, s)
		if s == http.StateNew {
			close(opened)
		}
	}
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	<-opened
	stopped := make(chan error)
	go func() { stopped <- server.Shutdown(context.Background()) }()
	_ = conn.SetReadDeadline(time.Now().Add(4 * time.Second)) // less than Shutdown would wait
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection was not closed: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	<-served
}

var _ httpapi.Gateway = (*gateway.Gateway)(nil)
