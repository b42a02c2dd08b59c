package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/metrics"
	"github.com/darajabox/darajabox/internal/testkit"
)

func newClock() *testkit.Clock {
	return testkit.NewClock(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC))
}

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// has checks that a scrape has these lines, each whole.
func has(t *testing.T, got string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+got, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			name, _, _ = strings.Cut(name, " ")
			t.Errorf("no line %s; there is:\n%s", line, grep(got, name))
		}
	}
}

func grep(text, word string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) && !strings.HasPrefix(line, "#") {
			out.WriteString(line)
		}
	}
	return out.String()
}

func TestDoors(t *testing.T) {
	c := newClock()
	m := metrics.New(metrics.Config{Clock: c})
	done := m.Request(nil, "/push")
	c.Advance(15 * time.Millisecond)
	has(t, scrape(t, m), `darajabox_http_requests_in_flight{route="/push"} 1`)
	done(200)
	m.Request(nil, "/push")(429)
	m.Request(nil, "/push")(503)
	has(t, scrape(t, m),
		`darajabox_http_requests_in_flight{route="/push"} 0`,
		`darajabox_http_requests_total{code="200",route="/push"} 1`,
		`darajabox_http_requests_total{code="429",route="/push"} 1`,
		`darajabox_http_requests_shed_total{code="429",route="/push"} 1`,
		`darajabox_http_requests_shed_total{code="503",route="/push"} 1`,
		`darajabox_http_request_seconds_bucket{route="/push",le="0.01"} 2`,
		`darajabox_http_request_seconds_bucket{route="/push",le="0.02"} 3`,
	)
	if got := grep(scrape(t, m), `shed_total{code="200"`); got != "" {
		t.Errorf("an answer was counted as shed: %s", got)
	}
}

type fakeDaraja struct {
	push   error
	answer gateway.QueryAnswer
	query  error
}

func (fakeDaraja) Ready(string) time.Duration { return 0 }

func (f fakeDaraja) Push(context.Context, gateway.PushOrder) (gateway.PushAck, error) {
	return gateway.PushAck{}, f.push
}

func (f fakeDaraja) Query(context.Context, string, string) (gateway.QueryAnswer, error) {
	return f.answer, f.query
}

func TestDarajaCalls(t *testing.T) {
	m := metrics.New(metrics.Config{Clock: newClock()})
	for _, f := range []fakeDaraja{
		{},
		{push: &gateway.PushError{}},
		{push: &gateway.PushError{Ambiguous: true}},
		{push: errors.New("what is this")},
	} {
		if _, err := m.Daraja(f).Push(t.Context(), gateway.PushOrder{}); !errors.Is(err, f.push) {
			t.Errorf("got %v", err)
		}
	}
	for _, f := range []fakeDaraja{
		{answer: gateway.QueryAnswer{ResultCode: "0"}}, {answer: gateway.QueryAnswer{Pending: true}}, {query: errors.New("no")},
	} {
		if got, err := m.Daraja(f).Query(t.Context(), "shop", "x"); got != f.answer || !errors.Is(err, f.query) {
			t.Errorf("got %v, %v", got, err)
		}
	}
	has(t, scrape(t, m),
		`darajabox_daraja_calls_total{call="push",outcome="accepted"} 1`,
		`darajabox_daraja_calls_total{call="push",outcome="refused"} 1`,
		`darajabox_daraja_calls_total{call="push",outcome="unanswered"} 2`, // who knows: never "refused"
		`darajabox_daraja_calls_total{call="query",outcome="answered"} 1`,
		`darajabox_daraja_calls_total{call="query",outcome="pending"} 1`,
		`darajabox_daraja_calls_total{call="query",outcome="failed"} 1`,
		`darajabox_daraja_calls_in_flight{call="push"} 0`,
		`darajabox_daraja_call_seconds_count{call="push"} 4`,
	)
}

