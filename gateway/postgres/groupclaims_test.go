package postgres

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// Whoever finds a payment by its push has it locked: what another replica has just
// changed is seen, and not written over.
func TestPaymentIsLockedWithItsPush(t *testing.T) {
	s, other := twoReplicas(t)
	id := insertPayment(t, s, samplePayment(""))
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error {
		return tx.InsertPush(gateway.Push{Token: "T", PaymentID: id, Number: 1, State: gateway.PushBegun})
	}))
	theirs, err := other.db.Begin(t.Context())
	must(t, err)
	_, err = theirs.Exec(t.Context(), `UPDATE payments SET checks = 5 WHERE id = $1`, id)
	must(t, err)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Update(context.Background(), func(tx gateway.Tx) error {
			push, err := tx.PushByToken("T")
			if err != nil {
				return err
			}
			return countUp(push.PaymentID)(tx)
		})
	}()
	waitUntil(t, s.blocked(t))
	must(t, theirs.Commit(t.Context()))
	must(t, receive(t, ended, "the update"))
	if got := s.checksOf(t, id); got != 6 {
		t.Errorf("%d checks, want 6", got)
	}
}

// A limit for a phone holds within a group, too.
func TestPhoneIsCountedByOneAtATime(t *testing.T) {
	const most = 3
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	full := errors.New("full")
	fs := make([]func(gateway.Tx) error, 8)
	for i := range fs {
		fs[i] = func(tx gateway.Tx) error {
			n, err := tx.PaymentsBetween("254708374149", testStart, testStart.Add(time.Hour))
			if err != nil {
				return err
			}
			if n >= most {
				return full
			}
			return tx.InsertPayment(samplePayment(""))
		}
	}
	inserted := 0
	for _, err := range together(t, s, fs...) {
		if err == nil {
			inserted++
		} else if !errors.Is(err, full) {
			t.Error(err)
		}
	}
	if inserted != most {
		t.Errorf("%d payments were inserted, want %d", inserted, most)
	}
}

// A limit for a phone holds among replicas: while one has counted and not inserted
// yet, the group of another does not count.
func TestPhoneIsCountedByOneReplicaAtATime(t *testing.T) {
	s, other := twoReplicas(t)
	count := func(s *Store, then func(n int) error) error {
		return s.Update(context.Background(), func(tx gateway.Tx) error {
			n, err := tx.PaymentsBetween("254708374149", testStart, testStart.Add(time.Hour))
			if err != nil {
				return err
			}
			return errors.Join(then(n), tx.InsertPayment(samplePayment("")))
		})
	}
	counted, ended := make(chan int, 1), make(chan error, 1)
	must(t, count(other, func(int) error {
		go func() { ended <- count(s, func(n int) error { counted <- n; return nil }) }()
		blocked := s.blocked(t)
		waitUntil(t, func() bool { return blocked() || len(counted) > 0 })
		return nil
	}))
	if n := receive(t, counted, "the other count"); n != 1 {
		t.Errorf("it counted %d payments, want the one that was about to be inserted", n)
	}
	must(t, receive(t, ended, "the other update"))
}

// A receipt pays for one payment, whoever else in the same group claims it.
func TestReceiptIsPromisedToOne(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	ids, owners := make([]int64, 5), make([]int64, 5)
	fs := make([]func(gateway.Tx) error, len(ids))
	for i := range ids {
		ids[i] = insertPayment(t, s, samplePayment(""))
		fs[i] = func(tx gateway.Tx) (err error) {
			owners[i], err = tx.ClaimReceipt("R", ids[i], testStart)
			return err
		}
	}
	must(t, errors.Join(together(t, s, fs...)...))
	for _, owner := range owners {
		if owner != owners[0] || !slices.Contains(ids, owner) {
			t.Fatalf("each was told another owner: %d of %d", owners, ids)
		}
	}
}
