package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// workStore notes how much each transaction of an erasure empties, and fails once a number
// of them is committed.
type workStore struct {
	gateway.Store
	most, calls int
	commits     int // that are left; 0 is any number
}

var errCutOff = errors.New("cut off")

func (s *workStore) Update(ctx context.Context, f func(gateway.Tx) error) error {
	tx := &workTx{store: s}
	err := s.Store.Update(ctx, func(inner gateway.Tx) error {
		tx.Tx, tx.emptied = inner, 0
		return f(tx)
	})
	s.most = max(s.most, tx.emptied)
	if err == nil && tx.emptied > 0 && s.commits > 0 {
		if s.commits--; s.commits == 0 {
			return errCutOff
		}
	}
	return err
}

type workTx struct {
	gateway.Tx
	store   *workStore
	emptied int
}

func (t *workTx) EraseCallbacks(payment int64, limit int, at time.Time) (int, error) {
	t.store.calls++
	n, err := t.Tx.EraseCallbacks(payment, limit, at)
	t.emptied += n
	return n, err
}

func (t *workTx) EraseReplies(delivery int64, first, last int) error {
	t.store.calls++
	t.emptied += max(0, last-first+1)
	return t.Tx.EraseReplies(delivery, first, last)
}

// fill gives a payment more callbacks, and its webhook more attempts, than this release keeps.
func (d *desk) fill(payment int64, callbacks, attempts int) {
	d.t.Helper()
	err := d.Store.Update(d.t.Context(), func(tx gateway.Tx) error {
		for range callbacks {
			c := &gateway.Callback{PaymentID: payment, Remote: "10.0.0.1", Verdict: gateway.VerdictMalformed, Body: []byte(jane.Digits()), ReceivedAt: d.clock.Now()}
			if err := tx.InsertCallback(c); err != nil {
				return err
			}
		}
		all, err := tx.DeliveriesOf(payment)
		if err != nil || attempts == 0 {
			return err
		}
		w := all[0]
		for range attempts {
			w.Attempts++
			if err := tx.InsertAttempt(gateway.Attempt{DeliveryID: w.ID, Number: w.Attempts, At: d.clock.Now(), Status: 500, Reply: jane.Digits()}); err != nil {
				return err
			}
		}
		return tx.SaveDelivery(w)
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// However much belongs to a payment, no transaction of its erasure empties more than a part
// of it. The payment counts as erased when all is, also when the erasure was cut off.
func TestErasureIsBoundedInEachTransaction(t *testing.T) {
	for _, tt := range []struct {
		name                string
		callbacks, attempts int
		most, commits       int
	}{
		{"many callbacks", 450, 0, 100, 2},
		{"as many callbacks as one transaction empties", 199, 0, 100, 1}, // one is of the order
		{"many attempts", 0, 2500, 1002, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			id := d.pay(jane, "k1")
			d.pay(john, "k2")
			d.fill(id, tt.callbacks, tt.attempts)
			s := &workStore{Store: d.Store, commits: tt.commits}
			d.Store = s
			if _, err := d.EraseCustomer(t.Context(), jane); !errors.Is(err, errCutOff) {
				t.Fatalf("the erasure ends with %v", err)
			}
			if p := d.payment(id); !p.ErasedAt.IsZero() || p.Phone != jane {
				t.Errorf("cut off, the payment counts as erased: %+v", p)
			}
			got := d.erase(jane)
			if got.Payments != 1 || len(got.Kept) > 0 {
				t.Errorf("got %+v", got)
			}
			if s.most > tt.most || s.most == 0 {
				t.Errorf("one transaction empties %d rows, want at most %d", s.most, tt.most)
			}
			d.Store = s.Store
			if left := d.mentions(jane.National()); len(left) > 0 {
				t.Errorf("the number is still in %v", left[:min(len(left), 5)])
			}
			d.verify()
		})
	}
}

// An erasure by age goes on where it was cut off, without anyone who asks for it again.
func TestRetentionResumes(t *testing.T) {
	d := newDesk(t)
	id := d.pay(jane, "k1")
	d.fill(id, 250, 0)
	d.clock.Advance(time.Hour)
	d.Store = &workStore{Store: d.Store, commits: 1}
	if n, err := d.Retain(t.Context(), d.clock.Now()); !errors.Is(err, errCutOff) || n != 0 {
		t.Fatalf("%d were erased, %v", n, err)
	}
	if n, err := d.Retain(t.Context(), d.clock.Now()); err != nil || n != 1 {
		t.Errorf("%d were erased, %v", n, err)
	}
	if left := d.mentions(jane.National()); len(left) > 0 {
		t.Errorf("the number is still in %v", left[:min(len(left), 5)])
	}
}

// A callback for an erased payment costs the same whatever the payment had before.
func TestLateCallbackTouchesNothingElse(t *testing.T) {
	d := newDesk(t)
	id := d.pay(jane, "k1")
	d.erase(jane)
	erased := d.payment(id).ErasedAt
	s := &workStore{Store: d.Store}
	d.Store = s
	d.clock.Advance(time.Hour)
	d.post("k1", paidWith("RECEIPTK1"))
	if _, err := d.TakeCallback(t.Context(), d.tokens["k1"], gateway.Origin{}, []byte(`{"from":"`+jane.Digits()+`"}`)); err != nil {
		t.Fatal(err)
	}
	if p := d.payment(id); s.calls != 0 || p.ErasedAt.IsZero() {
		t.Errorf("%d statements erase what came before; the payment, erased at %s, is %+v", s.calls, erased, p)
	}
	d.Store = s.Store
	if left := d.mentions(jane.National()); len(left) > 0 {
		t.Errorf("the number is in %v", left)
	}
	d.verify()
}

// A number in one of many replies of another customer's webhook is found, and only there.
func TestNumberAmongManyReplies(t *testing.T) {
	for name, tt := range map[string]struct {
		reply string
		want  int
	}{"the number": {"paid by " + jane.Digits(), 1}, "its digits among others": {strings.Join(strings.Split(jane.Digits(), ""), "9"), 0}} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			id := d.pay(john, "k1")
			err := d.Store.Update(t.Context(), func(tx gateway.Tx) error {
				all, err := tx.DeliveriesOf(id)
				if err != nil {
					return err
				}
				w := all[0]
				for n := range 300 {
					w.Attempts++
					reply := fmt.Sprint("7x1x1x2x2x2x3x3x3", n)
					if n == 250 {
						reply = tt.reply
					}
					if err := tx.InsertAttempt(gateway.Attempt{DeliveryID: w.ID, Number: w.Attempts, At: d.clock.Now(), Reply: reply}); err != nil {
						return err
					}
				}
				return tx.SaveDelivery(w)
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := d.erase(jane); got.Mentions != tt.want {
				t.Errorf("%d payments mention the number, want %d", got.Mentions, tt.want)
			}
		})
	}
}

// A declaration keeps a payment whose callback spoke of money, behind any number of others.
func TestMoneyBehindManyCallbacks(t *testing.T) {
	d := newDesk(t)
	ids := make(map[string]int64)
	for _, key := range []string{"money", "none"} {
		got, err := d.order(jane, key)
		if err != nil {
			t.Fatal(err)
		}
		ids[key] = got.PaymentID
	}
	err := d.Store.Update(t.Context(), func(tx gateway.Tx) error {
		for key, id := range ids {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			p.State, p.ResultCode, p.ReviewAt, p.DueAt = gateway.Unresolved, "1050", d.clock.Now(), time.Time{}
			if err := tx.SavePayment(p); err != nil {
				return err
			}
			cb := daraja.STKCallback{MerchantRequestID: "29115-1", CheckoutRequestID: d.ids[d.tokens[key]], ResultCode: "1050", ResultDesc: "new"}
			body, err := cb.Encode(daraja.CallbackStyle{})
			if err != nil {
				return err
			}
			for range 45 {
				if err := tx.InsertCallback(&gateway.Callback{PaymentID: id, Token: d.tokens[key], Verdict: gateway.VerdictDuplicate, Body: body}); err != nil {
					return err
				}
			}
			if key == "money" {
				cb = paidWith("UA1AAAAAR1")
				if body, err = cb.Encode(daraja.CallbackStyle{}); err != nil {
					return err
				}
				if err := tx.InsertCallback(&gateway.Callback{PaymentID: id, Token: d.tokens[key], Verdict: gateway.VerdictDuplicate, Body: body}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	done, err := d.DeclareResult(t.Context(), gateway.Declaration{Code: "1050", Outcome: gateway.DeclaredFailed, Note: "n", By: "jane"}, 0)
	if err != nil || done.Settled != 1 || done.Kept != 1 || d.payment(ids["none"]).State != gateway.Failed {
		t.Errorf("%+v, %v", done, err)
	}
}
