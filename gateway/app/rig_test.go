package app_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// scripted is a Daraja that answers what a test says. The zero one accepts every push
// and says of every prompt that it is open.
type scripted struct {
	mu      sync.Mutex
	wait    time.Duration // what Ready says
	pushErr error
	named   string                       // CheckoutRequestID that each push is answered with; "" is another each time
	answer  *gateway.QueryAnswer         // nil is pending
	answers map[string]daraja.ResultCode // of single prompts
	askErr  error

	leaves, pushes int
	asked          []string
	readyFor       []string // partners that Ready was asked for
	askedFor       []string // and Query
}

func (s *scripted) Ready(partner string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readyFor = append(s.readyFor, partner)
	s.leaves++
	return s.wait
}

func (s *scripted) Push(context.Context, gateway.PushOrder) (gateway.PushAck, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushes++
	if s.pushErr != nil {
		return gateway.PushAck{}, s.pushErr
	}
	return gateway.PushAck{MerchantRequestID: merchantID(s.pushes), CheckoutRequestID: cmp.Or(s.named, checkoutID(s.pushes))}, nil
}

func (s *scripted) Query(_ context.Context, partner, id string) (gateway.QueryAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.askedFor = append(s.asked, id), append(s.askedFor, partner)
	if s.askErr != nil {
		return gateway.QueryAnswer{}, s.askErr
	}
	if code, ok := s.answers[id]; ok {
		return gateway.QueryAnswer{ResultCode: code, ResultDesc: "as the query has it"}, nil
	}
	if s.answer != nil {
		return *s.answer, nil
	}
	return gateway.QueryAnswer{Pending: true}, nil
}

func (s *scripted) says(code daraja.ResultCode) {
	s.answer = &gateway.QueryAnswer{ResultCode: code, ResultDesc: "as the query has it"}
}

// rig is the domain over a store on disk, a scripted Daraja, and a clock that is
// moved by hand. Nothing works by itself: a test calls WorkPayment.
type rig struct {
	*testing.T
	*gateway.Gateway
	daraja *scripted
	clock  *testkit.Clock
}

// noon is when a rig's clock begins.
var noon = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

// emptyDatabase is gateway.db with its tables and nothing in them. It is made once: with
// the race detector the tables take longer than most tests.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "darajabox-rig-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := sqlite.Open(context.Background(), sqlite.Config{Dir: dir, Clock: testkit.NewClock(noon), IDs: storetest.CountedIDs()})
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "gateway.db"))
})

func newRig(t *testing.T, change func(*gateway.Gateway)) *rig {
	t.Helper()
	return rigIn(t, t.TempDir(), change)
}

// rigIn is newRig with its database in a folder.
func rigIn(t *testing.T, dir string, change func(*gateway.Gateway)) *rig {
	t.Helper()
	clock := testkit.NewClock(noon)
	db, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "gateway.db"), db, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir, Clock: clock, IDs: storetest.CountedIDs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d := &scripted{}
	gw := &gateway.Gateway{
		Store: store, Daraja: d, Sender: nil, Clock: clock, Random: rand.Reader,
		Waits: gateway.StandardWaits(), Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(gw)
	}
	return &rig{t, gw, d, clock}
}

// ask orders 150 shillings from a phone.
func (r *rig) ask(phone, key string) (gateway.Accepted, error) {
	return r.Collect(r.Context(), gateway.Partner{Name: "local"}, gateway.Order{
		Phone: phone, Amount: "150", CallbackURL: "https://shop.example.com/hook", IdempotencyKey: key,
	})
}

func (r *rig) mustAsk() int64 {
	r.Helper()
	got, err := r.ask("254708374149", "")
	if err != nil {
		r.Fatal(err)
	}
	return got.PaymentID
}

func (r *rig) read(f func(gateway.Tx) error) {
	r.Helper()
	if err := r.Store.View(r.Context(), f); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) payment(id int64) (p *gateway.Payment) {
	r.Helper()
	r.read(func(tx gateway.Tx) (err error) {
		p, err = tx.Payment(id)
		return err
	})
	return p
}

