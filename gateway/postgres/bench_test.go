package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/pgtest"
)

// BenchmarkLife takes payments through the four updates of their life, as the domain
// makes them, from so many callers: ordered, accepted, called back, told. The webhook
// is worked on through River. Every step is committed to a server of its own that
// waits for the disk, on the same cores. cpu-ms/payment is of both processes, and says
// what the cores could do if nothing else ran on them. wait-ms is from a callback's commit to its
// webhook: at a rate that nothing queues up at, unless callers says otherwise.
func BenchmarkLife(b *testing.B) {
	cluster := pgtest.NewCluster(b, pgtest.Durable)
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			life := newLives(b, cluster.Database(b))
			began, spent := time.Now(), spentBy(cluster)
			var next atomic.Int64
			var all sync.WaitGroup
			for range callers {
				all.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						life.live(fmt.Sprint("k", i))
					}
				})
			}
			all.Wait()
			for range b.N {
				<-life.told
			}
			b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "payments/s")
			b.ReportMetric((spentBy(cluster)-spent).Seconds()*1e3/float64(b.N), "cpu-ms/payment")
			b.ReportMetric(float64(life.waited.Load())/float64(b.N)/1e6, "wait-ms")
			b.ReportMetric(float64(life.longest.Load())/1e6, "longest-wait-ms")
		})
	}
}

// lives are payments on their way.
type lives struct {
	*testing.B
	store   *Store
	settled sync.Map // when the callback of a payment was committed
	told    chan int64
	waited  atomic.Int64
	longest atomic.Int64
}

func newLives(b *testing.B, url string) *lives {
	b.Helper()
	l := &lives{B: b, store: opened(b, Config{URL: url, Clock: machine{}}), told: make(chan int64, b.N)}
	working(b, l.store, calling{
		delivery: l.tell,
		payment: func(context.Context, int64) error {
			b.Error("a payment fell due")
			return nil
		},
	})
	return l
}

func (l *lives) update(f func(tx gateway.Tx) error) {
	if err := l.store.Update(context.Background(), f); err != nil {
		l.Error(err)
	}
}

func (l *lives) live(key string) {
	var id int64
	now := time.Now().UTC()
	l.update(func(tx gateway.Tx) error { // ordered
		if _, err := tx.PaymentByKey("acme", key); err == nil {
			l.Errorf("key %s is taken", key)
		}
		p := samplePayment(key)
		p.State, p.Pushes, p.DueAt = gateway.Sending, 1, now.Add(2*time.Minute)
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
		id = p.ID
		return tx.InsertPush(gateway.Push{Token: key, PaymentID: id, Number: 1, State: gateway.PushBegun, CreatedAt: now})
	})
	l.update(func(tx gateway.Tx) error { // accepted
		push, p, err := l.find(tx, key)
		if err != nil {
			return err
		}
		push.State, push.CheckoutRequestID = gateway.PushAccepted, "ws_CO_"+key
		if owner, err := tx.PromptOwner(p.ID, push.CheckoutRequestID, "ws_CO_XXXXXXXXX"); !errors.Is(err, gateway.ErrNotFound) {
			return fmt.Errorf("prompt of payment %d: %w", owner, err)
		}
		if err := tx.SavePush(push); err != nil {
			return err
		}
		p.CheckoutRequestID = push.CheckoutRequestID
		if err := tx.SavePayment(p); err != nil {
			return err
		}
		p.State, p.DueAt = gateway.Pending, now.Add(time.Minute)
		return tx.SavePayment(p)
	})
	l.update(func(tx gateway.Tx) error { // called back
		_, p, err := l.find(tx, key)
		if err != nil {
			return err
		}
		if _, err := tx.ClaimReceipt("R"+key, p.ID, now); err != nil {
			return err
		}
		p.State, p.DueAt, p.Receipt = gateway.Paid, time.Time{}, "R"+key
		if err := tx.SavePayment(p); err != nil {
			return err
		}
		now := time.Now().UTC()
		if err := tx.InsertDelivery(&gateway.Delivery{PaymentID: p.ID, Partner: "acme", URL: "https://example.com/hook",
			Body: make([]byte, 300), State: gateway.DeliveryDue, DueAt: now, CreatedAt: now, UpdatedAt: now}); err != nil {
			return err
		}
		return tx.InsertCallback(&gateway.Callback{Token: key, PaymentID: p.ID, Remote: "196.201.214.200:40000",
			Body: make([]byte, 500), Verdict: "applied", ReceivedAt: now})
	})
	l.settled.LoadOrStore(id, time.Now())
}

func (l *lives) find(tx gateway.Tx, key string) (gateway.Push, *gateway.Payment, error) {
	push, err := tx.PushByToken(key)
	if err != nil {
		return push, nil, err
	}
	p, err := tx.Payment(push.PaymentID)
	return push, p, err
}

// tell is the fourth update, made by the work.
func (l *lives) tell(ctx context.Context, id int64) error {
	var d *gateway.Delivery
	err := l.store.View(ctx, func(tx gateway.Tx) (err error) {
		d, err = tx.Delivery(id)
		return err
	})
	if err != nil {
		return err
	}
	if at, late := l.settled.LoadOrStore(d.PaymentID, time.Now()); late {
		waited := time.Since(at.(time.Time)).Nanoseconds()
		l.waited.Add(waited)
		for old := l.longest.Load(); waited > old && !l.longest.CompareAndSwap(old, waited); old = l.longest.Load() {
		}
	}
	now := time.Now().UTC()
	d.State, d.DueAt, d.Attempts = gateway.DeliveryDone, time.Time{}, 1
	l.update(func(tx gateway.Tx) error {
		if err := tx.InsertAttempt(gateway.Attempt{DeliveryID: id, Number: 1, At: now, Status: 200}); err != nil {
			return err
		}
		return tx.SaveDelivery(d)
	})
	l.told <- id
	return nil
}

// spentBy is the processor time of this process and of a server, where Linux tells.
func spentBy(c *pgtest.Cluster) time.Duration {
	const tick = 10 * time.Millisecond
	read := func(name string) (ppid string, ticks int64) {
		stat, err := os.ReadFile(name)
		if err != nil {
			return "", 0
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 15 {
			return "", 0
		}
		for _, field := range fields[11:15] { // its own, and of its children that have ended
			n, _ := strconv.ParseInt(field, 10, 64)
			ticks += n
		}
		return fields[1], ticks
	}
	_, all := read("/proc/self/stat")
	server := strconv.Itoa(c.PID())
	_, n := read("/proc/" + server + "/stat")
	all += n
	found, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range found {
		if ppid, n := read(name); ppid == server {
			all += n
		}
	}
	return time.Duration(all) * tick
}
