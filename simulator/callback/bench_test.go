package callback_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/journal"
)

// BenchmarkDeliver measures callbacks over loopback to a net/http server, beside a
// net/http client that uses connections again too, and keeps no record. "ratio" runs
// both in turns; 1 would be as fast as that.
func BenchmarkDeliver(b *testing.B) {
	b.Run("net/http", func(b *testing.B) { measure(b, client(b)) })
	b.Run("sender", func(b *testing.B) { measure(b, sender(b)) })
	b.Run("ratio", func(b *testing.B) {
		took := measure(b, client(b), sender(b))
		b.ReportMetric(float64(took[0])/float64(took[1]), "ratio")
		b.ReportMetric(float64(b.N)/took[0].Seconds(), "nethttp/s")
	})
}

// measure sends b.N callbacks each way, in turns, and returns how long that took.
func measure(b *testing.B, ways ...func(n int)) []time.Duration {
	b.Helper()
	const turn = 2_000
	for _, way := range ways {
		way(turn) // connections
	}
	took := make([]time.Duration, len(ways))
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += turn {
		for i, way := range ways {
			start := time.Now()
			way(min(turn, b.N-done))
			took[i] += time.Since(start)
		}
	}
	b.ReportMetric(float64(b.N)/took[len(took)-1].Seconds(), "callbacks/s")
	return took
}

func sink(b *testing.B) string {
	b.Helper()
	m := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	b.Cleanup(m.Close)
	return m.URL + "/stk"
}

const paid = `{"Body":{"stkCallback":{"MerchantRequestID":"c00b-4b30-965f-0294f077cb79550341","CheckoutRequestID":"ws_CO_07072025180034153708374149","ResultCode":0,"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[{"Name":"Amount","Value":1.00},{"Name":"MpesaReceiptNumber","Value":"TG70CX3F8K"},{"Name":"Balance"},{"Name":"TransactionDate","Value":20250707180036},{"Name":"PhoneNumber","Value":254708374149}]}}}}`

func sender(b *testing.B) func(int) {
	b.Helper()
	url := sink(b)
	s := callback.New(callback.Config{
		Clock: running{clock.NewFrozen(epoch())}, Record: journal.New(journal.Config{}), Log: slog.New(slog.DiscardHandler), Concurrency: 16,
	})
	b.Cleanup(func() {
		for _, c := range s.List() {
			if c.Status != callback.Delivered {
				b.Fatalf("%+v", c)
			}
		}
		_ = s.Stop(b.Context())
	})
	return func(n int) {
		for i := range n {
			cb := named(fmt.Sprint("ws_CO_", i), url, simulator.CallbackPlan{})
			cb.Body = []byte(paid)
			s.ScheduleDelivery(cb)
		}
		if err := s.Idle(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func client(b *testing.B) func(int) {
	b.Helper()
	url := sink(b)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}}
	b.Cleanup(client.CloseIdleConnections)
	return func(n int) {
		var all sync.WaitGroup
		work := make(chan struct{}, n)
		for range n {
			work <- struct{}{}
		}
		close(work)
		for range 16 {
			all.Go(func() {
				for range work {
					res, err := client.Post(url, "application/json", bytes.NewReader([]byte(paid)))
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
				}
			})
		}
		all.Wait()
	}
}
