package tracing_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/tracing"
)

// An order is in the trace that its headers name, when they name one as W3C's Trace
// Context has it, and in one of its own otherwise. What its caller leaves out of the
// sample stays out.
func TestTraceOfAnOrder(t *testing.T) {
	for _, tt := range []struct {
		name, header string
		its, sent    bool // it is the caller's trace; the collector hears of it
	}{
		{"none", "", false, true},
		{"sampled", sampled, true, true},
		{"left out", left, true, false},
		{"a later version", "01-" + traceID + "-" + caller + "-01-more", true, true},
		{"no version", "ff-" + traceID + "-" + caller + "-01", false, true},
		{"version 00 with more", sampled + "-more", false, true},
		{"capitals", strings.ToUpper(sampled), false, true},
		{"no trace", "00-" + strings.Repeat("0", 32) + "-" + caller + "-01", false, true},
		{"no span", "00-" + traceID + "-" + strings.Repeat("0", 16) + "-01", false, true},
		{"short", "00-" + traceID[1:] + "-" + caller + "-01", false, true},
		{"words", "254712345678", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &kept{}
			tr := newTracing(t, c, nil)
			r, trail := order(http.MethodPost, tt.header)
			tr.Request(r, orderURL)(200)
			stop(t, tr)
			if strings.Contains(trail.Trace, traceID) != tt.its || !wellFormed.MatchString(trail.Trace) {
				t.Errorf("the trail is %s", trail.Trace)
			}
			if flag := trail.Trace[len(trail.Trace)-2:]; (flag == "01") != tt.sent {
				t.Errorf("its flags are %s", flag)
			}
			if (len(c.bodies) > 0) != tt.sent || strings.Contains(c.all(), `"parentSpanId":"`+caller+`"`) != (tt.its && tt.sent) {
				t.Errorf("the collector was sent %s", c.all())
			}
		})
	}
}

var wellFormed = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$`)

// Only orders begin spans when they come in: the rest would be noise, and a callback's
// trace is not known yet.
func TestWhatBeginsASpan(t *testing.T) {
	for _, tt := range []struct {
		method, route string
		want          bool
	}{
		{http.MethodPost, orderURL, true},
		{http.MethodGet, orderURL, false},
		{http.MethodPost, gateway.CallbackPath + "{token}", false},
		{http.MethodPost, "other", false}, // no route
	} {
		c := &kept{}
		tr := newTracing(t, c, nil)
		r, trail := order(tt.method, sampled)
		tr.Request(r, tt.route)(200)
		stop(t, tr)
		if (trail.Trace != "") != tt.want || (len(c.bodies) > 0) != tt.want {
			t.Errorf("%s %s: trail %q, sent %s", tt.method, tt.route, trail.Trace, c.all())
		}
	}
}

// A callback of nobody's payment is in no trace.
func TestCallbackOfNobody(t *testing.T) {
	c := &kept{}
	tr := newTracing(t, c, nil)
	tr.CallbackTaken(gateway.Callback{Token: "hush"}, nil, 0)
	stop(t, tr)
	if len(c.bodies) > 0 {
		t.Errorf("sent %s", c.all())
	}
}

// A webhook tells the partner its own span; the request that was given is left alone,
// and so are answer and error.
func TestWebhooksTellTheirSpan(t *testing.T) {
	c := &kept{}
	tr := newTracing(t, c, nil)
	for _, trace := range []string{sampled, left, ""} {
		var told string
		broken := errors.New("broken")
		next := trip(func(r *http.Request) (*http.Response, error) {
			told = r.Header.Get("Traceparent")
			return nil, broken
		})
		ctx := gateway.WithTrail(t.Context(), &gateway.Trail{Payment: 7, Trace: trace})
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://shop.example.com/hook", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.Webhooks(next).RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		if !errors.Is(err, broken) || len(r.Header) > 0 {
			t.Errorf("got %v; the request has %v", err, r.Header)
		}
		if !wellFormed.MatchString(told) || strings.Contains(told, caller) || trace != "" && !strings.Contains(told, traceID) {
			t.Errorf("under %q the partner was told %q", trace, told)
		}
		if strings.HasSuffix(told, "-00") != (trace == left) {
			t.Errorf("under %q the partner was told %q", trace, told)
		}
	}
}

// Without an endpoint there are ids and nothing is sent; with a ratio some of the traces
// that begin here are.
func TestHowMuchIsSent(t *testing.T) {
	for _, tt := range []struct {
		name        string
		change      func(*tracing.Config)
		least, most int
	}{
		{"no endpoint", func(c *tracing.Config) { c.Endpoint = "" }, 0, 0},
		{"all", nil, 200, 200},
		{"one in ten", func(c *tracing.Config) { c.Ratio = 0.1 }, 5, 40},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &kept{}
			tr := newTracing(t, c, tt.change)
			for range 200 {
				r, trail := order(http.MethodPost, "")
				tr.Request(r, orderURL)(200)
				if !wellFormed.MatchString(trail.Trace) {
					t.Fatalf("trail %q", trail.Trace)
				}
			}
			if err := tr.Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(c.all(), `"spanId"`); n < tt.least || n > tt.most {
				t.Errorf("%d of 200 were sent", n)
			}
		})
	}
}
