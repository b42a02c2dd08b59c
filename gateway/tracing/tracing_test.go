package tracing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/tracing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// clock moves on by a millisecond whenever it is read.
type clock struct {
	gateway.Clock
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

// counting is a source of bytes 1, 2, 3 and so on.
type counting struct{ n byte }

func (c *counting) Read(b []byte) (int, error) {
	for i := range b {
		c.n++
		b[i] = c.n
	}
	return len(b), nil
}

// trip is a transport that is a function.
type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("{}"))}
}

// kept is a collector that keeps what it is posted.
type kept struct {
	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
}

func (k *kept) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests, k.bodies = append(k.requests, r), append(k.bodies, body)
	return answer(200), err
}

func (k *kept) all() string { return string(bytes.Join(k.bodies, nil)) }

func newTracing(t *testing.T, collector http.RoundTripper, change func(*tracing.Config)) *tracing.Tracing {
	t.Helper()
	cfg := tracing.Config{
		Endpoint: "http://collector:4318/", Version: "darajabox/test",
		Clock:  &clock{now: time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)},
		Random: &counting{}, Log: slog.New(slog.DiscardHandler), Transport: collector,
	}
	if change != nil {
		change(&cfg)
	}
	tr, err := tracing.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Stop(context.Background()) })
	return tr
}

func stop(t *testing.T, tr *tracing.Tracing) {
	t.Helper()
	if err := tr.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

const (
	caller   = "00f067aa0ba902b7"
	traceID  = "4bf92f3577b34da6a3ce929d0e0e4736"
	sampled  = "00-" + traceID + "-" + caller + "-01"
	left     = "00-" + traceID + "-" + caller + "-00"
	orderURL = "/api/v1/mpesa/stk_push"
)

// order makes the request of an order with a traceparent, and its trail.
func order(method, traceparent string) (*http.Request, *gateway.Trail) {
	trail := &gateway.Trail{}
	r := httptest.NewRequest(method, orderURL+"?secret=hush", nil)
	if traceparent != "" {
		r.Header.Set("Traceparent", traceparent)
	}
	return r.WithContext(gateway.WithTrail(r.Context(), trail)), trail
}

// mpesa is a Daraja that answers what a test says.
type mpesa struct {
	gateway.Daraja
	pushErr, queryErr error
	answer            gateway.QueryAnswer
}

func (m mpesa) Push(context.Context, gateway.PushOrder) (gateway.PushAck, error) {
	return gateway.PushAck{}, m.pushErr
}

func (m mpesa) Query(context.Context, string, string) (gateway.QueryAnswer, error) {
	return m.answer, m.queryErr
}

// life is all that can happen to a payment of somebody's whose phone is everywhere.
func life(t *testing.T, tr *tracing.Tracing) {
	t.Helper()
	r, trail := order(http.MethodPost, sampled)
	done := tr.Request(r, orderURL)
	trail.Payment = 7
	ctx := r.Context()
	refused := &gateway.PushError{Ambiguous: true, Message: "no answer about 254712345678", Err: io.ErrUnexpectedEOF}
	_, _ = tr.Daraja(mpesa{}).Push(ctx, gateway.PushOrder{Phone: "254712345678", Token: "hush"})
	_, _ = tr.Daraja(mpesa{pushErr: refused}).Push(ctx, gateway.PushOrder{Phone: "254712345678", Token: "hush"})
	_, _ = tr.Daraja(mpesa{answer: gateway.QueryAnswer{Pending: true}}).Query(ctx, "shop", "ws_CO_01012026120000000712345678")
	_, _ = tr.Daraja(mpesa{answer: gateway.QueryAnswer{ResultCode: "1037"}}).Query(ctx, "shop", "ws_CO_01012026120000000712345678")
	p := &gateway.Payment{ID: 7, State: gateway.Paid, ResultCode: "0", Phone: "254712345678", Trace: trail.Trace}
	tr.CallbackTaken(gateway.Callback{
		Token: "hush", Body: []byte("254712345678"), Verdict: "contradiction: of 254712345678",
		ReceivedAt: time.Date(2026, time.January, 1, 12, 0, 1, 0, time.UTC),
	}, p, 1500*time.Microsecond)
	for _, say := range []trip{
		func(*http.Request) (*http.Response, error) { return answer(204), nil },
		func(*http.Request) (*http.Response, error) { return answer(410), nil },
		func(*http.Request) (*http.Response, error) { return nil, errors.New("refused 254712345678") },
	} {
		hook, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://shop.example.com/hush/254712345678?key=hush", strings.NewReader("hush"))
		if err != nil {
			t.Fatal(err)
		}
		hook.Header.Set("Authorization", "hush")
		if resp, err := tr.Webhooks(say).RoundTrip(hook); err == nil {
			_ = resp.Body.Close()
		}
	}
	done(502)
}

// What a collector is posted is OTLP's JSON as opentelemetry.io/docs/specs/otlp has it:
// ids in hex, enums as numbers, 64-bit numbers and times in ns as strings. Whose phone
// it is, where webhooks go within a host, and what authorizes is nowhere in it.
func TestWhatTheCollectorIsPosted(t *testing.T) {
	c := &kept{}
	tr := newTracing(t, c, nil)
	life(t, tr)
	stop(t, tr)
	if len(c.requests) != 1 {
		t.Fatalf("%d requests", len(c.requests))
	}
	r := c.requests[0]
	if r.Method != http.MethodPost || r.URL.String() != "http://collector:4318/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	for _, hidden := range []string{"712345678", "hush"} {
		if strings.Contains(c.all(), hidden) {
			t.Errorf("%s is in %s", hidden, c.all())
		}
	}
	var got bytes.Buffer
	if err := json.Indent(&got, c.bodies[0], "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	const golden = "testdata/spans.json"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\nwant what %s has", &got, golden)
	}
}

