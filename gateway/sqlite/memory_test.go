package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// What the writer remembers, and what Recall says, is what the tables say, whatever was
// written, failed, or was written again because a neighbour failed.
func TestMemoryAgreesWithTheTables(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	l := &life{rand: rand.New(rand.NewPCG(1, 2))}
	for round := range 60 {
		fs := make([]func(gateway.Tx) error, 1+l.rand.IntN(12))
		fails := make([]bool, len(fs))
		for i := range fs {
			fails[i] = l.rand.IntN(4) == 0
			fs[i] = l.step(fails[i])
		}
		for i, err := range waiting(t, s, fs...) {
			if errors.Is(err, errOnPurpose) != fails[i] || !fails[i] && err != nil {
				t.Fatalf("round %d: update %d of %d, which is to fail: %t, returned %v", round, i, len(fs), fails[i], err)
			}
		}
		l.compare(t, s)
	}
	if len(l.payments) < 50 {
		t.Errorf("only %d payments were made", len(l.payments))
	}
}

var errOnPurpose = errors.New("on purpose")

// life writes what a gateway might, and what it never would.
type life struct {
	rand     *rand.Rand
	n        int
	payments []int64
	pushes   []string
	ids      []int64 // of deliveries
}

func (l *life) text() string { return []string{"", "a", "Jina la Ukoo", "ÿ\x00"}[l.rand.IntN(4)] }

func (l *life) time() time.Time {
	if l.rand.IntN(4) == 0 {
		return time.Time{}
	}
	return testStart.Add(time.Duration(l.rand.Int64N(1e15))).In(time.FixedZone("EAT", 3*3600))
}

// step is an update that makes a payment with all that belongs to it, or changes what
// there is.
func (l *life) step(fails bool) func(gateway.Tx) error {
	return func(tx gateway.Tx) error {
		made, err := l.write(tx)
		if err != nil {
			return err
		}
		if fails {
			return errOnPurpose
		}
		made()
		return nil
	}
}

func (l *life) write(tx gateway.Tx) (made func(), err error) {
	if len(l.payments) > 0 && l.rand.IntN(3) > 0 {
		return func() {}, l.change(tx)
	}
	l.n++
	p := samplePayment(fmt.Sprintf("key %d", l.n))
	p.DueAt, p.CreatedAt = l.time(), l.time()
	token := fmt.Sprintf("token %d", l.n)
	var d *gateway.Delivery
	err = errors.Join(tx.InsertPayment(p),
		tx.InsertPush(gateway.Push{Token: token, PaymentID: p.ID, Number: 1, State: gateway.PushBegun, CreatedAt: l.time()}))
	if err == nil {
		d = &gateway.Delivery{PaymentID: p.ID, Partner: "acme", MessageID: l.text(), URL: fmt.Sprintf("https://acme.example/%d", l.n%3), Body: []byte(l.text()),
			State: gateway.DeliveryDue, DueAt: l.time(), CreatedAt: l.time()}
		err = errors.Join(tx.InsertDelivery(d), tx.InsertCallback(&gateway.Callback{PaymentID: p.ID, Body: []byte(l.text())}))
	}
	return func() {
		l.payments, l.pushes, l.ids = append(l.payments, p.ID), append(l.pushes, token), append(l.ids, d.ID)
	}, err
}

func (l *life) change(tx gateway.Tx) error {
	i := l.rand.IntN(len(l.payments))
	p, err := tx.Payment(l.payments[i])
	if err != nil {
		return err
	}
	push, err := tx.PushByToken(l.pushes[i])
	if err != nil {
		return err
	}
	d, err := tx.Delivery(l.ids[i])
	if err != nil {
		return err
	}
	p.State, p.DueAt, p.Receipt, p.Support, p.TransactedAt = gateway.Paid, l.time(), l.text(), !p.Support, l.time()
	push.State, push.Detail = gateway.PushAccepted, l.text()
	d.Attempts, d.Reason, d.DueAt = d.Attempts+1, l.text(), l.time()
	if l.rand.IntN(3) == 0 { // what only erasing changes
		p.Phone, p.Fingerprint, p.IdempotencyKey, p.CreatedAt = "254711000000", l.text(), "", l.time()
		push.CreatedAt, push.Number = l.time(), push.Number+1
		d.URL, d.Body, d.Trace = fmt.Sprintf("https://acme.example/%d", l.rand.IntN(3)), nil, l.text()
	}
	err = errors.Join(tx.SavePayment(p), tx.SavePush(push), tx.SaveDelivery(d))
	if l.rand.IntN(5) == 0 {
		err = errors.Join(err, tx.SaveEndpoint(gateway.Endpoint{Partner: "acme", URL: d.URL, DisabledAt: l.time(), PausedUntil: l.time(), Reason: l.text()}))
	}
	return err
}

