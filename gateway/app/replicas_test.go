package app_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/pgtest"
)

// Nothing that one replica holds in memory is needed by another: the order comes to
// the first, its callback to the second, and the partner is told by the second alone.
func TestReplicasOnPostgreSQL(t *testing.T) {
	cluster := pgtest.NewCluster(t)
	d, p := newDaraja(t), newPartner(t)
	second := config(t, d.URL)
	second.Data, second.Database, second.MasterKey = "", cluster.Database(t), strings.Repeat("5a", 32)
	b := start(t, second)
	first := second
	first.CallbackURL = b.URL()
	a := start(t, first)

	if got := pay(t, a, p, "X-Idempotency-Key", "order-1"); got != (response{200, accepted}) {
		t.Fatalf("got %+v", got)
	}
	push := next(t, d.made)
	if got := pay(t, b, p, "X-Idempotency-Key", "order-1"); !strings.Contains(got.body, `"transaction_id":1`) {
		t.Errorf("the same order at the other replica: %+v", got)
	}
	stop(t, a)
	d.call(t, push, 1, daraja.ResultSuccess)
	if got := next(t, p.received); got != success {
		t.Errorf("webhook\n%s\nwant\n%s", got, success)
	}
	if got := status(t, b, 1); got != "successful" {
		t.Errorf("after the callback: %s", got)
	}
	stop(t, b)
	none(t, p.received)
	none(t, d.made)
}

func TestDatabaseThatIsNotThere(t *testing.T) {
	cfg := config(t, "http://127.0.0.1:1")
	cfg.Database = "postgres://user:hunter2@127.0.0.1:1/db"
	a, err := app.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want an error without the password", err)
	}
}

func TestDatabaseNamesTheFolderOrTheFile(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	a := start(t, cfg)
	pay(t, a, p)
	stop(t, a)
	for _, database := range []string{cfg.Data, cfg.Data + "/gateway.db"} {
		again := config(t, d.URL)
		again.Database = database
		a := start(t, again)
		if got := status(t, a, 1); got != "pending" {
			t.Errorf("%s: the payment is %s", database, got)
		}
		stop(t, a)
	}
}
