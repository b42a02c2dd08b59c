package app_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/postgres"
	"github.com/darajabox/darajabox/internal/pgtest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// earlier is a replica of the release before, which goes on during an update: it writes due_at
// and knows neither step_at nor inquiries.
type earlier struct{ *pgx.Conn }

// besideEarlier is a rig on PostgreSQL, whose M-PESA says that all is paid, beside such a replica.
func besideEarlier(t *testing.T) (*rig, earlier) {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts PostgreSQL")
	}
	url, clock := pgtest.NewDatabase(t), testkit.NewClock(noon)
	store, err := postgres.Open(t.Context(), postgres.Config{URL: url, Clock: clock, IDs: gateway.NewIDs(clock, rand.Reader)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	d := &scripted{}
	d.says("0")
	gw := &gateway.Gateway{Store: store, Daraja: d, Clock: clock, Random: rand.Reader, Waits: gateway.StandardWaits(), Log: slog.New(slog.DiscardHandler)}
	return &rig{t, gw, d, clock}, earlier{conn}
}

func (e earlier) exec(r *rig, sql string, args ...any) {
	r.Helper()
	if _, err := e.Exec(r.Context(), sql, args...); err != nil {
		r.Fatal(err)
	}
}

// pays writes a payment with a push that M-PESA has accepted, due now.
func (e earlier) pays(r *rig, id int64, state gateway.State, claimed string) {
	r.Helper()
	prompt := checkoutID(int(id))
	e.exec(r, `INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
		merchant_request_id, checkout_request_id, result_code, result_desc, receipt, claimed, refusal, support, review_reason, trace, created_at, updated_at, due_at)
		OVERRIDING SYSTEM VALUE VALUES ($1, 'local', 'collect', '', '254708374149', 15000, '', 'https://shop.example/', $2, 1, 0, '', $3, '', '', '', $4,
		'', false, '', '', $5, $5, $5)`, id, string(state), prompt, claimed, noon)
	e.exec(r, `INSERT INTO pushes (token, payment_id, number, state, merchant_request_id, checkout_request_id, detail, questions, created_at)
		VALUES ($1, $2, 1, 'accepted', '', $3, '', 1, $4)`, fmt.Sprint("token", id), id, prompt, noon)
}

// workFor does what is due for payments, every hour.
func (r *rig) workFor(hours int, ids ...int64) {
	r.Helper()
	for range hours {
		r.clock.Advance(time.Hour)
		for _, id := range ids {
			if err := r.WorkPayment(r.Context(), id); err != nil {
				r.Fatal(err)
			}
		}
	}
}

// What an earlier replica leaves due is worked on.
func TestPaymentsOfAnEarlierReplica(t *testing.T) {
	r, e := besideEarlier(t)
	states := []gateway.State{gateway.Pending, gateway.Sending, gateway.Retrying}
	for i, state := range states {
		e.pays(r, int64(i+1), state, "")
	}
	r.workFor(3, 1, 2, 3)
	for i, state := range states {
		if p := r.payment(int64(i + 1)); p.State.Status() == gateway.StatusPending {
			t.Errorf("what was %s is %s, due at %s", state, p.State, p.WorkAt())
		}
	}
}

// An earlier replica asks about a failed payment by due_at, as a callback with proof says
// that the customer paid, with a receipt or without.
func TestFailedPaymentOfAnEarlierReplica(t *testing.T) {
	for name, claimed := range map[string]string{"with a receipt": "UA1AAAAAAA", "without": ""} {
		t.Run(name, func(t *testing.T) {
			r, e := besideEarlier(t)
			e.pays(r, 1, gateway.Failed, claimed)
			r.daraja.says("1032")
			r.workFor(20, 1)
			if p := r.payment(1); p.ReviewAt.IsZero() {
				t.Errorf("the payment is %s, on no list, due at %s, M-PESA was asked %d times", p.State, p.WorkAt(), len(r.daraja.asked))
			}
		})
	}
}

// What an earlier replica leaves due of a failed payment does not take the place of an
// inquiry with proof.
func TestInquiryBesideAnEarlierReplica(t *testing.T) {
	r, e := besideEarlier(t)
	e.pays(r, 1, gateway.Failed, "")
	claim := gateway.Inquiry{DueAt: noon, Claimed: "UA1AAAAAAA", What: "a claim", Money: true, Proven: true}
	e.exec(r, `UPDATE pushes SET inquiry = $1`, claim.String())
	r.workFor(20, 1)
	if p := r.payment(1); p.State != gateway.Paid || p.Receipt != claim.Claimed {
		t.Errorf("the payment is %s with receipt %q", p.State, p.Receipt)
	}
}

// Nothing is due any more for a payment that an earlier replica has settled.
func TestPaymentThatAnEarlierReplicaSettled(t *testing.T) {
	r, e := besideEarlier(t)
	e.pays(r, 1, gateway.Paid, "")
	r.workFor(2, 1)
	if p := r.payment(1); p.State != gateway.Paid || !p.WorkAt().IsZero() {
		t.Errorf("the payment is %s, due at %s", p.State, p.WorkAt())
	}
}
