package loadtest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/loadtest"
	"github.com/darajabox/darajabox/internal/pgtest"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

const apiKey = "dbx_loadtest_a-key-of-a-load-test"

// BenchmarkPayments is whole payments: order, push, callback, webhook, each step
// committed. Client, gateway, simulator and partner share the process and its cores.
// One operation is one payment. The benchmark fails unless the ledgers of M-PESA and
// the partner agree on every one of them. It also reports what a bare handler does on
// the same machine, just before and just after.
func BenchmarkPayments(b *testing.B) {
	for _, line := range []struct {
		store string
		rate  float64 // 0 is as fast as possible
	}{{"sqlite", 500}, {"sqlite", 1000}, {"sqlite", 0}, {"postgres", 250}, {"postgres", 500}, {"postgres", 0}} {
		name := fmt.Sprintf("%s/rate=%g", line.store, line.rate)
		if line.rate == 0 {
			name = line.store + "/flat-out"
		}
		b.Run(name, func(b *testing.B) { payments(b, database(b, line.store), line.rate) })
	}
}

// database makes an empty, durable database.
func database(b *testing.B, store string) string {
	b.Helper()
	if store == "sqlite" {
		return b.TempDir()
	}
	return pgtest.NewCluster(b, pgtest.Durable).Database(b)
}

func payments(b *testing.B, database string, rate float64) {
	b.Helper()
	const clients = 64
	before := bare(b, clients)
	h := &loadtest.History{}
	sink := loadtest.NewWebhookSink(h, 1, 0)
	defer sink.Close()
	sim := startSimulator(b)
	gw := startGateway(b, sim, database)
	load := loadtest.Load{Gateway: gw.URL(), Key: apiKey, Callback: sink.URL, Orders: b.N, Rate: rate, Clients: clients, Prefix: "L", History: h}
	used := processorTime(b)
	b.ResetTimer()
	timing, err := load.Run(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	webhooks := awaitWebhooks(b, sink, b.N-timing.Refused)
	b.StopTimer()
	all := speed{float64(b.N) / (timing.Elapsed + webhooks).Seconds(), (processorTime(b) - used) / time.Duration(b.N)}
	compare(b, all, before, bare(b, clients))
	if err := loadtest.RecordSimulator(b.Context(), h, sim.ControlURL(), ""); err != nil {
		b.Fatal(err)
	}
	report(b, h, timing)
}

// awaitWebhooks waits until n webhooks have come, and says how long that timing.
func awaitWebhooks(b *testing.B, sink *loadtest.WebhookSink, n int) time.Duration {
	b.Helper()
	start := time.Now()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	if got := sink.Await(ctx, n); got < n {
		b.Fatalf("%d webhooks came, want %d", got, n)
	}
	return time.Since(start)
}

func report(b *testing.B, h *loadtest.History, timing loadtest.Timing) {
	b.Helper()
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(timing.All[len(timing.All)/2]), "order-p50-ms")
	b.ReportMetric(ms(timing.All[len(timing.All)*99/100]), "order-p99-ms")
	b.ReportMetric(float64(timing.Refused), "refused")
	paid := make(map[string]time.Time)
	for _, e := range h.Events() {
		if e.Kind == loadtest.Paid {
			paid[e.Receipt] = e.At
		}
	}
	var webhook []time.Duration
	for _, e := range h.Events() {
		if e.Kind == loadtest.WebhookReceived {
			at, known := paid[e.Receipt]
			if !known {
				b.Errorf("the webhook of transaction %d has receipt %q, which no customer paid", e.Transaction, e.Receipt)
				continue
			}
			delete(paid, e.Receipt)
			webhook = append(webhook, e.At.Sub(at))
		}
	}
	if len(paid) != 0 {
		b.Errorf("%d payments have no webhook", len(paid))
	}
	if len(webhook)+timing.Refused != b.N {
		b.Errorf("%d payments have a webhook and %d were refused, of %d", len(webhook), timing.Refused, b.N)
	}
	slices.Sort(webhook)
	if len(webhook) > 0 {
		b.ReportMetric(ms(webhook[len(webhook)/2]), "webhook-p50-ms")
		b.ReportMetric(ms(webhook[len(webhook)*99/100]), "webhook-p99-ms")
	}
}

func startSimulator(b *testing.B) *simapp.App {
	b.Helper()
	sim, err := simapp.New(simapp.Config{Settings: map[string]string{"think_time": "0s"}})
	if err != nil {
		b.Fatal(err)
	}
	start(b, sim)
	return sim
}

func startGateway(b *testing.B, sim *simapp.App, database string) *gwapp.App {
	b.Helper()
	gw, err := gwapp.New(gwapp.Config{
		Addr: "127.0.0.1:0", Data: b.TempDir(), Database: database, MasterKey: strings.Repeat("5a", 32), AllowPrivate: true, DarajaURL: sim.URL(), ConsumerKey: "sandbox", ConsumerSecret: "sandbox",
		Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey,
		Partners: []gwapp.PartnerConfig{{Name: "load", Key: apiKey}},
	})
	if err != nil {
		b.Fatal(err)
	}
	start(b, gw)
	return gw
}

func start(b *testing.B, s interface {
	Start(context.Context) error
	Stop(context.Context) error
}) {
	b.Helper()
	if err := s.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(b.Context()), 20*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil && !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	})
}
