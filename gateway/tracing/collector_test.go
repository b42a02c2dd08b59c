package tracing_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/darajabox/darajabox/gateway/tracing"
)

// orders begins and ends the spans of n orders.
func orders(tr *tracing.Tracing, n int) {
	for range n {
		r, _ := order(http.MethodPost, sampled)
		tr.Request(r, orderURL)(200)
	}
}

// spansIn counts the spans of a body.
func spansIn(body []byte) int { return bytes.Count(body, []byte(`"spanId"`)) }

// hangs is a collector that does not answer.
func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

// What a collector does not take is counted and told once, with the reason; the next
// spans are sent all the same.
func TestCollectorThatDoesNotTakeSpans(t *testing.T) {
	for _, tt := range []struct {
		name string
		trip trip
		why  string
	}{
		{"down", func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") }, "reaching the collector: refused"},
		{"busy", func(*http.Request) (*http.Response, error) { return answer(503), nil }, "the collector answered 503"},
		{"elsewhere", func(*http.Request) (*http.Response, error) { return answer(302), nil }, "the collector answered 302"},
		{"silent", hangs, "reaching the collector: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				c, broken := &kept{}, true
				tr := newTracing(t, trip(func(r *http.Request) (*http.Response, error) {
					if broken {
						return tt.trip(r)
					}
					return c.RoundTrip(r)
				}), func(cfg *tracing.Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
				orders(tr, 3)
				<-time.After(time.Minute) // of the bubble
				synctest.Wait()
				if tr.Dropped() != 3 || strings.Count(log.String(), "\n") != 1 ||
					!strings.Contains(log.String(), `msg="spans were dropped" spans=3`) || !strings.Contains(log.String(), tt.why) {
					t.Errorf("%d were dropped, and the log says %s", tr.Dropped(), &log)
				}
				broken = false
				orders(tr, 2)
				stop(t, tr)
				if tr.Dropped() != 3 || spansIn([]byte(c.all())) != 2 || strings.Count(log.String(), "\n") != 1 {
					t.Errorf("then %d were dropped, %s was sent, and the log says %s", tr.Dropped(), c.all(), &log)
				}
			})
		})
	}
}

// However slow the collector is, nobody waits for it and no more than so many spans
// wait. Each of the others is counted.
func TestSlowCollector(t *testing.T) {
	const most, made = 2048, 5000
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		answers := make(chan struct{})
		var log bytes.Buffer
		c := &kept{}
		tr := newTracing(t, trip(func(r *http.Request) (*http.Response, error) {
			<-answers
			resp, err := c.RoundTrip(r)
			sent.Store(int64(spansIn([]byte(c.all()))))
			return resp, err
		}), func(cfg *tracing.Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		begun := time.Now()
		orders(tr, made)
		if took := time.Since(begun); took != 0 {
			t.Errorf("orders waited %s for the collector", took)
		}
		if got := tr.Dropped(); got != made-most {
			t.Errorf("%d were dropped, want %d", got, made-most)
		}
		close(answers)
		stop(t, tr)
		if sent.Load() != most || tr.Dropped() != made-most {
			t.Errorf("%d were sent, %d dropped; want %d and %d", sent.Load(), tr.Dropped(), most, made-most)
		}
		if !strings.Contains(log.String(), `spans=2952 error="more than 2048 waited for the collector"`) || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("the log says %s", &log)
		}
	})
}

// A collector that hangs is given up after its time, in full batches, and what has left
// makes room.
func TestRoomIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		tr := newTracing(t, trip(func(r *http.Request) (*http.Response, error) {
			requests++
			return hangs(r)
		}), nil)
		orders(tr, 2048)
		<-time.After(time.Minute) // of the bubble
		synctest.Wait()
		if got := tr.Dropped(); got != 2048 || requests != 4 {
			t.Errorf("%d were dropped in %d requests, want 2048 in 4", got, requests)
		}
		orders(tr, 2048)
		if got := tr.Dropped(); got != 2048 {
			t.Errorf("%d were dropped; there was no room", got)
		}
	})
}

// Stop gives a collector until the context ends, and leaves nothing running.
func TestStopGivesUp(t *testing.T) {
	for _, patience := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			var waiting atomic.Int64
			tr := newTracing(t, trip(func(r *http.Request) (*http.Response, error) {
				waiting.Add(1)
				defer waiting.Add(-1)
				return hangs(r)
			}), nil)
			orders(tr, 2000)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			begun := time.Now()
			if err := tr.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "sending the last spans") {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begun); took != patience || waiting.Load() != 0 {
				t.Errorf("it took %s, and %d requests still wait", took, waiting.Load())
			}
			if got := tr.Dropped(); got != 2000 {
				t.Errorf("%d were dropped", got)
			}
			stop(t, tr) // again does nothing
			orders(tr, 1)
		})
	}
}
