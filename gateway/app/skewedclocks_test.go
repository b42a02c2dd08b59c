package app_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/postgres"
	"github.com/darajabox/darajabox/internal/pgtest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// replicas are two gateways on one PostgreSQL database.
func replicas(t *testing.T) (*rig, *rig) {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts PostgreSQL")
	}
	url, clock := pgtest.NewDatabase(t), testkit.NewClock(noon)
	d := &scripted{}
	var rigs []*rig
	for range 2 {
		store, err := postgres.Open(t.Context(), postgres.Config{URL: url, Clock: clock, IDs: gateway.NewIDs(clock, rand.Reader)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		gw := &gateway.Gateway{Store: store, Daraja: d, Clock: clock, Random: rand.Reader, Waits: gateway.StandardWaits(), Log: slog.New(slog.DiscardHandler)}
		rigs = append(rigs, &rig{t, gw, d, clock})
	}
	return rigs[0], rigs[1]
}

func (r *rig) orderOf(phone, key string) int64 {
	r.Helper()
	got, err := r.ask(phone, key)
	var e *gateway.Error
	if errors.As(err, &e) {
		return e.PaymentID
	}
	if err != nil {
		r.Fatal(err)
	}
	return got.PaymentID
}

// The clock of one replica is 40 s ahead, less than what is allowed for elsewhere, and M-PESA
// takes 25 s to refuse a push. One key has one answer.
func TestKeyWithSkewedClocks(t *testing.T) {
	r, s := replicas(t)
	s.clock = testkit.NewClock(noon.Add(40 * time.Second))
	s.Clock = s.clock
	var during error
	first := r.refusedLate(func(token string) {
		r.clock.Advance(25 * time.Second)
		s.clock.Advance(25 * time.Second)
		var id int64
		s.read(func(tx gateway.Tx) error {
			push, err := tx.PushByToken(token)
			id = push.PaymentID
			return err
		})
		if err := s.WorkPayment(t.Context(), id); err != nil {
			t.Error(err)
		}
		_, during = s.ask("254708374149", "order-1")
	})
	_, after := s.ask("254708374149", "order-1")
	if during == nil && (gateway.CodeOf(first) == gateway.CodeRefused || gateway.CodeOf(after) == gateway.CodeRefused) {
		t.Errorf("one key, two answers: 200, %v, and then %v", first, after)
	}
}

// askingOnce lets something happen while M-PESA answers a query.
type askingOnce struct {
	*scripted
	during func()
}

func (a *askingOnce) Query(ctx context.Context, partner, id string) (gateway.QueryAnswer, error) {
	got, err := a.scripted.Query(ctx, partner, id)
	if a.during != nil {
		a.during()
		a.during = nil
	}
	return got, err
}

// The clock of the replica that a cut callback comes to is 3 s behind that of the one which
// has a query under way, whose answer is older than the callback.
func TestCutCallbackWithSkewedClocks(t *testing.T) {
	for _, skew := range []time.Duration{0, 3 * time.Second} {
		t.Run(skew.String(), func(t *testing.T) {
			r, s := replicas(t)
			id := r.orderOf("254708374149", "order-1")
			wait := r.payment(id).WorkAt().Sub(r.clock.Now())
			r.clock.Advance(wait)
			s.clock = testkit.NewClock(r.clock.Now().Add(-skew))
			s.Clock = s.clock
			r.daraja.says("4005")
			r.Daraja = &askingOnce{r.daraja, func() {
				b := s.paid(1, "UA1AAAAAAA", nil)
				s.called(id, gateway.Proven, b[:len(b)*2/3])
			}}
			if err := r.WorkPayment(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			r.daraja.says("0")
			pushes := r.daraja.pushes
			for range 5 {
				if r.payment(id).WorkAt().IsZero() {
					break
				}
				r.work(id)
			}
			if r.daraja.pushes > pushes {
				t.Errorf("push %d, although push 1 is paid", r.daraja.pushes)
			}
		})
	}
}