// rows is all that a transaction sees of a life.
type rows struct {
	payments   []gateway.Payment
	pushes     []gateway.Push
	deliveries []gateway.Delivery
}

func (l *life) read(tx gateway.Tx) (r rows, err error) {
	for i := range l.payments {
		p, err1 := tx.Payment(l.payments[i])
		push, err2 := tx.PushByToken(l.pushes[i])
		d, err3 := tx.Delivery(l.ids[i])
		if err := errors.Join(err1, err2, err3); err != nil {
			return r, err
		}
		r.payments, r.pushes, r.deliveries = append(r.payments, *p), append(r.pushes, push), append(r.deliveries, *d)
	}
	return r, nil
}

func (l *life) compare(t *testing.T, s *Store) {
	t.Helper()
	var remembered, stored rows
	err := errors.Join(
		s.Update(t.Context(), func(tx gateway.Tx) (err error) { remembered, err = l.read(tx); return err }),
		s.View(t.Context(), func(tx gateway.Tx) (err error) { stored, err = l.read(tx); return err }))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(remembered, stored) {
		t.Fatalf("remembered:\n%+v\nstored:\n%+v", remembered, stored)
	}
	recalled := 0
	for i := range stored.deliveries {
		want := &stored.deliveries[i]
		d, e, ok := s.Recall(want.ID)
		if !ok {
			continue
		}
		recalled++
		if known := s.endpoint(t, want); !reflect.DeepEqual(d, want) || want.DueAt.IsZero() || e != known {
			t.Fatalf("recalled %+v %+v, stored %+v %+v", d, e, want, known)
		}
	}
	audit, err := gateway.VerifyLog(t.Context(), s, gateway.Expected{})
	if err != nil || !audit.OK() || audit.Rows != int64(len(l.payments)) {
		t.Fatalf("the log: %+v %v, want %d rows", audit, err, len(l.payments))
	}
}

func (s *Store) endpoint(t *testing.T, d *gateway.Delivery) (e gateway.Endpoint) {
	t.Helper()
	err := s.View(t.Context(), func(tx gateway.Tx) (err error) {
		e, err = tx.Endpoint(d.Partner, d.URL)
		return err
	})
	if errors.Is(err, gateway.ErrNotFound) {
		return gateway.Endpoint{Partner: d.Partner, URL: d.URL}
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A delivery that was just written is recalled, until it is done, and what is known of
// its URL with it.
func TestRecall(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	d := &gateway.Delivery{Partner: "acme", URL: "https://acme.example/", State: gateway.DeliveryDue, DueAt: testStart}
	write := func(f func(tx gateway.Tx) error) {
		t.Helper()
		if err := s.Update(context.Background(), f); err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx gateway.Tx) error {
		p := samplePayment("k")
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
		d.PaymentID = p.ID
		return tx.InsertDelivery(d)
	})
	if got, _, ok := s.Recall(d.ID); !ok || got.URL != d.URL {
		t.Errorf("after the insert: %+v %t", got, ok)
	}
	write(func(tx gateway.Tx) error {
		return tx.SaveEndpoint(gateway.Endpoint{Partner: "acme", URL: d.URL, DisabledAt: testStart, Reason: "gone"})
	})
	if _, e, ok := s.Recall(d.ID); !ok || e.DisabledAt.IsZero() {
		t.Errorf("the endpoint is disabled, and is recalled as %+v %t", e, ok)
	}
	d.State, d.DueAt = gateway.DeliveryDone, time.Time{}
	write(func(tx gateway.Tx) error { return tx.SaveDelivery(d) })
	if got, _, ok := s.Recall(d.ID); ok {
		t.Errorf("after its end: %+v", got)
	}
}

// What a failed update wrote is gone, and its neighbours' rows keep their ids.
func TestNeighboursOfAFailureAreWrittenAgain(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	kept := []*gateway.Payment{samplePayment("first"), samplePayment("last")}
	insert := func(p *gateway.Payment) func(gateway.Tx) error {
		return func(tx gateway.Tx) error { return tx.InsertPayment(p) }
	}
	errs := waiting(t, s, insert(kept[0]), func(tx gateway.Tx) error {
		return errors.Join(tx.InsertPayment(samplePayment("bad")), errOnPurpose)
	}, insert(kept[1]))
	if errs[0] != nil || !errors.Is(errs[1], errOnPurpose) || errs[2] != nil {
		t.Fatalf("got %v", errs)
	}
	for _, p := range kept {
		err := s.View(t.Context(), func(tx gateway.Tx) error {
			got, err := tx.PaymentByKey("acme", p.IdempotencyKey)
			if err == nil && got.ID != p.ID {
				t.Errorf("%s has id %d, its update was told %d", p.IdempotencyKey, got.ID, p.ID)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	wantStored(t, s, map[string]bool{"first": true, "bad": false, "last": true})
}
