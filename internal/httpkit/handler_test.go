package httpkit_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/internal/httpkit"
)

func TestServe(t *testing.T) {
	failed := errors.New("out of stock")
	for _, tt := range []struct {
		name   string
		resp   httpkit.Response
		err    error
		status int
		body   string
		kind   string
	}{
		{"a body", httpkit.Response{Body: []string{"a&b"}}, nil, 200, `["a&b"]`, "application/json"},
		{"a status", httpkit.Response{Status: 201, Body: 1}, nil, 201, `1`, "application/json"},
		{"no body", httpkit.Response{Status: 204}, nil, 204, ``, ""},
		{"a header", httpkit.Response{Body: 1, Header: http.Header{"Content-Type": {"text/x"}}}, nil, 200, `1`, "text/x"},
		{"an error", httpkit.Response{Body: 1}, failed, 409, `"out of stock"`, "application/json"},
		{"what is no JSON", httpkit.Response{Body: func() {}}, nil, 409, `"encoding the answer: json: unsupported type: func()"`, "application/json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			status, err := httpkit.Adapter{Refuse: refused}.Serve(w, r, func(*http.Request) (httpkit.Response, error) { return tt.resp, tt.err })
			if status != tt.status || w.Code != tt.status || w.Body.String() != tt.body || w.Header().Get("Content-Type") != tt.kind {
				t.Errorf("answered %d (%d) %s %s", w.Code, status, w.Header(), w.Body)
			}
			if (err != nil) != (tt.status == 409) || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("returned %v", err)
			}
			if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
}

func refused(err error) httpkit.Response {
	return httpkit.Response{Status: http.StatusConflict, Body: err.Error()}
}

// With a log a panic is answered; without one net/http has it. http.ErrAbortHandler
// always reaches net/http.
func TestPanic(t *testing.T) {
	for _, tt := range []struct {
		name   string
		logged bool
		v      any
		panics bool
	}{
		{"with a log", true, "oh", false},
		{"without a log", false, "oh", true},
		{"an abort with a log", true, http.ErrAbortHandler, true},
		{"an abort without a log", false, http.ErrAbortHandler, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			a := httpkit.Adapter{Refuse: refused}
			if tt.logged {
				a.Log = slog.New(slog.NewTextHandler(&log, nil))
			}
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			defer func() {
				if v := recover(); (v != nil) != tt.panics || tt.panics && v != tt.v {
					t.Errorf("panicked with %v", v)
				}
			}()
			status, err := a.Serve(w, r, func(*http.Request) (httpkit.Response, error) { panic(tt.v) })
			if status != http.StatusConflict || err == nil || !strings.Contains(log.String(), "panic=oh") || !strings.Contains(log.String(), "handler_test.go") {
				t.Errorf("answered %d, %v; logged %s", status, err, log.String())
			}
		})
	}
}

// A handler closes the connection by an error, as by a panic.
func TestAbort(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("panicked with %v", err)
		}
	}()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	_, _ = httpkit.Adapter{Refuse: refused}.Serve(w, r, func(*http.Request) (httpkit.Response, error) { return httpkit.Response{}, http.ErrAbortHandler })
	t.Errorf("answered %d", w.Code)
}
