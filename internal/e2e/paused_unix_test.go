//go:build unix

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A replica that is paused longer than the others wait for it, as a machine is that
// is moved, has its work taken over. When it goes on it may have done something twice
// that may be done twice, but it must not undo the result.

func (p *process) pause(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

func (p *process) resume(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// barrier holds one request until it is opened.
type barrier struct {
	passed atomic.Int64
	came   chan int64 // the number of each request that was held
	opened chan struct{}
	open   func()
}

func newBarrier() *barrier {
	g := &barrier{came: make(chan int64, 10), opened: make(chan struct{})}
	g.open = sync.OnceFunc(func() { close(g.opened) })
	return g
}

// pass waits when the request's number is the one that is held, and returns it.
func (g *barrier) pass(held int64) (n int64) {
	n = g.passed.Add(1)
	if n == held {
		g.came <- n
		<-g.opened
	}
	return n
}

func asked[T any](t *testing.T, url string) (v T) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-API-KEY", localKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, resp.Status, err)
	}
	return v
}

// until asks until it is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(timeout); !so(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// The paused replica hears that its attempt has failed, after the other has delivered.
func TestPausedReplicaUndoesNoDelivery(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a replica to count as dead")
	}
	t.Parallel()
	flags, _ := crashOnPostgres(t)
	k := newKillings(t, build(t), flags)
	g := newBarrier()
	partner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if g.pass(1) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(partner.Close)
	t.Cleanup(g.open) // or closing waits for what is held
	k.flags = append(k.flags, "--speed", "100")
	paused := startProcess(t, k.binary, append(k.flags, "--lost-after", "1m")...) // it does not give up by itself
	k.setGateway(paused)
	id := k.client(t, "PAID-1", "254711000001", partner.URL)
	<-g.came
	paused.pause(t)

	other := k.start(t)
	type webhook struct {
		ID       int64
		State    string
		Attempts int
		DueAt    *string `json:"due_at"`
	}
	hook := func() webhook {
		list := asked[struct{ Deliveries []webhook }](t, other.url+"/api/v1/deliveries").Deliveries
		if len(list) != 1 {
			t.Fatalf("%d webhooks of transaction %d", len(list), id)
		}
		return list[0]
	}
	until(t, "the other to deliver", func() bool { return hook().State == "delivered" })

	g.open()
	paused.resume(t)
	until(t, "the paused one to record its attempt", func() bool { return hook().Attempts == 2 })
	if got := hook(); got.State != "delivered" || got.DueAt != nil {
		t.Errorf("after the paused one went on the webhook is %+v", got)
	}
	paused.stop()
	if n := g.passed.Load(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// The paused replica holds the second push of a payment. The other makes no third,
// and what the paused one records late is no second end.
func TestPausedReplicaPushesOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a replica to count as dead")
	}
	t.Parallel()
	flags, database := crashOnPostgres(t)
	k := newKillings(t, build(t), flags)
	g := newBarrier()
	mpesa, err := url.Parse(k.sim.URL)
	if err != nil {
		t.Fatal(err)
	}
	onward := httputil.NewSingleHostReverseProxy(mpesa)
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/mpesa/stkpush/v1/processrequest" {
			g.pass(2)
		}
		onward.ServeHTTP(w, r)
	}))
	t.Cleanup(door.Close)
	t.Cleanup(g.open)
	k.flags = append(k.flags, "--speed", "20", "--daraja-url", door.URL)
	paused := k.start(t)
	id := k.client(t, "AGAIN-1", "254711000001", k.partner.URL+"/AGAIN-1")
	<-g.came
	paused.pause(t)

	other := k.start(t)
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	until(t, "the other to take the payment over", func() (taken bool) {
		if n := g.passed.Load(); n > 2 {
			t.Fatalf("the other makes push %d while the result of the second is unknown", n)
		}
		if err := conn.QueryRow(t.Context(), `SELECT state = 'unknown' FROM payments`).Scan(&taken); err != nil {
			t.Fatal(err)
		}
		return taken
	})

	g.open()
	paused.resume(t)
	status := k.settled(t, other, id)
	k.check(t, crash{route: again, end: "successful"}, "AGAIN-1", "/AGAIN-1", id, status)
	paused.stop()
	if n := g.passed.Load(); n != 2 {
		t.Errorf("%d pushes, want 2", n)
	}
	if status := k.settled(t, other, id); status != "successful" {
		t.Errorf("after the paused one went on the payment is %s", status)
	}
	if hooks, _ := k.received("/AGAIN-1"); len(hooks) != 1 {
		t.Errorf("the partner got %d webhooks", len(hooks))
	}
}