func TestPaymentsByOutcomeAndCode(t *testing.T) {
	c := newClock()
	m := metrics.New(metrics.Config{Clock: c})
	changed := func(e gateway.Event, from, to gateway.State, code daraja.ResultCode) {
		m.Changed(gateway.Change{Event: e, From: from, Payment: gateway.Payment{
			State: to, ResultCode: code, CreatedAt: c.Now().Add(-20 * time.Second), UpdatedAt: c.Now(),
		}})
	}
	changed(gateway.PushWasAccepted, gateway.Sending, gateway.Pending, "")
	changed(gateway.CallbackSuccess, gateway.Pending, gateway.Paid, daraja.ResultSuccess)
	changed(gateway.CallbackSuccess, gateway.Paid, gateway.Paid, daraja.ResultSuccess) // only the receipt: not a second payment
	changed(gateway.CallbackFailure, gateway.Pending, gateway.Failed, "1032")
	changed(gateway.CallbackFailure, gateway.Pending, gateway.Failed, "254712345678")
	changed(gateway.PushWasRefused, gateway.Sending, gateway.Failed, "")
	got := scrape(t, m)
	has(t, got,
		`darajabox_payments_total{code="0",state="paid"} 1`,
		`darajabox_payments_total{code="1032",state="failed"} 1`,
		`darajabox_payments_total{code="other",state="failed"} 1`,
		`darajabox_payments_total{code="none",state="failed"} 1`,
		`darajabox_payment_events_total{event="push_accepted",state="pending"} 1`,
		`darajabox_payment_events_total{event="callback_success",state="paid"} 2`,
		`darajabox_payment_seconds_bucket{state="paid",le="15"} 0`,
		`darajabox_payment_seconds_bucket{state="paid",le="30"} 1`,
	)
	if strings.Contains(got, "712345678") || strings.Contains(got, `state="pending",code`) {
		t.Error("a label is not bounded, or what is not over counts as over")
	}
}

func TestCallbacksAndWebhooks(t *testing.T) {
	c := newClock()
	m := metrics.New(metrics.Config{Clock: c})
	m.CallbackTaken(gateway.Callback{Verdict: gateway.VerdictMalformed + `: amount "254712345678"`}, nil, time.Millisecond)
	m.CallbackTaken(gateway.Callback{Verdict: gateway.VerdictApplied}, &gateway.Payment{}, time.Millisecond)

	m.CallbackTaken(gateway.Callback{Verdict: gateway.VerdictUnproven + ": result", Proof: gateway.Unproven}, &gateway.Payment{}, time.Millisecond)
	m.CallbackTaken(gateway.Callback{Verdict: gateway.VerdictRefused, Proof: gateway.Refused}, &gateway.Payment{}, time.Millisecond)
	m.CallbackTaken(gateway.Callback{Verdict: gateway.VerdictNobody, Proof: gateway.Unproven}, nil, time.Millisecond)

	due := gateway.Delivery{State: gateway.DeliveryDue}
	m.Attempted(due, gateway.Attempt{Number: 1, Status: 503, At: c.Now(), Took: time.Second}, c.Now().Add(-30*time.Millisecond))
	m.Attempted(due, gateway.Attempt{Number: 2, At: c.Now()}, c.Now().Add(-time.Hour)) // a retry says nothing of the lag
	m.Attempted(gateway.Delivery{State: gateway.DeliveryDone}, gateway.Attempt{Number: 3, Status: 204, At: c.Now()}, c.Now())
	m.Attempted(gateway.Delivery{State: gateway.DeliveryExhausted}, gateway.Attempt{Number: 9, Status: 302, At: c.Now()}, c.Now())
	has(t, scrape(t, m),
		`darajabox_callbacks_total{verdict="malformed"} 1`,
		`darajabox_callbacks_total{verdict="applied"} 1`,
		`darajabox_callbacks_total{verdict="to be confirmed"} 1`,
		`darajabox_callbacks_unlisted_total 2`,
		`darajabox_callback_seconds_count 5`,
		`darajabox_webhook_attempts_total{outcome="5xx"} 1`,
		`darajabox_webhook_attempts_total{outcome="unanswered"} 1`,
		`darajabox_webhook_attempts_total{outcome="2xx"} 1`,
		`darajabox_webhook_attempts_total{outcome="3xx"} 1`,
		`darajabox_webhooks_total{state="delivered"} 1`,
		`darajabox_webhooks_total{state="exhausted"} 1`,
		`darajabox_webhook_lag_seconds_bucket{le="0.02"} 0`,
		`darajabox_webhook_lag_seconds_bucket{le="0.05"} 1`,
		`darajabox_webhook_lag_seconds_count 1`,
	)
}