// token is the end of the callback URL of a payment's latest push.
func (r *rig) token(id int64) (token string) {
	r.Helper()
	r.read(func(tx gateway.Tx) error {
		pushes, err := tx.PushesOf(id)
		if err == nil {
			token = pushes[len(pushes)-1].Token
		}
		return err
	})
	return token
}

// told is the status in each webhook of a payment.
func (r *rig) told(id int64) (statuses []string) {
	r.Helper()
	r.read(func(tx gateway.Tx) error {
		ds, err := tx.DeliveriesOf(id)
		for _, d := range ds {
			_, rest, _ := strings.Cut(string(d.Body), `"status":"`)
			status, _, _ := strings.Cut(rest, `"`)
			statuses = append(statuses, status)
		}
		return err
	})
	return statuses
}

// paid is a success at the nth prompt; change, when not nil, makes it another.
func (r *rig) paid(n int, receipt string, change func(*daraja.STKCallback)) []byte {
	r.Helper()
	cb := daraja.STKCallback{
		MerchantRequestID: merchantID(n), CheckoutRequestID: checkoutID(n),
		ResultCode: daraja.ResultSuccess, ResultDesc: "The service request is processed successfully.",
		Payment: &daraja.STKPayment{
			Amount: 150 * daraja.Shilling, Receipt: receipt, Phone: "254708374149",
			At: time.Date(2026, time.January, 1, 14, 59, 0, 0, daraja.EAT()),
		},
	}
	if change != nil {
		change(&cb)
	}
	return r.encode(cb)
}

func (r *rig) failed(n int, code daraja.ResultCode) []byte {
	r.Helper()
	return r.encode(daraja.STKCallback{
		MerchantRequestID: merchantID(n), CheckoutRequestID: checkoutID(n), ResultCode: code, ResultDesc: "as the callback has it",
	})
}

func (r *rig) encode(cb daraja.STKCallback) []byte {
	r.Helper()
	body, err := cb.Encode(daraja.CallbackStyle{})
	if err != nil {
		r.Fatal(err)
	}
	return body
}

// called posts a callback to a payment's latest token.
func (r *rig) called(id int64, proof gateway.Proof, body []byte) (verdict string) {
	r.Helper()
	verdict, err := r.TakeCallback(r.Context(), r.token(id), gateway.Origin{Remote: "192.0.2.1", Proof: proof}, body)
	if err != nil {
		r.Fatal(err)
	}
	return verdict
}

// claimed brings a callback of M-PESA's own to the latest push of a payment, to be
// confirmed by a query as with --confirm always.
func (r *rig) claimed(id int64, body []byte) (verdict string) {
	r.Helper()
	return r.claimedBy(r.token(id), body)
}

// claimedBy is claimed for the push with a token.
func (r *rig) claimedBy(token string, body []byte) (verdict string) {
	r.Helper()
	before := r.Confirm
	defer func() { r.Confirm = before }()
	r.Confirm = gateway.ConfirmAlways
	verdict, err := r.TakeCallback(r.Context(), token, gateway.Origin{Remote: "192.0.2.1"}, body)
	if err != nil {
		r.Fatal(err)
	}
	return verdict
}

// work lets the payment's time come and does what is due.
func (r *rig) work(id int64) {
	r.Helper()
	p := r.payment(id)
	if p.WorkAt().IsZero() {
		r.Fatalf("nothing is due for a payment in %s", p.State)
	}
	r.clock.Advance(max(p.WorkAt().Sub(r.clock.Now()), 0))
	if err := r.WorkPayment(r.Context(), id); err != nil {
		r.Fatal(err)
	}
}

// is checks where a payment stands and what its partner has been told.
func (r *rig) is(id int64, state gateway.State, told ...string) *gateway.Payment {
	r.Helper()
	p := r.payment(id)
	if p.State != state {
		r.Errorf("the payment is %s (%s), want %s", p.State, p.ReviewReason, state)
	}
	if got := r.told(id); fmt.Sprint(got) != fmt.Sprint(told) {
		r.Errorf("the partner was told %v, want %v", got, told)
	}
	return p
}
