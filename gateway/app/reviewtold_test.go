package app_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// delivered marks the webhooks of a payment as delivered.
func (r *rig) delivered(id int64) {
	r.Helper()
	err := r.Store.Update(r.Context(), func(tx gateway.Tx) error {
		ds, err := tx.DeliveriesOf(id)
		for _, d := range ds {
			d.State, d.DueAt = gateway.DeliveryDone, time.Time{}
			err = errors.Join(err, tx.SaveDelivery(d))
		}
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
}

// A partner that wants it gets one webhook with status review, and then the usual one.
func TestReviewWebhooks(t *testing.T) {
	for _, tt := range []struct {
		name  string
		wants bool
		do    func(*rig) int64
		told  []string
	}{
		{"off", false, (*rig).contradicted, nil},
		{"a contradiction", true, (*rig).contradicted, []string{"review"}},
		{"no result", true, func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, []string{"review"}},
		{"an unknown push is pending yet", true, (*rig).unanswered, nil},
		{"a second receipt of a paid order", true, (*rig).twicePaid, []string{"successful"}},
		{"then the usual one", true, func(r *rig) int64 {
			id := r.contradicted()
			r.mustResolve(id, gateway.DecideFailed, "")
			return id
		}, []string{"review", "failed"}},
		{"no result, then a contradiction", true, func(r *rig) int64 {
			id := r.exhausted(r.mustAsk()).ID
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 1500 }))
			return id
		}, []string{"review"}},
		{"once, though it comes into review twice", true, func(r *rig) int64 {
			id := r.contradicted()
			r.mustResolve(id, gateway.DecideFailed, "")
			r.called(id, gateway.Proven, r.paid(1, "UA1CCCCCCC", func(cb *daraja.STKCallback) { cb.Payment.Amount = 1500 }))
			return id
		}, []string{"review", "failed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, configured := range []bool{false, true} {
				r := newRig(t, func(g *gateway.Gateway) {
					if configured && tt.wants {
						g.ReviewPartners = []string{"local"}
					}
				})
				if !configured {
					if err := r.Store.Update(t.Context(), func(tx gateway.Tx) error {
						return tx.InsertPartner(gateway.Partner{Name: "local", ReviewWebhooks: tt.wants})
					}); err != nil {
						t.Fatal(err)
					}
				}
				id := tt.do(r)
				if got := r.told(id); !slices.Equal(got, tt.told) {
					t.Errorf("configured %t: the partner was told %v, want %v", configured, got, tt.told)
				}
				r.read(func(tx gateway.Tx) error {
					ds, err := tx.DeliveriesOf(id)
					for _, d := range ds {
						if strings.Contains(string(d.Body), `"review_reason":"`) != strings.Contains(string(d.Body), `"status":"review"`) {
							t.Errorf("a webhook is %s", d.Body)
						}
					}
					return err
				})
			}
		})
	}
}

// What a partner lists is its own, by status; review is everything that waits.
func TestTransactionsByStatus(t *testing.T) {
	r := newRig(t, nil)
	r.daraja.pushes = 0
	paidTwice, odd := r.twicePaid(), r.mustAsk()
	r.called(odd, gateway.Proven, r.paid(2, "UA1DDDDDDD", func(cb *daraja.STKCallback) { cb.Payment.Amount = 1500 }))
	pending, unknown := r.mustAsk(), r.unanswered()
	for _, tt := range []struct {
		partner string
		f       gateway.TransactionFilter
		want    []int64
	}{
		{"local", gateway.TransactionFilter{}, []int64{paidTwice, odd, pending, unknown}},
		{"local", gateway.TransactionFilter{Status: "review"}, []int64{paidTwice, odd, unknown}},
		{"local", gateway.TransactionFilter{Status: "review", After: paidTwice, Limit: 1}, []int64{odd}},
		{"local", gateway.TransactionFilter{Status: "successful"}, []int64{paidTwice}},
		{"local", gateway.TransactionFilter{Status: "pending"}, []int64{pending, unknown}},
		{"local", gateway.TransactionFilter{Status: "failed"}, nil},
		{"other", gateway.TransactionFilter{Status: "review"}, nil},
	} {
		got, err := r.Transactions(t.Context(), gateway.Partner{Name: tt.partner}, tt.f)
		var ids []int64
		for _, f := range got {
			ids = append(ids, f.Payment.ID)
		}
		if err != nil || !slices.Equal(ids, tt.want) {
			t.Errorf("%s, %+v: %v, %v, want %v", tt.partner, tt.f, ids, err, tt.want)
		}
	}
	_, err := r.Transactions(t.Context(), gateway.Partner{Name: "local"}, gateway.TransactionFilter{Status: "paid"})
	if gateway.CodeOf(err) != gateway.CodeInvalid || !strings.Contains(err.Error(), "pending or successful or failed or review") {
		t.Errorf("another status: %v", err)
	}
}

// hears is an observer that keeps which payments came to need a person.
type hears struct {
	mu     sync.Mutex
	opened []string
}

func (h *hears) Changed(c gateway.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.NeedsReview {
		h.opened = append(h.opened, fmt.Sprintf("%s %s", c.Event, c.Payment.State))
	}
}

func (*hears) CallbackTaken(gateway.Callback, *gateway.Payment, time.Duration) {}

func (*hears) Attempted(gateway.Delivery, gateway.Attempt, time.Time) {}

func (*hears) Updated(time.Duration, error) {}

// Each reason is heard of once: the first, and each that comes later.
func TestReviewsAreHeardOf(t *testing.T) {
	h := &hears{}
	r := newRig(t, func(g *gateway.Gateway) { g.Observer = h })
	id := r.twicePaid()
	r.called(id, gateway.Proven, r.paid(1, "UA1BBBBBBB", nil)) // a copy
	r.called(id, gateway.Proven, r.paid(1, "UA1CCCCCCC", nil))
	r.mustResolve(id, gateway.DecideAsIs, "")
	if got := fmt.Sprint(h.opened); got != "[second_receipt paid second_receipt paid]" {
		t.Errorf("heard of %s", got)
	}
}
