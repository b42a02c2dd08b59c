package trial

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Mayhem is what may be broken while clients order.
type Mayhem struct {
	Replicas []*Replica
	Database interface {
		Crash(ctx context.Context) error
	} // restarts the database without warning; nil when there is none
	Roads   map[string]*Road // that may be cut, by name
	History *History
	Dice    *rand.Rand
	Pace    time.Duration // between two breakages, on average
}

// Run breaks one thing after another until ctx ends, and mends what it broke.
func (m *Mayhem) Run(ctx context.Context) error {
	names := make([]string, 0, len(m.Roads))
	for name := range m.Roads {
		names = append(names, name)
	}
	var mending sync.WaitGroup
	defer mending.Wait()
	for {
		if err := pause(ctx, m.Pace/2+time.Duration(m.Dice.Int64N(int64(m.Pace)))); err != nil {
			return nil // it is over
		}
		switch n := m.Dice.IntN(10); {
		case n < 5:
			if err := m.kill(context.WithoutCancel(ctx), m.Dice.IntN(len(m.Replicas))); err != nil {
				return err
			}
		case n < 7 && len(names) > 0:
			m.cut(names[m.Dice.IntN(len(names))])
		case n < 9 && m.Database != nil:
			m.told("the database crashes")
			if err := m.Database.Crash(context.WithoutCancel(ctx)); err != nil {
				return fmt.Errorf("restarting the database: %w", err)
			}
		default:
			r := m.Replicas[m.Dice.IntN(len(m.Replicas))]
			m.told("replica %s hangs", r.Address())
			mending.Go(func() { r.Pause(context.WithoutCancel(ctx), 2*time.Second) })
			mending.Wait() // a hanging process is not killed: who would start it again
		}
	}
}

func (m *Mayhem) told(format string, args ...any) {
	m.History.Add(Event{Who: Chaos, What: Broke, Detail: fmt.Sprintf(format, args...)})
}

func (m *Mayhem) kill(ctx context.Context, n int) error {
	r := m.Replicas[n]
	m.told("replica %d is killed", n)
	r.Kill()
	_ = pause(ctx, time.Duration(m.Dice.IntN(1000))*time.Millisecond)
	return r.revive(ctx)
}

// revive starts a replica whose database may be away just now.
func (r *Replica) revive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := r.Start(ctx)
		if err == nil {
			return nil
		}
		if pause(ctx, 200*time.Millisecond) != nil {
			return err
		}
	}
}

func (m *Mayhem) cut(name string) {
	d := time.Duration(m.Dice.IntN(1500)) * time.Millisecond
	m.told("the way to %s is cut for %s", name, d)
	m.Roads[name].Cut(d)
}

// Crowd is many clients that order one thing after another.
type Crowd struct {
	Shop    Shop
	Clients int
	Seed    uint64
	Prefix  string
}

// Run orders until ctx ends, and then lets every client finish its last order, by
// patience at the latest. It returns what was ordered, client by client.
func (c Crowd) Run(ctx context.Context, patience time.Duration) ([]Order, error) {
	finish, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		_ = pause(finish, patience)
		cancel()
	})
	defer stop()
	errs, placed := make([]error, c.Clients), make([][]Order, c.Clients)
	var group sync.WaitGroup
	for i := range c.Clients {
		group.Go(func() {
			dice := rand.New(rand.NewPCG(c.Seed, uint64(i)))
			for n := 0; ctx.Err() == nil && errs[i] == nil; n++ {
				o := Order{
					Reference: fmt.Sprintf("%s-%d-%d", c.Prefix, i, n), Shillings: 1 + dice.Int64N(1000),
					Phone: fmt.Sprintf("2541%02d%06d", i%100, n%1_000_000),
				}
				placed[i] = append(placed[i], o)
				errs[i] = c.Shop.Place(finish, dice.IntN(64), o)
			}
		})
	}
	group.Wait()
	return slices.Concat(placed...), cmp.Or(errs...)
}

// Transactions are those that clients were given.
func Transactions(events []Event) []int64 {
	var all []int64
	seen := make(map[int64]bool)
	for _, e := range events {
		if e.What == Answered && e.Transaction != 0 && !seen[e.Transaction] {
			seen[e.Transaction] = true
			all = append(all, e.Transaction)
		}
	}
	return all
}
