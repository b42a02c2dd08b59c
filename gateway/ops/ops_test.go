package ops_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/ops"
	"github.com/darajabox/darajabox/internal/testkit"
)

func get(t *testing.T, h http.Handler, path string) (status int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, strings.TrimSpace(w.Body.String())
}

func well(context.Context) error { return nil }

func TestReadyz(t *testing.T) {
	ill := func(context.Context) error { return errors.New("the disk is full") }
	stuck := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	tests := []struct {
		name            string
		database, queue func(context.Context) error
		status          int
		body            string
	}{
		{"all well", well, well, 200, `{"status":"ok","checks":{"database":"ok","queue":"ok"}}`},
		{"one ill", ill, well, 503, `{"status":"failed","checks":{"database":"the disk is full","queue":"ok"}}`},
		{"the other ill", well, ill, 503, `{"status":"failed","checks":{"database":"ok","queue":"the disk is full"}}`},
		{"no answer", stuck, well, 503, `{"status":"failed","checks":{"database":"no answer within 1s","queue":"ok"}}`},
		{"all stuck, at once", stuck, stuck, 503, `{"status":"failed","checks":{"database":"no answer within 1s","queue":"no answer within 1s"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := ops.NewHandler(ops.Config{Checks: []ops.Check{{Name: "database", Run: tt.database}, {Name: "queue", Run: tt.queue}}})
			if status, body := get(t, h, "/readyz"); status != tt.status || body != tt.body {
				t.Errorf("got %d %s", status, body)
			}
			if status, _ := get(t, h, "/livez"); status != 200 {
				t.Errorf("livez answered %d: it would be killed for what a restart does not mend", status)
			}
		})
	}
}

func TestPages(t *testing.T) {
	counts := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "counts") })
	h := ops.NewHandler(ops.Config{Metrics: counts})
	for path, want := range map[string]int{
		"/metrics": 200, "/debug/pprof/": 200, "/debug/pprof/heap": 200, "/debug/pprof/symbol": 200,
		"/debug/pprof/cmdline": 404, // flags may hold secrets
		"/":                    404,
	} {
		if got, _ := get(t, h, path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if got, _ := get(t, ops.NewHandler(ops.Config{}), "/metrics"); got != 404 {
		t.Errorf("without metrics: %d", got)
	}
}

type worker struct{ err error }

func (w worker) WorkPayment(context.Context, int64) error  { return w.err }
func (w worker) WorkDelivery(context.Context, int64) error { return w.err }

func TestPulse(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	gone := errors.New("gone")
	tests := []struct {
		name   string
		oldest time.Duration // for how long it has been due; 0 is nothing due
		worked time.Duration // how long ago; 0 is never
		work   error
		read   error
		want   string // of the error; "" is well
	}{
		{"nothing due", 0, 0, nil, nil, ""},
		{"due for a moment", 59 * time.Second, 0, nil, nil, ""},
		{"due for too long", 61 * time.Second, 0, nil, nil, "nothing is done"},
		{"one slow partner, others served", time.Hour, 30 * time.Second, nil, nil, ""},
		{"nothing done for long", time.Hour, 2 * time.Minute, nil, nil, "nothing is done"},
		{"all that is done fails", time.Hour, 30 * time.Second, gone, nil, "nothing is done"},
		{"the database is gone", 0, 0, nil, gone, "reading the backlog: gone"},
	}
	for _, tt := range tests {
		for kind, work := range map[string]func(gateway.Worker) error{
			"payment": func(w gateway.Worker) error { return w.WorkPayment(t.Context(), 1) },
			"webhook": func(w gateway.Worker) error { return w.WorkDelivery(t.Context(), 1) },
		} {
			t.Run(tt.name+", "+kind, func(t *testing.T) {
				c := testkit.NewClock(now.Add(-tt.worked))
				p := &ops.Pulse{Clock: c, Backlog: func(context.Context) (b gateway.Backlog, err error) {
					if tt.oldest != 0 {
						b.Oldest = now.Add(-tt.oldest)
					}
					return b, tt.read
				}}
				if tt.worked != 0 {
					if err := work(p.Worker(worker{tt.work})); !errors.Is(err, tt.work) {
						t.Errorf("the work's own error became %v", err)
					}
				}
				c.Advance(now.Sub(c.Now()))
				err := p.Check(t.Context())
				if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
			})
		}
	}
}