func TestBacklogIsReadAtScrapes(t *testing.T) {
	c := newClock()
	var reads atomic.Int64
	var fail error
	m := metrics.New(metrics.Config{Clock: c, Backlog: func(ctx context.Context) (gateway.Backlog, error) {
		if end, ok := ctx.Deadline(); !ok || time.Until(end) > time.Second {
			t.Error("a scrape may wait for ever")
		}
		reads.Add(1)
		return gateway.Backlog{Payments: 3, Deliveries: 4, Waiting: 5, Oldest: c.Now().Add(-90 * time.Second)}, fail
	}})
	scrape(t, m)
	has(t, scrape(t, m), `darajabox_backlog{kind="payments"} 3`, `darajabox_backlog{kind="webhooks"} 4`,
		`darajabox_backlog_oldest_seconds 90`, `darajabox_store_up 1`, `darajabox_webhooks_waiting 5`)
	if n := reads.Load(); n != 1 {
		t.Errorf("the store was asked %d times within a second", n)
	}
	c.Advance(time.Second)
	fail = errors.New("gone")
	got := scrape(t, m)
	has(t, got, `darajabox_store_up 0`)
	if strings.Contains(grep(got, "darajabox_backlog"), "darajabox_backlog{") {
		t.Error("an old backlog is shown for the present one")
	}
}

func TestStoreUpdatesAndBreakers(t *testing.T) {
	m := metrics.New(metrics.Config{Clock: newClock()})
	m.Updated(3*time.Millisecond, nil)
	m.Updated(time.Second, errors.New("gone"))
	state := 2
	m.Breaker("push", func() int { return state })
	m.Breaker("query", func() int { return 0 })
	m.PutOff("push", "limiter")
	m.PutOff("push", "limiter")
	has(t, scrape(t, m),
		`darajabox_store_update_seconds_bucket{outcome="ok",le="0.0025"} 0`,
		`darajabox_store_update_seconds_bucket{outcome="ok",le="0.005"} 1`,
		`darajabox_store_update_seconds_count{outcome="failed"} 1`,
		`darajabox_daraja_breaker{product="push"} 2`,
		`darajabox_daraja_breaker{product="query"} 0`,
		`darajabox_daraja_put_off_total{product="push",reason="limiter"} 2`,
	)
	state = 1
	has(t, scrape(t, m), `darajabox_daraja_breaker{product="push"} 1`)
	if got := scrape(t, m); !strings.Contains(got, "go_goroutines ") || !strings.Contains(got, "go_build_info{") {
		t.Error("nothing of the runtime and the build")
	}
}

// Two gateways in one process have nothing in common.
func TestRegistriesAreSeparate(t *testing.T) {
	a, b := metrics.New(metrics.Config{Clock: newClock()}), metrics.New(metrics.Config{Clock: newClock()})
	a.Request(nil, "/push")(200)
	if got := grep(scrape(t, b), "/push"); got != "" {
		t.Errorf("the other one has %s", got)
	}
}

func TestSpans(t *testing.T) {
	m := metrics.New(metrics.Config{Clock: newClock()})
	m.Spans(func() int64 { return 512 })
	has(t, scrape(t, m), `darajabox_spans_dropped_total 512`)
}
