package app_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/pgtest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// A customer who asks is forgotten, and the partner still learns what became of the
// payment.
func TestCustomerIsErasedOnRequest(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	log := &testkit.Log{}
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

// On both stores: the same key gets the same answer after an erasure and a late copy of
// the callback, another body is still refused, and the number does not come back.
func TestErasureAndLateCallback(t *testing.T) {
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite": func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string {
			t.Helper()
			if testing.Short() {
				t.Skip("starts PostgreSQL")
			}
			return pgtest.NewDatabase(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := newDaraja(t), newPartner(t)
			cfg := config(t, d.URL)
			cfg.AdminAddr, cfg.MasterKey, cfg.Database = "127.0.0.1:0", strings.Repeat("6b", 32), database(t)
			a := start(t, cfg)
			const key = "order-of-0708-374-149" // which is erased, too
			pay(t, a, p, "X-Idempotency-Key", key)
			push := next(t, d.made)
			d.call(t, push, 1, daraja.ResultSuccess)
			next(t, p.received)
			var erased struct{ Payments, Callbacks int }
			eventually(t, "the payment to be erased", func() bool {
				decodeInto(t, administer(t, a, cfg, http.MethodPost, "/customers/erase", `{"phone":"0708374149"}`), http.StatusOK, &erased)
				return erased.Payments == 1 && erased.Callbacks == 1
			})
			for range 2 {
				if got := pay(t, a, p, "X-Idempotency-Key", key); got.status != http.StatusOK || !strings.Contains(got.body, "duplicate") {
					t.Errorf("the same order is answered %+v", got)
				}
				other := strings.Replace(order(p), "150", "151", 1)
				if got := post(t, a.URL()+"/api/v1/mpesa/stk_push", other, "X-Idempotency-Key", key); got.status != http.StatusUnprocessableEntity {
					t.Errorf("another order with its key is answered %+v", got)
				}
				d.call(t, push, 1, daraja.ResultSuccess)
			}
			none(t, d.made)
			if got := administer(t, a, cfg, http.MethodGet, "/payments/1", ""); got.status != http.StatusOK || strings.Contains(got.body, "708374149") {
				t.Errorf("administration shows %v", got)
			}
			if cfg.Database == "" {
				cfg.Database = cfg.Data
			}
			log, err := app.OpenAudit(t.Context(), cfg.Database)
			if err != nil {
				t.Fatal(err)
			}
			defer log.Close()
			if audit, err := log.Verify(t.Context(), nil, 3); err != nil || !audit.OK() || audit.Erased != 3 {
				t.Errorf("the log: %+v, %v", audit, err)
			}
		})
	}
}
