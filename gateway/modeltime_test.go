package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/gateway"
)

// crashed is what a crash point panics with.
type crashed struct{}

// unguessable is random bytes from a seed.
type unguessable struct{ *rand.Rand }

func (u unguessable) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(u.Uint32())
	}
	return len(b), nil
}

var _ io.Reader = unguessable{}

func (m *machine) reach(p gateway.Point) {
	if p == m.crashAt {
		m.crashAt = ""
		panic(crashed{})
	}
}

// dying runs f, and restarts the gateway when it crashes in it. It reports whether
// f ended.
func (m *machine) dying(t *rapid.T, f func()) (ended bool) {
	near := m.crashAt
	defer func() {
		if r := recover(); r != nil && r != (crashed{}) {
			panic(r)
		}
		if m.crashAt != near { // in a transaction the store has caught the panic
			ended = false
			m.crash(t)
		}
	}()
	f()
	return true
}

// crash goes on with the files as they are, in another process so to say.
func (m *machine) crash(t *rapid.T) {
	m.copies++
	next := filepath.Join(m.root, fmt.Sprint(m.copies))
	if err := os.MkdirAll(next, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gateway.db", "gateway.db-wal"} {
		b, err := os.ReadFile(filepath.Join(m.dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(next, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_ = m.store.Close()
	m.dir = next
	m.open(t)
}

func (m *machine) crashSoon(t *rapid.T) {
	m.crashAt = rapid.SampledFrom(gateway.Points()).Draw(t, "point")
}

func (m *machine) pass(t *rapid.T) {
	m.clock.Advance(time.Duration(rapid.SampledFrom([]int{1, 6, 31, 130, 1000, 20_000}).Draw(t, "seconds")) * time.Second)
}

// work does what is due, in any order, until the gateway crashes.
func (m *machine) work(t *rapid.T) {
	ids, hooks, _ := m.due(t)
	m.random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, id := range ids {
		if !m.does(t, m.gw.WorkPayment, id) {
			return
		}
	}
	for _, id := range hooks {
		if !m.does(t, m.gw.WorkDelivery, id) {
			return
		}
	}
}

// does does a piece of work, and reports whether the gateway lived.
func (m *machine) does(t *rapid.T, work func(context.Context, int64) error, id int64) bool {
	var err error
	lived := m.dying(t, func() { err = work(context.Background(), id) })
	if lived && err != nil {
		t.Fatal(err)
	}
	return lived
}

// due is what is due by now, and when the next thing will be.
func (m *machine) due(t *rapid.T) (payments, deliveries []int64, next time.Time) {
	now := m.clock.Now()
	later := func(at time.Time) bool {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
		return at.IsZero() || at.After(now)
	}
	m.view(t, func(tx gateway.Tx) error {
		ps, err := tx.Payments(gateway.PaymentFilter{})
		for _, p := range ps {
			if !later(p.DueAt) {
				payments = append(payments, p.ID)
			}
		}
		ds, err2 := tx.Deliveries(gateway.DeliveryFilter{State: gateway.DeliveryDue})
		for _, d := range ds {
			if !later(d.DueAt) {
				deliveries = append(deliveries, d.ID)
			}
		}
		return errors.Join(err, err2)
	})
	return payments, deliveries, next
}
