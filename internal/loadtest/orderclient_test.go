package loadtest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/darajabox/darajabox/internal/loadtest"
)

// A load counts what was refused, and records the answer to each order.
func TestLoadRecordsAnswers(t *testing.T) {
	var asked atomic.Int64
	gw := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("X-API-KEY") != apiKey || !strings.Contains(string(body), `"reference":"`+r.Header.Get("X-Idempotency-Key")+`"`) {
			t.Errorf("%v %s", r.Header, body)
		}
		n := asked.Add(1)
		if n%4 == 0 {
			w.WriteHeader(http.StatusTooManyRequests)
		}
		fmt.Fprintf(w, `{"status":"x","transaction_id":%d,"message":""}`, n)
	}))
	defer gw.Close()
	h := &loadtest.History{}
	timing, err := loadtest.Load{Gateway: gw.URL, Key: apiKey, Callback: "http://partner.example/", Orders: 40, Clients: 4, Prefix: "T", History: h}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if timing.Refused != 10 || len(timing.All) != 40 {
		t.Errorf("%d of %d were refused, want 10 of 40", timing.Refused, len(timing.All))
	}
	recorded := make(map[int64]int)
	for _, e := range h.Events() {
		if e.Kind == loadtest.OrderAnswered {
			recorded[e.Transaction] = e.HTTP
		}
	}
	for n := int64(1); n <= 40; n++ {
		want := http.StatusOK
		if n%4 == 0 {
			want = http.StatusTooManyRequests
		}
		if recorded[n] != want {
			t.Errorf("of transaction %d it recorded %d, want %d", n, recorded[n], want)
		}
	}
}

// An answer that is not HTTP or breaks off is an error, not a refused order.
func TestLoadFailsOnBrokenAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing": "", "not HTTP": "hello\r\n\r\n", "no length": "HTTP/1.1 200 OK\r\n\r\n", "cut off": "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
	} {
		gw := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}))
		_, err := loadtest.Load{Gateway: gw.URL, Callback: "x", Orders: 1, Clients: 1, History: &loadtest.History{}}.Run(t.Context())
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		gw.Close()
	}
}