// Somebody else's words are masked before they are cut, and cut between letters.
func TestSomebodyElsesWords(t *testing.T) {
	for _, tt := range []struct{ name, said, want string }{
		{"short", "no", "no"},
		{"a phone across the end", strings.Repeat("x", 192) + "254712345678", strings.Repeat("x", 192) + "2547XXXX…"},
		{"a letter across the end", strings.Repeat("x", 199) + "é and more", strings.Repeat("x", 199) + "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &kept{}
			tr := newTracing(t, c, nil)
			ctx := gateway.WithTrail(t.Context(), &gateway.Trail{Trace: sampled})
			_, _ = tr.Daraja(mpesa{queryErr: errors.New(tt.said), answer: gateway.QueryAnswer{ResultCode: daraja.ResultCode(tt.said)}}).Query(ctx, "shop", "")
			stop(t, tr)
			for _, want := range []string{`"message":"` + tt.want + `"`, `{"key":"darajabox.result_code","value":{"stringValue":"` + tt.want + `"}}`} {
				if !strings.Contains(c.all(), want) {
					t.Errorf("no %s in %s", want, c.all())
				}
			}
		})
	}
}

func TestCheckEndpoint(t *testing.T) {
	for raw, good := range map[string]bool{
		"http://127.0.0.1:4318": true, "https://collector.example.com/otlp": true,
		"": false, "collector:4318": false, "grpc://collector:4317": false, "http://": false,
		"http://user:hush@collector:4318": false, "http://collector:4318?key=hush": false, "http://a b": false,
	} {
		err := tracing.CheckEndpoint(raw)
		if (err == nil) != good {
			t.Errorf("%q: %v", raw, err)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%v shows a secret", err)
		}
	}
}

// A partner may have a number in the host of its callback URL. It is masked like all else
// in a span, and an ordinary host stays as it is.
func TestNumbersInHostsAreMasked(t *testing.T) {
	for host, want := range map[string]string{
		"254711000021.local:8190":     "2547XXXXX021.local",
		"0711000021.shop.example.com": "07XXXXX021.shop.example.com",
		"hooks-711000021.example.com": "hooks-7XXXXX021.example.com",
		"shop.example.com":            "shop.example.com",
		"192.168.100.200:8090":        "192.168.100.200",
	} {
		t.Run(host, func(t *testing.T) {
			c := &kept{}
			tr := newTracing(t, c, nil)
			ctx := gateway.WithTrail(t.Context(), &gateway.Trail{Trace: sampled})
			hook, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+host+"/hook", nil)
			if err != nil {
				t.Fatal(err)
			}
			refused := trip(func(*http.Request) (*http.Response, error) {
				return nil, errors.New("lookup " + host + ": no such host")
			})
			if resp, err := tr.Webhooks(refused).RoundTrip(hook); err == nil {
				_ = resp.Body.Close()
			}
			stop(t, tr)
			if want := `{"key":"server.address","value":{"stringValue":"` + want + `"}}`; !strings.Contains(c.all(), want) || strings.Contains(c.all(), "711000021") {
				t.Errorf("no %s in %s", want, c.all())
			}
		})
	}
}
