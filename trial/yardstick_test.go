package trial_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/trial"
)

// pace is how fast something goes, and what of the processors one piece of it takes.
type pace struct {
	perSecond float64
	cpu       time.Duration
}

// bare measures a handler that does nothing but decode an order and encode an answer,
// under the same clients as the gateway. What a payment costs in such requests can be
// compared between machines, and between a busy one and an idle one.
func bare(b *testing.B, clients int) pace {
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
	turn := func(orders int) pace {
		load := trial.Load{Gateway: server.URL, Key: apiKey, Callback: server.URL, Orders: orders, Clients: clients, Prefix: "B", History: &trial.History{}}
		before := processorTime(b)
		took, err := load.Run(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if took.Refused > 0 {
			b.Fatalf("the bare handler refused %d orders", took.Refused)
		}
		return pace{float64(orders) / took.Elapsed.Seconds(), (processorTime(b) - before) / time.Duration(orders)}
	}
	probe := turn(2000)
	return turn(max(int(probe.perSecond/2), 2000)) // half a second's worth
}

// compare reports payments beside bare requests, of which two measures are the mean.
func compare(b *testing.B, payments, before, after pace) {
	b.Helper()
	bare := pace{(before.perSecond + after.perSecond) / 2, (before.cpu + after.cpu) / 2}
	b.ReportMetric(payments.perSecond, "payments/s")
	b.ReportMetric(bare.perSecond, "bare/s")
	b.ReportMetric(payments.perSecond/bare.perSecond, "payments-per-bare")
	b.ReportMetric(float64(payments.cpu)/float64(time.Microsecond), "cpu-us/payment")
	b.ReportMetric(float64(payments.cpu)/float64(bare.cpu), "cpu-bares/payment")
}

// processorTime is what this process has used of the processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
