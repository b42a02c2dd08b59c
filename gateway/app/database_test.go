package app_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/pgtest"
)

// downFor is how long a request may take to say that the database is gone.
const downFor = 10 * time.Second

// paidBody is the callback of the nth push.
func paidBody(t *testing.T, p daraja.STKPush, n int) string {
	t.Helper()
	body, err := daraja.STKCallback{
		MerchantRequestID: merchantID(n), CheckoutRequestID: checkoutID(n),
		ResultCode: daraja.ResultSuccess, ResultDesc: "The service request is processed successfully.",
		Payment: &daraja.STKPayment{Amount: 150 * daraja.Shilling, Receipt: fmt.Sprintf("TEM%07d", n), Phone: string(p.PhoneNumber),
			At: time.Date(2025, time.May, 22, 11, 47, 5, 0, daraja.EAT())},
	}.Encode(daraja.CallbackStyle{})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// The database goes while M-PESA answers to a push. Until it is back nothing is
// acknowledged, nothing is pushed and the gateway is not ready, and says so soon.
// Then it goes on by itself, and all that was acknowledged is there.
func TestDatabaseIsGoneForAWhile(t *testing.T) {
	cluster := pgtest.NewCluster(t, pgtest.Durable)
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	cfg.Database, cfg.MasterKey, cfg.OpsAddr = cluster.Database(t), strings.Repeat("6b", 32), "127.0.0.1:0"
	cfg.LostAfter = time.Second // the third push is found soon
	d.onPush = func(_ context.Context, n int) (int, string) {
		if n == 3 {
			cluster.Kill()
		}
		return http.StatusOK, ack(n)
	}
	a := start(t, cfg)
	var acknowledged []string
	called := func(push daraja.STKPush, n int) {
		t.Helper()
		body := paidBody(t, push, n)
		// When the database is back, a connection from before may be found dead by the
		// next request only: it is told to send again, and does.
		eventually(t, fmt.Sprintf("callback %d to be acknowledged", n), func() bool { return post(t, string(push.CallBackURL), body).status == 200 })
		acknowledged = append(acknowledged, body)
	}
	pay(t, a, p, "X-Idempotency-Key", "one")
	called(next(t, d.made), 1)
	next(t, p.received)
	pay(t, a, p, "X-Idempotency-Key", "two")
	second := next(t, d.made)

	if got := pay(t, a, p, "X-Idempotency-Key", "three"); got.status < 500 {
		t.Errorf("an order whose push could not be recorded was answered %+v", got)
	}
	third := next(t, d.made)
	down(t, a, p, d, second)

	if err := cluster.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the gateway to be ready", func() bool { return page(t, a.OpsURL()+"/readyz").status == 200 })
	called(second, 2)
	called(third, 3)
	for _, key := range []string{"three", "four"} {
		eventually(t, "order "+key+" to be taken", func() bool { return pay(t, a, p, "X-Idempotency-Key", key).status == 200 })
	}
	called(next(t, d.made), 4)
	for range 3 {
		next(t, p.received)
	}
	if n := d.count(); n != 4 {
		t.Errorf("%d pushes for 4 keys", n)
	}
	for _, key := range []string{"one", "two", "three", "four"} {
		var sold struct {
			ID int `json:"transaction_id"`
		}
		got := pay(t, a, p, "X-Idempotency-Key", key)
		if err := json.Unmarshal([]byte(got.body), &sold); err != nil || status(t, a, sold.ID) != "successful" {
			t.Errorf("order %s: %+v, %v, and the transaction is %s", key, got, err, status(t, a, sold.ID))
		}
	}
	stop(t, a)
	none(t, p.received)
	kept(t, cfg.Database, acknowledged)
}

// hangsFor is how long a request may take to say that the database does not answer.
const hangsFor = 30 * time.Second

// The database hangs: its connections are there, and nothing comes. What is asked of
// the gateway gets an error in time, what was not acknowledged may be sent again, and
// nothing happens twice.
func TestDatabaseHangs(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("takes half a minute, on Linux")
	}
	cluster := pgtest.NewCluster(t, pgtest.Durable)
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	cfg.Database, cfg.MasterKey, cfg.OpsAddr = cluster.Database(t), strings.Repeat("6b", 32), "127.0.0.1:0"
	d.onPush = func(_ context.Context, n int) (int, string) { return http.StatusOK, ack(n) }
	a := start(t, cfg)
	pay(t, a, p, "X-Idempotency-Key", "one")
	first := next(t, d.made)
	body := paidBody(t, first, 1)

	resume := cluster.Suspend()
	var asked sync.WaitGroup
	inTime := func(what string, ask func() response) {
		asked.Go(func() {
			began := time.Now()
			if got := ask(); got.status < 500 || time.Since(began) > hangsFor {
				t.Errorf("while the database hung %s was answered %+v after %s", what, got, time.Since(began))
			}
		})
	}
	inTime("a callback", func() response { return post(t, string(first.CallBackURL), body) })
	for range 8 {
		inTime("an order", func() response { return pay(t, a, p, "X-Idempotency-Key", "two") })
		inTime("the probe", func() response { return page(t, a.OpsURL()+"/readyz") })
	}
	asked.Wait()
	none(t, d.made)
	resume()

	eventually(t, "the callback to be acknowledged", func() bool { return post(t, string(first.CallBackURL), body).status == 200 })
	eventually(t, "the order to be taken", func() bool { return pay(t, a, p, "X-Idempotency-Key", "two").status == 200 })
	next(t, p.received)
	if n := d.count(); n != 2 {
		t.Errorf("%d pushes for 2 keys", n)
	}
	stop(t, a)
	kept(t, cfg.Database, []string{body})
}

// down checks what a gateway says whose database is gone.
func down(t *testing.T, a *app.App, p *partner, d *fakeDaraja, push daraja.STKPush) {
	t.Helper()
	soon := func(what string, got response, began time.Time) {
		t.Helper()
		if took := time.Since(began); got.status < 500 || took > downFor || strings.Contains(got.body, "Accepted") {
			t.Errorf("without a database %s was answered %+v after %s", what, got, took)
		}
	}
	for range 2 {
		began := time.Now()
		soon("a callback", post(t, string(push.CallBackURL), paidBody(t, push, 2)), began)
		began = time.Now()
		soon("an order", pay(t, a, p, "X-Idempotency-Key", "four"), began)
		if got := page(t, a.OpsURL()+"/readyz"); got.status != http.StatusServiceUnavailable {
			t.Errorf("without a database it is ready: %+v", got)
		}
		if got := page(t, a.OpsURL()+"/livez"); got.status != 200 {
			t.Errorf("without a database it is to be killed, which mends nothing: %+v", got)
		}
	}
	none(t, d.made)
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// kept checks that the raw log is whole and has every body that was acknowledged.
func kept(t *testing.T, database string, acknowledged []string) {
	t.Helper()
	log, err := app.OpenAudit(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	audit, err := log.Verify(t.Context(), nil, int64(len(acknowledged)))
	if err != nil || !audit.OK() {
		t.Errorf("the raw log: %+v, %v", audit, err)
	}
	digests, err := log.Digests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range acknowledged {
		if !slices.Contains(digests, sha256.Sum256([]byte(body))) {
			t.Errorf("a callback was acknowledged and is gone: %s", body)
		}
	}
}
