package app_test

import (
	"context"
	"net/http"
	"runtime"
	"testing"

	"github.com/darajabox/darajabox/simulator/app"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// BenchmarkStartToFirstToken makes a simulator, starts it on ports of the kernel's
// choice, and asks it for a token. Its end is not counted.
func BenchmarkStartToFirstToken(b *testing.B) {
	for b.Loop() {
		a, err := app.New(app.Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := a.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		w := &world{Base: a.URL(), Key: "sandbox", Secret: "sandbox"}
		if status, body := w.login(b); status != http.StatusOK {
			b.Fatal(body)
		}
		b.StopTimer()
		client.CloseIdleConnections()
		if err := a.Stop(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkWorlds makes worlds and tells what one costs that nothing happens in.
func BenchmarkWorlds(b *testing.B) {
	a, err := app.New(app.Config{})
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for b.Loop() {
		if n == app.MaxWorlds-1 { // the server is full: it begins again
			b.StopTimer()
			for _, w := range a.Worlds().List()[1:] {
				if err := a.Worlds().Delete(b.Context(), w.Info().ID); err != nil {
					b.Fatal(err)
				}
			}
			n = 0
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.StartTimer()
		}
		if _, err := a.Worlds().Create(b.Context(), controlclient.NewWorld{}); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/float64(n), "B/world")
	runtime.KeepAlive(a)
}
