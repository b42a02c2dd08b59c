package simulator_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/product/all"
)

// drain takes callbacks and forgets them.
type drain struct{ n atomic.Int64 }

func (d *drain) ScheduleDelivery(simulator.Callback) { d.n.Add(1) }

// BenchmarkLifecycle is a push, the end of its prompt and its callback, on as many
// goroutines as there are cores, without HTTP.
func BenchmarkLifecycle(b *testing.B) {
	clk, sink := clock.NewFrozen(noon()), &drain{}
	w, err := simulator.New(simulator.Config{
		Products: all.Catalogue(),
		Seed:     1, Clock: clk, Sink: sink, Settings: map[string]string{simulator.SettingThinkTime: "0s"},
		People: func(int64, daraja.MSISDN) simulator.Person {
			return simulator.Person{PIN: "1234", Balance: 1_000_000_000 * daraja.Shilling}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	world := bench{World: w}
	token, _, err := world.Token(simulator.Call{}, credentials())
	if err != nil {
		b.Fatal(err)
	}
	call := simulator.Call{Authorization: "Bearer " + token.AccessToken}
	var phones atomic.Int64
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		o := order(daraja.SandboxMSISDN, 10)
		for pb.Next() {
			n := phones.Add(1)
			o.PhoneNumber = daraja.Text(fmt.Sprintf("254711%06d", n%1_000_000))
			o.PartyA = o.PhoneNumber
			if _, _, err := world.Push(call, o); err != nil {
				b.Error(err)
			}
			if n%1000 == 0 {
				_ = clk.Advance(b.Context(), 10*time.Millisecond)
			}
		}
	})
	b.StopTimer()
	_ = clk.Advance(b.Context(), time.Second)
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "kept-B/op")
	runtime.KeepAlive(w)
}
