package app_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/testkit"
)

// What is older than --retain is erased while the gateway runs, by its clock.
func TestCustomersAreForgottenInTime(t *testing.T) {
	const keep = 90 * 24 * time.Hour
	d, p := newDaraja(t), newPartner(t)
	clock := testkit.NewClock(time.Now())
	cfg := config(t, d.URL)
	cfg.Clock, cfg.Retain = clock, keep
	a := start(t, cfg)
	pay(t, a, p)
	d.call(t, next(t, d.made), 1, daraja.ResultSuccess)
	next(t, p.received)
	if err := a.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	erased := func() int64 { return audited(t, cfg) }
	if n := erased(); n != 0 {
		t.Fatalf("%d callbacks were erased at once", n)
	}
	clock.Advance(keep)
	for end := time.Now().Add(patience); erased() == 0; <-time.After(5 * time.Millisecond) {
		clock.Advance(time.Hour)
		if time.Now().After(end) {
			t.Fatal("nothing was ever erased")
		}
	}
	if got := status(t, a, 1); got != "successful" {
		t.Errorf("the payment is %s", got)
	}
}

// audited is how many callbacks of a gateway that runs have lost their body.
func audited(t *testing.T, cfg app.Config) int64 {
	t.Helper()
	log, err := app.OpenAudit(t.Context(), cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	got, err := log.Verify(t.Context(), nil, 1)
	if err != nil || !got.OK() {
		t.Fatalf("the log: %+v, %v", got, err)
	}
	return got.Erased
}
