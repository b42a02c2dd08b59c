package gateway_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// oneSending is a store that holds one payment whose push was cut off. commitErr
// is how its commit ends.
type oneSending struct {
	gateway.Store
	tx        gateway.Tx
	commitErr error
}

func (s *oneSending) Exclusive() bool { return true }

func (s *oneSending) Update(_ context.Context, f func(gateway.Tx) error) error {
	if err := f(s.tx); err != nil {
		return err
	}
	return s.commitErr
}

type oneSendingTx struct{ gateway.Tx }

func (oneSendingTx) SavePayment(*gateway.Payment) error { return nil }

func (oneSendingTx) PushesOf(int64) ([]gateway.Push, error) { return nil, nil }

func (oneSendingTx) SavePush(gateway.Push) error { return nil }

func (oneSendingTx) Payments(f gateway.PaymentFilter) ([]*gateway.Payment, error) {
	if f.State != gateway.Sending {
		return nil, nil
	}
	return []*gateway.Payment{{ID: 7, State: gateway.Sending}}, nil
}

type ear struct {
	gateway.Observer
	heard []gateway.Change
	ends  []error
}

func (e *ear) Updated(_ time.Duration, err error) { e.ends = append(e.ends, err) }

func (e *ear) Changed(c gateway.Change) { e.heard = append(e.heard, c) }

type stillClock struct{ gateway.Clock }

func (stillClock) Now() time.Time { return time.Unix(1_700_000_000, 0) }

func TestObserversHearOfWhatIsCommitted(t *testing.T) {
	store, e := &oneSending{tx: oneSendingTx{}}, &ear{}
	g := &gateway.Gateway{Store: store, Clock: stillClock{}, Waits: gateway.StandardWaits(), Observer: gateway.Observers{e}}
	if err := g.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := slices.Clone(e.heard)
	if len(got) != 1 || got[0].Event != gateway.Crashed || got[0].From != gateway.Sending ||
		got[0].Payment.State != gateway.Unknown || got[0].Payment.ID != 7 {
		t.Errorf("heard %+v", got)
	}

	e.heard, store.commitErr = nil, errors.New("disk full")
	if err := g.Recover(t.Context()); err == nil {
		t.Fatal("no error")
	}
	if len(e.heard) != 0 {
		t.Errorf("heard of what was never committed: %+v", e.heard)
	}
	if !slices.Equal(e.ends, []error{nil, store.commitErr}) {
		t.Errorf("transactions ended with %v", e.ends)
	}
	g.Observer, store.commitErr = nil, nil
	if err := g.Recover(t.Context()); err != nil {
		t.Errorf("without observer: %v", err)
	}
}

func TestTrail(t *testing.T) {
	trail := gateway.TrailOf(t.Context())
	trail.Payment = 1 // nobody's: nothing to see elsewhere
	if got := gateway.TrailOf(t.Context()); got.Payment != 0 || len(got.Args()) != 0 {
		t.Errorf("got %+v", got)
	}
	ctx := gateway.WithTrail(t.Context(), &gateway.Trail{Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
	gateway.TrailOf(ctx).Payment = 5
	want := []any{"payment", int64(5), "trace", "0af7651916cd43dd8448eb211c80319c"}
	if got := gateway.TrailOf(ctx).Args(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
