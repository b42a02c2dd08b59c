package loadtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/internal/loadtest"
)

// speed is a rate, and the processor time of one operation.
type speed struct {
	perSecond float64
	cpu       time.Duration
}

// bare measures a handler that does nothing but decode an order and encode an answer,
// under the same clients as the gateway. What a payment costs in such requests can be
// compared between machines, and between a busy one and an idle one.
func bare(b *testing.B, clients int) speed {
	b.Helper()
	r := mux.NewRouter()
	r.HandleFunc("/api/v1/mpesa/stk_push", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Phone       string `json:"phone"`
			Amount      int64  `json:"amount"`
			Reference   string `json:"reference"`
			CallbackURL string `json:"callback_url"`
		}
		if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "transaction_id": order.Amount, "message": order.Reference})
	}).Methods(http.MethodPost)
	server := httptest.NewServer(r)
	defer server.Close()
	measure := func(orders int) speed {
		load := loadtest.Load{Gateway: server.URL, Key: apiKey, Callback: server.URL, Orders: orders, Clients: clients, Prefix: "B", History: &loadtest.History{}}
		before := processorTime(b)
		timing, err := load.Run(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if timing.Refused > 0 {
			b.Fatalf("the bare handler refused %d orders", timing.Refused)
		}
		return speed{float64(orders) / timing.Elapsed.Seconds(), (processorTime(b) - before) / time.Duration(orders)}
	}
	probe := measure(2000)
	return measure(max(int(probe.perSecond/2), 2000)) // half a second's worth
}

// compare reports payments beside the mean of two measurements of bare requests.
func compare(b *testing.B, payments, before, after speed) {
	b.Helper()
	bare := speed{(before.perSecond + after.perSecond) / 2, (before.cpu + after.cpu) / 2}
	b.ReportMetric(payments.perSecond, "payments/s")
	b.ReportMetric(bare.perSecond, "bare/s")
	b.ReportMetric(payments.perSecond/bare.perSecond, "payments-per-bare")
	b.ReportMetric(float64(payments.cpu)/float64(time.Microsecond), "cpu-us/payment")
	b.ReportMetric(float64(payments.cpu)/float64(bare.cpu), "cpu-bares/payment")
}

// processorTime is the processor time of this process.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
