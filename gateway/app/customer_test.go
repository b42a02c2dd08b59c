package app_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

// A customer who asks is forgotten, and the partner still learns what became of the
// payment.
func TestCustomerIsErasedOnRequest(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	log := &logBuffer{}
	cfg := config(t, d.URL)
	cfg.AdminAddr, cfg.Log = "127.0.0.1:0", slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a := start(t, cfg)
	pay(t, a, p)
	push := next(t, d.made)
	type answer struct {
		Payments  int
		Callbacks int
		Kept      struct {
			IDs    []int64 `json:"transaction_ids"`
			Reason string
		} `json:"kept_payments"`
	}
	erase := func() (got answer) {
		t.Helper()
		decodeInto(t, administer(t, a, cfg, http.MethodPost, "/customers/erase", `{"phone":"254708374149"}`), http.StatusOK, &got)
		return got
	}
	if got := erase(); got.Payments != 0 || len(got.Kept.IDs) != 1 || got.Kept.IDs[0] != 1 || got.Kept.Reason == "" {
		t.Errorf("while it is open: %+v", got)
	}
	d.call(t, push, 1, daraja.ResultSuccess)
	next(t, p.received)
	if err := a.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	see := func() response {
		t.Helper()
		got, err := do(t.Context(), http.MethodGet, a.URL()+"/api/v1/transactions/1", "")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	const number = "708374149"
	before := see()
	if got := erase(); got.Payments != 1 || got.Callbacks != 1 || len(got.Kept.IDs) != 0 || got.Kept.Reason != "" {
		t.Errorf("when it is settled: %+v", got)
	}
	got := see()
	if got.status != http.StatusOK || strings.Contains(got.body, number) || !strings.Contains(got.body, `"successful"`) {
		t.Errorf("before %v\nafter  %v", before, got)
	}
	if got := administer(t, a, cfg, http.MethodGet, "/payments/1", ""); got.status != http.StatusOK || strings.Contains(got.body, number) {
		t.Errorf("administration shows %v", got)
	}
	if n := audited(t, cfg); n != 1 {
		t.Errorf("%d callbacks are erased", n)
	}
	if strings.Contains(log.String(), number) {
		t.Errorf("the log has the number:\n%s", log)
	}
}
