package loadtest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/darajabox/darajabox/internal/proxy"
)

// ChaosMonkey injects one fault after another while clients order.
type ChaosMonkey struct {
	Replicas      []*Replica
	CrashDatabase func() error            // restarts the database without warning; nil when there is none
	Proxies       map[string]*proxy.Proxy // that may be cut, by name
	History       *History
	Random        *rand.Rand
	Interval      time.Duration // between two faults, on average
}

// Run injects faults until ctx ends, and waits until they are mended.
func (m *ChaosMonkey) Run(ctx context.Context) error {
	names := slices.Sorted(maps.Keys(m.Proxies))
	var cuts sync.WaitGroup
	defer cuts.Wait()
	mending := context.WithoutCancel(ctx)
	for pause(ctx, m.Interval/2+m.randomDuration(m.Interval)) == nil {
		replica := m.Replicas[m.Random.IntN(len(m.Replicas))]
		var err error
		switch n := m.Random.IntN(10); {
		case n < 5:
			err = m.restart(mending, replica)
		case n < 7 && len(names) > 0:
			m.cut(mending, &cuts, names[m.Random.IntN(len(names))])
		case n < 9 && m.CrashDatabase != nil:
			m.record("the database crashes")
			if err = m.CrashDatabase(); err != nil {
				err = fmt.Errorf("restarting the database: %w", err)
			}
		default:
			m.record("replica %s hangs", replica.Address)
			replica.Pause(mending, 2*time.Second)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *ChaosMonkey) record(format string, args ...any) {
	m.History.Add(Event{Actor: Chaos, Kind: FaultInjected, Detail: fmt.Sprintf(format, args...)})
}

func (m *ChaosMonkey) randomDuration(d time.Duration) time.Duration {
	return time.Duration(m.Random.Int64N(int64(d)))
}

func (m *ChaosMonkey) restart(ctx context.Context, r *Replica) error {
	m.record("replica %s is killed", r.Address)
	r.Kill()
	_ = pause(ctx, m.randomDuration(time.Second))
	return r.startUntilReady(ctx)
}

func (m *ChaosMonkey) cut(ctx context.Context, cuts *sync.WaitGroup, name string) {
	d := m.randomDuration(1500 * time.Millisecond)
	m.record("connections to %s are cut for %s", name, d)
	restore := m.Proxies[name].Cut()
	cuts.Go(func() {
		_ = pause(ctx, d)
		restore()
	})
}

// Clients place one order after another, many clients at a time.
type Clients struct {
	Orders OrderClient
	Count  int
	Seed   uint64
	Prefix string
}

// Run orders until ctx ends, and then gives every client up to timeout to finish its last
// order. It returns the orders, client by client.
func (c Clients) Run(ctx context.Context, timeout time.Duration) ([]Order, error) {
	finish, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(timeout, cancel) })
	defer stop()
	errs, placed := make([]error, c.Count), make([][]Order, c.Count)
	var group sync.WaitGroup
	for i := range c.Count {
		group.Go(func() {
			random := rand.New(rand.NewPCG(c.Seed, uint64(i)))
			for n := 0; ctx.Err() == nil && errs[i] == nil; n++ {
				o := Order{
					Reference: fmt.Sprintf("%s-%d-%d", c.Prefix, i, n), Shillings: 1 + random.Int64N(1000),
					Phone: fmt.Sprintf("2541%02d%06d", i%100, n%1_000_000),
				}
				placed[i] = append(placed[i], o)
				errs[i] = c.Orders.Place(finish, random.IntN(64), o)
			}
		})
	}
	group.Wait()
	return slices.Concat(placed...), cmp.Or(errs...)
}

// Transactions are the ids that clients got, each once, in the order of the answers.
func Transactions(events []Event) []int64 {
	var all []int64
	seen := make(map[int64]bool)
	for _, e := range events {
		if e.Kind == OrderAnswered && e.Transaction != 0 && !seen[e.Transaction] {
			seen[e.Transaction] = true
			all = append(all, e.Transaction)
		}
	}
	return all
}
