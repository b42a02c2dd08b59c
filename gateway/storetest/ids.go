package storetest

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func idTests() []test {
	return []test{
		{"an id tells its millisecond and random bits, and counts nothing", idsCountNothing},
		{"ids grow with the time and are exact in JavaScript", idsFollowTime},
		{"an id that is taken is drawn again", takenIDs},
		{"an id that is taken does not fail the other updates", takenIDsAmongOthers},
	}
}

// Dice is a source of randomness, always the same one, that can be set back to its
// beginning. It is safe for concurrent use.
type Dice struct {
	mu   sync.Mutex
	from *rand.ChaCha8
}

// NewDice returns dice at their beginning.
func NewDice() *Dice {
	d := &Dice{}
	d.Rewind()
	return d
}

// Rewind sets the dice back.
func (d *Dice) Rewind() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.from = rand.NewChaCha8([32]byte{1})
}

// Read implements io.Reader.
func (d *Dice) Read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.from.Read(p)
}

// randomBits are those at the end of an id; the milliseconds stand before them.
const randomBits = 12

// insertBoth stores a payment and its webhook, and returns their ids.
func (b *bench) insertBoth() [2]int64 {
	b.Helper()
	p := complete(&gateway.Payment{})
	d := &gateway.Delivery{Partner: "acme", URL: "http://127.0.0.1/", State: gateway.DeliveryDone, CreatedAt: start, UpdatedAt: start}
	b.update(func(tx gateway.Tx) error {
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
		d.PaymentID = p.ID
		return tx.InsertDelivery(d)
	})
	return [2]int64{p.ID, d.ID}
}

func idsCountNothing(b *bench) {
	const n = 50
	for kind, name := range []string{"payments", "webhooks"} {
		var bits []int64
		for range n {
			id := b.insertBoth()[kind]
			bits = append(bits, id&(1<<randomBits-1))
			b.clock.Advance(time.Millisecond)
		}
		steps := make(map[int64]bool)
		for i := 1; i < n; i++ {
			steps[bits[i]-bits[i-1]] = true
		}
		if len(steps) < n/2 || slices.Max(bits) < 1<<(randomBits-2) {
			b.Errorf("the last bits of the ids of %s follow a rule: %v", name, bits)
		}
	}
}

func idsFollowTime(b *bench) {
	last := [2]int64{1 << 40, 1 << 40} // more than any release has counted to
	for _, wait := range []time.Duration{0, time.Millisecond, time.Second, time.Hour, 20 * 365 * 24 * time.Hour} {
		b.clock.Advance(wait)
		ids := b.insertBoth()
		for kind, id := range ids {
			if id <= last[kind] || id >= 1<<53 {
				b.Errorf("after %v: id %d, want more than %d and less than 2^53", wait, id, last[kind])
			}
			if want := last[kind] + wait.Milliseconds()<<randomBits; wait > time.Millisecond && (id-want)>>randomBits > 1 {
				b.Errorf("after %v: id %d is more than a millisecond from %d", wait, id, want)
			}
		}
		last = ids
	}
}

// The store that takes over at the same instant draws the same ids as the one before,
// and keeps what that one stored.
func takenIDs(b *bench) {
	const n = 5
	seen := make(map[[2]int64]int)
	insert := func() {
		for range n {
			for kind, id := range b.insertBoth() {
				seen[[2]int64{int64(kind), id}]++
			}
		}
	}
	insert()
	b.dice.Rewind()
	b.restart()
	insert()
	if len(seen) != 4*n || b.stored() != 2*n {
		b.Errorf("%d rows have %d ids, and %d payments are stored: %v", 4*n, len(seen), b.stored(), seen)
	}
}

func takenIDsAmongOthers(b *bench) {
	const n = 40
	for range n / 4 {
		b.insertBoth()
	}
	b.dice.Rewind()
	b.restart()
	ids := make([][2]int64, n)
	for i, err := range b.together(n, func(i int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) error {
			p := complete(&gateway.Payment{})
			if err := tx.InsertPayment(p); err != nil {
				return err
			}
			d := &gateway.Delivery{PaymentID: p.ID, Partner: "acme", URL: "http://127.0.0.1/", State: gateway.DeliveryDone}
			err := tx.InsertDelivery(d)
			ids[i] = [2]int64{p.ID, d.ID}
			return err
		})
	}) {
		if err != nil {
			b.Errorf("update %d: %v", i, err)
		}
	}
	if got := b.stored(); got != n+n/4 {
		b.Errorf("%d payments are stored, want %d", got, n+n/4)
	}
	for i, both := range ids {
		b.view(func(tx gateway.Tx) error {
			ds, err := tx.DeliveriesOf(both[0])
			if err == nil && (len(ds) != 1 || ds[0].ID != both[1]) {
				b.Errorf("update %d was given ids %v, and its payment has webhooks %v", i, both, ds)
			}
			return err
		})
	}
}

// OldIDs checks a store that holds a payment and a webhook of a release that counted
// ids, with the given ids: they are found, and new ids are greater.
func OldIDs(t *testing.T, store gateway.Store, payment, delivery int64) {
	t.Helper()
	b := &bench{T: t, ctx: t.Context(), Store: store}
	if p := b.payment(payment); p.ID != payment {
		t.Errorf("payment %d has id %d", payment, p.ID)
	}
	after := b.insertBoth()
	b.view(func(tx gateway.Tx) error {
		ps, err := tx.Payments(gateway.PaymentFilter{After: payment - 1})
		if err == nil && (len(ps) != 2 || ps[0].ID != payment || ps[1].ID != after[0]) {
			t.Errorf("payments, by id: %v; want the old one and then the new one", ps)
		}
		return err
	})
	b.view(func(tx gateway.Tx) error {
		ds, err := tx.Deliveries(gateway.DeliveryFilter{After: delivery - 1})
		if err == nil && (len(ds) != 2 || ds[0].ID != delivery || ds[1].ID != after[1]) {
			t.Errorf("webhooks, by id: %v; want the old one and then the new one", ds)
		}
		return err
	})
}

// CountedIDs are ids that count from 1, for tests that name rows by them.
func CountedIDs() gateway.IDs { return gateway.IDs{Payments: new(counter), Deliveries: new(counter)} }

type counter struct{ atomic.Int64 }

// Next implements gateway.IDSource.
func (c *counter) Next() (int64, error) { return c.Add(1), nil }

// stored is how many payments there are.
func (b *bench) stored() (n int) {
	b.Helper()
	b.view(func(tx gateway.Tx) error {
		ps, err := tx.Payments(gateway.PaymentFilter{})
		n = len(ps)
		return err
	})
	return n
}
