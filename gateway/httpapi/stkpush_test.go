package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
)

const (
	pushPath = "/api/v1/mpesa/stk_push"
	goodBody = `{"phone":"254712345678","amount":150,"reference":"INV-1","callback_url":"https://shop.example.com/hook"}`
)

func TestStkPushAnswers(t *testing.T) {
	tests := []struct {
		name   string
		result gateway.Accepted
		err    error
		status int
		body   string
	}{
		{"accepted", gateway.Accepted{PaymentID: 102}, nil, 200,
			`{"status":"success","transaction_id":102,"message":"STK Push accepted for processing"}`},
		{"duplicate", gateway.Accepted{PaymentID: 102, Duplicate: true}, nil, 200,
			`{"status":"duplicate","transaction_id":102,"message":"Duplicate request (idempotency)"}`},
		{"invalid", gateway.Accepted{}, gateway.Invalidf("callback_url is required"), 400,
			`{"status":"error","message":"callback_url is required"}`},
		{"in flight", gateway.Accepted{}, &gateway.Error{Code: gateway.CodeInFlight, Message: "wait", PaymentID: 102}, 409,
			`{"status":"error","message":"wait","transaction_id":102}`},
		{"key reused", gateway.Accepted{}, &gateway.Error{Code: gateway.CodeKeyReused, Message: "another body", PaymentID: 102}, 422,
			`{"status":"error","message":"another body","transaction_id":102}`},
		{"refused", gateway.Accepted{}, &gateway.Error{Code: gateway.CodeRefused, Message: "Wrong credentials (500.001.1001)", PaymentID: 102}, 502,
			`{"status":"error","message":"Wrong credentials (500.001.1001)","transaction_id":102}`},
		{"unanswered", gateway.Accepted{}, &gateway.Error{Code: gateway.CodeUnanswered, Message: "nobody knows", PaymentID: 102}, 504,
			`{"status":"error","message":"nobody knows","transaction_id":102}`},
		{"a full disk", gateway.Accepted{}, errors.New("disk is full"), 500,
			`{"status":"error","message":"internal error; the request may be repeated with the same X-Idempotency-Key"}`},
		{"a code from nowhere", gateway.Accepted{}, &gateway.Error{Code: "odd", Message: "odd"}, 500,
			`{"status":"error","message":"internal error; the request may be repeated with the same X-Idempotency-Key"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFront(t, nil)
			f.collect = func(context.Context, gateway.Order) (gateway.Accepted, error) { return tt.result, tt.err }
			want(t, f.call(t, http.MethodPost, pushPath, goodBody), tt.status, tt.body)
			if tt.status == 500 && !strings.Contains(f.log.String(), tt.err.Error()) {
				t.Errorf("the log does not say why: %s", f.log)
			}
		})
	}
}

func TestStkPushReadsItsFields(t *testing.T) {
	tests := []struct{ name, body, key string }{
		{"strings", `{"phone":"254712345678","amount":"150","reference":"INV-1","callback_url":"https://shop.example.com/hook"}`, "order-1"},
		{"numbers", `{"phone":254712345678,"amount":150,"reference":"INV-1","callback_url":"https://shop.example.com/hook"}`, ""},
		{"more than asked for", ` {"phone":"254712345678","amount":150,"reference":"INV-1","callback_url":"https://shop.example.com/hook","note":{"x":[1]}} `, "order-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFront(t, nil)
			w := f.call(t, http.MethodPost, pushPath, tt.body, "X-Idempotency-Key", tt.key)
			if w.Code != 200 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			order := gateway.Order{
				Phone: "254712345678", Amount: "150", Reference: "INV-1",
				CallbackURL: "https://shop.example.com/hook", IdempotencyKey: tt.key,
			}
			if len(f.orders) != 1 || f.orders[0] != order {
				t.Errorf("got %+v", f.orders)
			}
		})
	}
}

func TestStkPushTakesNullForNothing(t *testing.T) {
	f := newFront(t, nil)
	f.call(t, http.MethodPost, pushPath, `{"phone":null,"amount":null,"reference":null,"callback_url":null}`)
	if len(f.orders) != 1 || f.orders[0] != (gateway.Order{}) {
		t.Errorf("got %+v", f.orders)
	}
}

func TestStkPushRefusesOtherBodies(t *testing.T) {
	object := "the body must be a JSON object"
	tests := []struct {
		name, body string
		status     int
		message    string
	}{
		{"nothing", "", 400, "the body is not JSON"},
		{"a form", "phone=254712345678&amount=150", 400, "the body is not JSON"},
		{"half of it", goodBody[:40], 400, "the body is not JSON"},
		{"garbage after it", goodBody + "x", 400, "the body is not JSON"},
		{"two of them", goodBody + goodBody, 400, "the body is not JSON"},
		{"a list", "[" + goodBody + "]", 400, object + ", not a list"},
		{"a string", `"x"`, 400, object + ", not a string"},
		{"null", "null", 400, object + ", not null"},
		{"a number", "1", 400, object + ", not a number"},
		{"phone is a truth", `{"phone":true}`, 400, "phone must be a string or a number, not true"},
		{"phone is a list", `{"phone":["254712345678"]}`, 400, "phone must be a string or a number, not a list"},
		{"amount is an object", `{"amount":{}}`, 400, "amount must be a string or a number, not an object"},
		{"reference is a number", `{"reference":7}`, 400, "reference must be a string, not a number"},
		{"callback_url is a list", `{"callback_url":["https://shop.example.com"]}`, 400, "callback_url must be a string, not a list"},
		{"callback_url is false", `{"callback_url":false}`, 400, "callback_url must be a string, not false"},
		{"too long", `{"phone":"` + strings.Repeat("2", 64<<10) + `"}`, 413, "the body is over 64 KiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFront(t, nil)
			w := f.call(t, http.MethodPost, pushPath, tt.body)
			want(t, w, tt.status, `{"status":"error","message":"`+tt.message+`"}`)
			if len(f.orders) != 0 {
				t.Errorf("collected %+v", f.orders)
			}
		})
	}
}

func TestBodyOfExactlyTheLimitIsRead(t *testing.T) {
	f := newFront(t, nil)
	body := goodBody + strings.Repeat(" ", 64<<10-len(goodBody))
	if w := f.call(t, http.MethodPost, pushPath, body); w.Code != 200 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestTwoIdempotencyKeysAreNone(t *testing.T) {
	f := newFront(t, nil)
	w := f.call(t, http.MethodPost, pushPath, goodBody, "X-Idempotency-Key", "a", "X-Idempotency-Key", "b")
	want(t, w, 400, `{"status":"error","message":"X-Idempotency-Key must be sent once"}`)
}

// Who shows no key that is known gets 401 before its body is looked at.
func TestPartnersShowTheirKey(t *testing.T) {
	for name, tt := range map[string]struct{ key, message string }{
		"none":     {"", "X-API-KEY is required"},
		"a wrong":  {"dbx_test_other", "X-API-KEY is not known"},
		"too long": {strings.Repeat("k", 1000), "X-API-KEY is not known"},
	} {
		for _, target := range []struct{ method, path string }{
			{http.MethodPost, pushPath}, {http.MethodGet, "/api/v1/transactions/102"},
		} {
			t.Run(name+" for "+target.path, func(t *testing.T) {
				f := newFront(t, nil)
				r := httptest.NewRequestWithContext(t.Context(), target.method, target.path, unread{t})
				if tt.key != "" {
					r.Header.Set("X-API-KEY", tt.key)
				}
				w := httptest.NewRecorder()
				f.ServeHTTP(w, r)
				want(t, w, 401, `{"status":"error","message":"`+tt.message+`"}`)
			})
		}
	}
}

// limited is a door where the only key may do one thing.
type limited struct{ scope gateway.Scope }

func (l limited) Authenticate(_ context.Context, _ string, scope gateway.Scope) (gateway.Partner, error) {
	if scope != l.scope {
		return gateway.Partner{Name: "local"}, &gateway.Error{Code: gateway.CodeForbidden, Message: "this API key may not do that"}
	}
	return gateway.Partner{Name: "local"}, nil
}

// Each path needs a scope, and says 403 without it before the body is looked at.
func TestPathsNeedScopes(t *testing.T) {
	for _, scope := range gateway.AllScopes() {
		for _, target := range []struct {
			method, path string
			needs        gateway.Scope
		}{
			{http.MethodPost, pushPath, gateway.ScopeCollect}, {http.MethodGet, "/api/v1/transactions/102", gateway.ScopeRead},
			{http.MethodGet, "/api/v1/transactions", gateway.ScopeRead},
		} {
			f := newFront(t, func(c *httpapi.Config) { c.Partners = limited{scope} })
			if scope == target.needs {
				if w := f.call(t, target.method, target.path, goodBody); w.Code == http.StatusForbidden {
					t.Errorf("%s with %s: HTTP 403", target.path, scope)
				}
				continue
			}
			w := httptest.NewRecorder()
			f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), target.method, target.path, unread{t}))
			want(t, w, 403, `{"status":"error","message":"this API key may not do that"}`)
			if !strings.Contains(f.log.String(), "partner=local") {
				t.Errorf("the log does not say whose key it was: %s", f.log)
			}
		}
	}
}

func TestRequestsOverTheCapAreShed(t *testing.T) {
	f := newFront(t, func(c *httpapi.Config) { c.MaxInFlight = 1 })
	inside, leave := make(chan struct{}), make(chan struct{})
	f.collect = func(context.Context, gateway.Order) (gateway.Accepted, error) {
		close(inside)
		<-leave
		return gateway.Accepted{PaymentID: 1}, nil
	}
	done := make(chan *httptest.ResponseRecorder)
	go func() { done <- f.call(t, http.MethodPost, pushPath, goodBody) }()
	<-inside
	w := f.call(t, http.MethodPost, pushPath, goodBody)
	want(t, w, 429, `{"status":"error","message":"too many requests are in flight; try again"}`)
	if w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	if w := f.call(t, http.MethodPost, "/daraja/stk/abc", "{}"); w.Code != 200 {
		t.Errorf("a callback was answered %d", w.Code)
	}
	if w := f.call(t, http.MethodGet, "/health", ""); w.Code != 200 {
		t.Errorf("the health check was answered %d", w.Code)
	}
	close(leave)
	if w := <-done; w.Code != 200 {
		t.Errorf("the first was answered %d", w.Code)
	}
	f.payment = &gateway.Payment{ID: 1, Partner: "local"}
	if w := f.call(t, http.MethodGet, "/api/v1/transactions/1", ""); w.Code != 200 {
		t.Errorf("there is room again, and the answer is %d", w.Code)
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	f := newFront(t, nil)
	f.collect = func(context.Context, gateway.Order) (gateway.Accepted, error) { panic("oh no") }
	w := f.call(t, http.MethodPost, pushPath, goodBody)
	want(t, w, 500, `{"status":"error","message":"internal error; the request may be repeated with the same X-Idempotency-Key"}`)
	if !strings.Contains(f.log.String(), "oh no") {
		t.Errorf("the log is silent: %s", f.log)
	}
	f.collect = nil
	if w := f.call(t, http.MethodPost, pushPath, goodBody); w.Code != 200 {
		t.Errorf("afterwards: %d", w.Code)
	}
}
