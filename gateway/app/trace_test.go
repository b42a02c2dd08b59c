package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// collector is an OTLP collector that keeps what it is sent.
type collector struct {
	*httptest.Server

	mu    sync.Mutex
	raw   strings.Builder
	spans map[string][]span // by name
}

type span struct {
	TraceID      string `json:"traceId"`
	SpanID       string `json:"spanId"`
	ParentSpanID string `json:"parentSpanId"`
	Name         string `json:"name"`
	Kind         int    `json:"kind"`
	Start        string `json:"startTimeUnixNano"`
	End          string `json:"endTimeUnixNano"`
	Attributes   []struct {
		Key   string         `json:"key"`
		Value map[string]any `json:"value"`
	} `json:"attributes"`
}

func (s span) attribute(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			for _, v := range a.Value {
				return fmt.Sprint(v)
			}
		}
	}
	return ""
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{spans: make(map[string][]span)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m struct {
			ResourceSpans []struct {
				ScopeSpans []struct{ Spans []span }
			}
		}
		if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &m) != nil {
			t.Errorf("%s %s: %s", r.Method, r.URL, body)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw.Write(body)
		for _, rs := range m.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					c.spans[s.Name] = append(c.spans[s.Name], s)
				}
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// one returns the only span of a name.
func (c *collector) one(t *testing.T, name string) span {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.spans[name]); n != 1 {
		t.Fatalf("%d spans are called %q; all: %s", n, name, c.raw.String())
	}
	return c.spans[name][0]
}

// headers keeps the headers of all requests in front of a handler.
func headers(t *testing.T, h http.HandlerFunc) (*httptest.Server, <-chan http.Header) {
	t.Helper()
	kept := make(chan http.Header, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept <- r.Header.Clone()
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s, kept
}

// The partner's order, the push, the query, the callback and the webhook are one
// trace, the partner's own, and all hang on the order.
func TestOnePaymentIsOneTrace(t *testing.T) {
	const (
		traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
		caller  = "00f067aa0ba902b7"
		order   = "POST /api/v1/mpesa/stk_push"
	)
	d, c := newDaraja(t), newCollector(t)
	front, toDaraja := headers(t, d.serve)
	partner, toPartner := headers(t, func(http.ResponseWriter, *http.Request) {})
	asked := make(chan string, 10)
	d.onQuery = func(id string) (int, string) {
		asked <- id
		return 200, `{"ResponseCode":"0","ResultCode":"4999","ResultDesc":"The transaction is still under processing"}`
	}
	cfg := config(t, front.URL)
	cfg.Waits.Callback, cfg.OTLPEndpoint = time.Millisecond, c.URL
	a := start(t, cfg)
	body := fmt.Sprintf(`{"phone":"0708374149","amount":150,"callback_url":%q}`, partner.URL)
	if got := post(t, a.URL()+"/api/v1/mpesa/stk_push", body, "traceparent", "00-"+traceID+"-"+caller+"-01"); got.status != 200 {
		t.Fatalf("got %+v", got)
	}
	next(t, asked)
	d.call(t, next(t, d.made), 1, daraja.ResultSuccess)
	told := next(t, toPartner).Get("traceparent")
	stop(t, a)

	root := c.one(t, order)
	if root.TraceID != traceID || root.ParentSpanID != caller {
		t.Errorf("the order is under %s of %s", root.ParentSpanID, root.TraceID)
	}
	for _, name := range []string{"daraja push", "daraja query", "daraja callback", "webhook"} {
		s := c.one(t, name)
		if s.TraceID != traceID || s.ParentSpanID != root.SpanID {
			t.Errorf("%s is under %s of %s, want %s of %s", name, s.ParentSpanID, s.TraceID, root.SpanID, traceID)
		}
		if s.attribute("darajabox.payment") != "1" || s.Start == "" || s.End < s.Start {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if got := c.one(t, "daraja callback"); got.attribute("darajabox.verdict") != "applied" || got.attribute("darajabox.result_code") != "0" {
		t.Errorf("callback: %+v", got)
	}
	if want := "00-" + traceID + "-" + c.one(t, "webhook").SpanID + "-01"; told != want {
		t.Errorf("the partner got traceparent %q, want %q", told, want)
	}
	if strings.Contains(c.raw.String(), "708374149") {
		t.Errorf("a span shows the phone: %s", c.raw.String())
	}
	for len(toDaraja) > 0 {
		if h := <-toDaraja; h.Get("traceparent") != "" || h.Get("tracestate") != "" {
			t.Errorf("Daraja was sent %v", h)
		}
	}
}

// Without a collector there are ids for logs and partners, and a partner that does
// not trace gets a trace of its own for each order.
func TestTraceWithoutCollector(t *testing.T) {
	d := newDaraja(t)
	partner, toPartner := headers(t, func(http.ResponseWriter, *http.Request) {})
	a := start(t, config(t, d.URL))
	seen := map[string]bool{}
	for n, sent := range []string{"", "00-zz-not-one-01"} {
		body := fmt.Sprintf(`{"phone":"0708374149","amount":150,"callback_url":%q}`, partner.URL)
		post(t, a.URL()+"/api/v1/mpesa/stk_push", body, "traceparent", sent)
		d.call(t, next(t, d.made), n+1, daraja.ResultSuccess)
		told := next(t, toPartner).Get("traceparent")
		if parts := strings.Split(told, "-"); len(parts) != 4 || len(parts[1]) != 32 || len(parts[2]) != 16 || seen[parts[1]] {
			t.Errorf("traceparent %q", told)
		} else {
			seen[parts[1]] = true
		}
	}
}

// A collector that is gone costs spans and nothing else.
func TestCollectorThatIsGone(t *testing.T) {
	d, p, c := newDaraja(t), newPartner(t), newCollector(t)
	c.Close()
	cfg := config(t, d.URL)
	cfg.OTLPEndpoint = c.URL
	a := start(t, cfg)
	pay(t, a, p)
	d.call(t, next(t, d.made), 1, daraja.ResultSuccess)
	if got := next(t, p.received); got != success {
		t.Errorf("got %s", got)
	}
	stop(t, a)
}
