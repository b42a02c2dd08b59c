package sqlite

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// BenchmarkGroupCommit says what sharing a commit gives: updates/s of the same
// callers in the same run with a commit for each update and with shared ones, and
// the ratio. An update inserts a payment and its push, durably.
func BenchmarkGroupCommit(b *testing.B) {
	for _, callers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			alone := rate(b, 1, callers)
			shared := rate(b, maxBatch, callers)
			b.ReportMetric(alone, "alone/s")
			b.ReportMetric(shared, "shared/s")
			b.ReportMetric(shared/alone, "ratio")
		})
	}
}

// rate does b.N updates from so many callers and returns how many it did a second.
func rate(b *testing.B, batch, callers int) float64 {
	b.Helper()
	s, err := open(context.Background(), Config{Dir: b.TempDir(), Clock: frozen()}, batch)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var next atomic.Int64
	var all sync.WaitGroup
	begin := time.Now()
	for range callers {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				key := fmt.Sprint(i)
				err := s.Update(context.Background(), func(tx gateway.Tx) error {
					p := samplePayment(key)
					if err := tx.InsertPayment(p); err != nil {
						return err
					}
					return tx.InsertPush(gateway.Push{Token: key, PaymentID: p.ID, Number: 1, State: gateway.PushBegun})
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(b.N) / time.Since(begin).Seconds()
}

// BenchmarkView reads a payment from many goroutines.
func BenchmarkView(b *testing.B) {
	s := opened(b, b.TempDir(), frozen())
	p := samplePayment("k")
	if err := s.Update(context.Background(), func(tx gateway.Tx) error { return tx.InsertPayment(p) }); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := s.View(context.Background(), func(tx gateway.Tx) error {
				_, err := tx.Payment(p.ID)
				return err
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}
