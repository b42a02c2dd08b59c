package sqlite

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// wholeOrder writes what must be found together or not at all.
func wholeOrder(tx gateway.Tx, key string) error {
	p := samplePayment(key)
	if err := tx.InsertPayment(p); err != nil {
		return err
	}
	return errors.Join(
		tx.InsertPush(gateway.Push{Token: "token-" + key, PaymentID: p.ID, Number: 1, State: gateway.PushBegun}),
		tx.InsertCallback(&gateway.Callback{PaymentID: p.ID, Body: make([]byte, 20_000)}),
		tx.InsertDelivery(&gateway.Delivery{PaymentID: p.ID, Partner: "acme", State: gateway.DeliveryDue, DueAt: testStart}))
}

// load runs updates from many goroutines and remembers which were answered.
type load struct {
	mu       sync.Mutex
	answered []string
}

// promised lists the keys that were answered so far.
func (l *load) promised() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.answered)
}

func (l *load) order(t *testing.T, s *Store, key string) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx gateway.Tx) error { return wholeOrder(tx, key) }); err != nil {
		t.Error(err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered = append(l.answered, key)
}

// copyInside copies the store's files in the middle of a transaction. It does so in
// the writer's goroutine, so that nothing else writes while it copies.
func copyInside(t *testing.T, s *Store, from, to string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx gateway.Tx) error {
		if err := wholeOrder(tx, "half-done-"+filepath.Base(to)); err != nil {
			return err
		}
		return os.CopyFS(to, os.DirFS(from))
	})
	if err != nil {
		t.Error(err)
	}
}

// copies puts a store under load and copies its files now and then. It returns the
// folders, with the keys that had been answered before each copy.
func copies(t *testing.T, s *Store, dir string) map[string][]string {
	t.Helper()
	const loaders, each, every = 16, 40, 9
	to, promised := t.TempDir(), map[string][]string{}
	var l load
	var all sync.WaitGroup
	for n := range loaders {
		all.Go(func() {
			for i := range each {
				if n == 0 && i%every == every-1 {
					c := filepath.Join(to, fmt.Sprint(i))
					promised[c] = l.promised()
					copyInside(t, s, dir, c)
				}
				l.order(t, s, fmt.Sprintf("%d-%d", n, i))
			}
		})
	}
	all.Wait()
	return promised
}

// The power may fail at any moment. The files as they are then hold whole updates
// only, and every one that was answered before.
func TestCopyTakenInMidLoad(t *testing.T) {
	dir := t.TempDir()
	for c, promised := range copies(t, opened(t, dir, frozen()), dir) {
		checkCopy(t, c, promised)
	}
}

// The log of a store that was never checkpointed, cut anywhere, is the log of a
// crash at some earlier moment.
func TestLogCutAnywhere(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, frozen())
	if got := s.ask(t, "PRAGMA wal_autocheckpoint = 0"); got != "0" {
		t.Fatalf("checkpoints are still made every %s pages", got)
	}
	taken := copies(t, s, dir)
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range slices.Sorted(maps.Keys(taken)) {
		for range 3 {
			checkCopy(t, cutCopy(t, c, random), nil)
		}
	}
}

// cutCopy copies a copy and cuts its log somewhere.
func cutCopy(t *testing.T, dir string, random *rand.Rand) string {
	t.Helper()
	cut := fmt.Sprintf("%s-cut-%d", dir, random.Uint64())
	if err := os.CopyFS(cut, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(cut, "gateway.db-wal")
	info, err := os.Stat(log)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(log, random.Int64N(info.Size()+1)); err != nil {
		t.Fatal(err)
	}
	return cut
}

// checkCopy opens a copy and looks at all its orders.
func checkCopy(t *testing.T, dir string, promised []string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "gateway.db-shm")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err) // it is memory, and memory is lost
	}
	s := opened(t, dir, frozen())
	if got := s.ask(t, "PRAGMA integrity_check"); got != "ok" {
		t.Errorf("integrity check: %s", got)
	}
	n := 0
	err := s.View(t.Context(), func(tx gateway.Tx) error {
		for _, key := range promised {
			if _, err := tx.PaymentByKey("acme", key); err != nil {
				t.Errorf("%s was answered and is lost: %v", key, err)
			}
		}
		payments, err := tx.Payments(gateway.PaymentFilter{State: gateway.Pending})
		for _, p := range payments {
			n++
			_, err1 := tx.PushByToken("token-" + p.IdempotencyKey)
			callbacks, err2 := tx.CallbacksOf(p.ID, 0, 100)
			deliveries, err3 := tx.DeliveriesOf(p.ID)
			if err := errors.Join(err1, err2, err3); err != nil || len(callbacks) != 1 || len(deliveries) != 1 {
				t.Errorf("order %s is not whole: %d callbacks, %d deliveries, %v", p.IdempotencyKey, len(callbacks), len(deliveries), err)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if due := len(s.due.lines[deliveryWork].rows); due != n {
		t.Errorf("%d deliveries are due, want %d", due, n)
	}
	t.Logf("%d orders, %d of them promised", n, len(promised))
}
