package app_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// randomRun is a gateway, its M-PESA and its customers, who all do what a seed says.
type randomRun struct {
	*testing.T
	*gateway.Gateway
	rand    *mrand.Rand
	clock   *testkit.Clock
	dir     string
	silent  bool          // M-PESA never answers a query about a first push
	crashAt gateway.Point // the next crash; "" when none is to come
	depth   int           // of steps that happen while M-PESA answers
	calm    time.Time     // since when all works as it should; zero while it does not
	orders  int
	prompts []*truth
	late    []func()       // callbacks that come late, or once more
	decided map[int64]bool // payments that a person has resolved; true when as paid
	log     []string
	broken  string // the first promise that the gateway has broken
}

// crash is the panic with which a gateway crashes.
type crash struct{}

// TestRandomPushes lets orders, callbacks true and false, queries, crashes and people come
// in random order, and checks that a customer who has paid gets no other prompt, and that no
// payment is lost, told twice, or paid by a callback without proof. A run is repeated by its
// name, such as -run TestRandomPushes/seed_17.
func TestRandomPushes(t *testing.T) {
	seeds := uint64(120)
	if testing.Short() {
		seeds = 60
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			newRandomRun(t, seed).run()
		})
	}
}

func newRandomRun(t *testing.T, seed uint64) *randomRun {
	t.Helper()
	db, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	m := &randomRun{T: t, rand: mrand.New(mrand.NewPCG(seed, 7)), clock: testkit.NewClock(noon), dir: t.TempDir(), silent: seed%3 == 2, decided: map[int64]bool{}}
	if err := os.WriteFile(filepath.Join(m.dir, "gateway.db"), db, 0o600); err != nil {
		t.Fatal(err)
	}
	confirm := gateway.ConfirmUntrusted
	if seed%2 == 1 {
		confirm = gateway.ConfirmAlways
	}
	m.start(confirm)
	t.Cleanup(func() { _ = m.close() })
	return m
}

// start starts the gateway on the database that is there.
func (m *randomRun) start(confirm gateway.Confirm) {
	store, err := sqlite.Open(context.Background(), sqlite.Config{Dir: m.dir, Clock: m.clock, IDs: storetest.CountedIDs()})
	if err != nil {
		m.Fatal(err)
	}
	m.Gateway = &gateway.Gateway{
		Store: store, Daraja: m, Clock: m.clock, Random: rand.Reader, Waits: gateway.StandardWaits(), Log: slog.New(slog.DiscardHandler), Confirm: confirm,
		Reach: func(p gateway.Point) {
			if p == m.crashAt && !strings.HasSuffix(string(p), "_writing") { // those are reached in the store's goroutine
				m.crashAt = ""
				panic(crash{})
			}
		},
	}
	if err := m.Recover(context.Background()); err != nil {
		m.Fatal(err)
	}
}

func (m *randomRun) close() error { return m.Store.(*sqlite.Store).Close() }

func (m *randomRun) restart() {
	m.say("restart")
	_ = m.close()
	m.start(m.Confirm)
}

// pushTwice begins with what random steps seldom come to: a payment that is pushed again
// and again, whose customer pays the first prompt after all.
func (m *randomRun) pushTwice() {
	for n := range 2 {
		if n == 0 {
			m.order()
		}
		if len(m.prompts) != n+1 {
			return
		}
		m.end(m.prompts[n], "4005")
		m.genuine(m.prompts[n])
		if n == 1 {
			m.end(m.prompts[0], "0")
			m.genuine(m.prompts[0])
		}
		for range 3 {
			m.clock.Advance(6 * time.Second)
			m.work()
		}
	}
}

// run does some steps, then lets the payments come to their ends.
func (m *randomRun) run() {
	if m.oneIn(2) {
		m.untilCrash(m.pushTwice)
	}
	for range 80 {
		m.untilCrash(m.step)
		m.check()
		if m.broken != "" {
			break
		}
	}
	if m.broken == "" {
		m.settle()
		m.check()
		m.checkEnds()
	}
	if m.broken != "" {
		m.Errorf("%s\n%s", m.broken, strings.Join(m.log, "\n"))
	}
}

// untilCrash runs f; a crash ends it, and the gateway starts again.
func (m *randomRun) untilCrash(f func()) {
	defer func() {
		switch x := recover(); x {
		case nil:
		case crash{}:
			m.depth = 0
			m.restart()
		default:
			panic(x)
		}
	}()
	f()
}

// oneIn reports true once in n times.
func (m *randomRun) oneIn(n int) bool { return m.rand.IntN(n) == 0 }

func oneOf[T any](m *randomRun, of ...T) T { return of[m.rand.IntN(len(of))] }

func (m *randomRun) step() {
	switch m.rand.IntN(12) {
	case 0:
		m.order()
	case 1, 2:
		m.customer()
	case 3, 4, 5:
		if len(m.prompts) > 0 {
			m.callback(oneOf(m, m.prompts...))
		}
	case 6:
		if len(m.late) > 0 {
			oneOf(m, m.late...)()
		}
	case 7, 8:
		m.work()
	case 9:
		m.clock.Advance(oneOf(m, time.Second, 6*time.Second, 6*time.Second, 31*time.Second, 31*time.Second, 3*time.Minute, 3*time.Minute, 20*time.Minute, 5*time.Hour))
	case 10:
		if m.oneIn(5) {
			m.person()
		}
	default:
		m.fail()
	}
}

// order makes one of two orders.
func (m *randomRun) order() {
	if m.orders == 2 {
		return
	}
	m.orders++
	_, err := m.Collect(context.Background(), gateway.Partner{Name: "local"}, gateway.Order{
		Phone: fmt.Sprint("25470837414", m.orders), Amount: "150", CallbackURL: "https://shop.example.com/hook", IdempotencyKey: fmt.Sprint("order-", m.orders),
	})
	m.say("order %d: %v", m.orders, err)
}

// customer ends a prompt, or pays after M-PESA has asked for another push.
func (m *randomRun) customer() {
	if len(m.prompts) == 0 {
		return
	}
	switch q := oneOf(m, m.prompts...); {
	case q.code == "":
		m.end(q, oneOf[daraja.ResultCode](m, "0", "0", "1032", "4005", "4005", "4005", "4005", "4005"))
	case q.code == "4005" && m.oneIn(2):
		m.end(q, "0")
	}
}

func (m *randomRun) end(q *truth, code daraja.ResultCode) {
	q.code = code
	if code == "0" {
		q.receipt = fmt.Sprintf("U%dA%07d", q.number, q.payment)
	}
	m.say("prompt %s ends with %s", q.id, code)
}

// callback brings M-PESA's callback of a prompt, or one that only claims to be.
func (m *randomRun) callback(q *truth) {
	switch {
	case m.oneIn(3):
		m.forgery(q)
	case q.code != "":
		m.genuine(q)
	}
}

// forgery is a callback without proof: any lie.
func (m *randomRun) forgery(q *truth) {
	receipt := fmt.Sprintf("LIE%07d", m.rand.IntN(3))
	if other := oneOf(m, m.prompts...); other.receipt != "" && m.oneIn(2) {
		receipt = other.receipt
	}
	code := oneOf[daraja.ResultCode](m, "0", "0", "1032", "4005", "2029")
	w := q.wire(code, receipt)
	if m.oneIn(5) {
		w.code = `"00"`
	}
	body := w.body()
	if m.oneIn(5) {
		body = body[:len(body)/2]
	}
	m.post(q, gateway.Unproven, fmt.Sprint("a forgery with ", code), body, nil)
}

// genuine is M-PESA's callback, whole or spoilt.
func (m *randomRun) genuine(q *truth) {
	w, paid := q.wire(q.code, q.receipt), q.code == "0"
	claims := func() { m.claims(q) }
	if !paid {
		claims = nil
	}
	switch m.rand.IntN(9) {
	case 0:
		b := w.body()
		m.post(q, gateway.Proven, "cut", b[:len(b)*2/3], nil)
	case 1:
		w.code = `"00"`
		m.post(q, gateway.Proven, "with an odd code", w.body(), claims)
	case 2:
		w.bare = true
		if !paid { // it has none, so nothing is missing
			code := q.code
			claims = func() { m.said(q, code) }
		}
		m.post(q, gateway.Proven, "without metadata", w.body(), claims)
	case 3:
		if paid && m.oneIn(3) {
			w.amount = "1.00"
			m.post(q, gateway.Proven, "of another amount", w.body(), nil)
		}
	default:
		code := q.code
		m.post(q, gateway.Proven, "with "+string(code), w.body(), func() { m.said(q, code) })
	}
}

// post brings a callback now, later, or twice. then is called when it is acknowledged.
func (m *randomRun) post(q *truth, proof gateway.Proof, what string, body []byte, then func()) {
	send := func() {
		verdict, err := m.TakeCallback(context.Background(), q.token, gateway.Origin{Remote: "192.0.2.1", Proof: proof}, body)
		if err != nil {
			m.breaks("callback: %v", err)
		}
		q.heard = true
		m.say("callback of %s, %s: %s; the payment is %s", q.id, what, verdict, m.payment(q.payment).State)
		if then != nil {
			then()
		}
	}
	if m.oneIn(6) {
		m.late = append(m.late, send)
		return
	}
	send()
	if m.oneIn(3) {
		m.late = append(m.late, send)
	}
}

// work does what is due.
func (m *randomRun) work() {
	for _, p := range m.payments() {
		if at := p.WorkAt(); at.IsZero() || at.After(m.clock.Now()) {
			continue
		}
		if err := m.WorkPayment(context.Background(), p.ID); err != nil {
			m.breaks("work: %v", err)
		}
		m.say("work on %d: it was %s and is %s", p.ID, p.State, m.payment(p.ID).State)
	}
}

// person resolves some of what waits for a person, as the customers know it.
func (m *randomRun) person() {
	for _, p := range m.payments() {
		if p.ReviewAt.IsZero() || m.oneIn(2) {
			continue
		}
		res := gateway.Resolution{As: gateway.DecideFailed, Seen: markOf(m.Store, p.ID), Note: "as the statement says", By: "jane"}
		for _, q := range m.of(p.ID) {
			if q.receipt != "" {
				res.As, res.Receipt = gateway.DecidePaid, q.receipt
			}
		}
		if status := p.State.Status(); status == gateway.StatusSuccessful || status == gateway.StatusFailed {
			res.As, res.Receipt = gateway.DecideAsIs, ""
		}
		_, err := m.ResolveReview(context.Background(), p.ID, res)
		m.say("payment %d, %s, is resolved as %s: %v", p.ID, p.State, res.As, err)
		if err == nil {
			m.resolved(p.ID, res.As)
		}
	}
}

// fail has the gateway crash at some point from now on, or restarts it.
func (m *randomRun) fail() {
	switch m.rand.IntN(3) {
	case 0:
		m.crashAt = oneOf(m, gateway.Points()...)
	case 1:
		if m.depth == 0 {
			m.restart()
		}
	}
}

// meanwhile does some steps while M-PESA answers.
func (m *randomRun) meanwhile() {
	if m.depth > 1 || !m.calm.IsZero() || !m.oneIn(4) {
		return
	}
	m.depth++
	defer func() { m.depth-- }()
	for range 1 + m.rand.IntN(3) {
		m.step()
	}
}

// settle works until nothing is due, with an M-PESA that works, whose customers cancel.
func (m *randomRun) settle() {
	m.say("from here on all works")
	m.crashAt, m.calm = "", m.clock.Now()
	for range 4000 {
		for _, q := range m.prompts {
			if q.code == "" {
				m.end(q, "1032")
			}
		}
		m.work()
		next := time.Time{}
		for _, p := range m.payments() {
			if at := p.WorkAt(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
				next = at
			}
			if p.State.Status() == gateway.StatusPending && p.ReviewAt.IsZero() && m.clock.Now().Sub(m.calm) > 3*time.Hour {
				m.breaks("payment %d is %s, not listed, for %s", p.ID, p.State, m.clock.Now().Sub(m.calm))
			}
		}
		if next.IsZero() || m.broken != "" {
			return
		}
		m.clock.Advance(max(next.Sub(m.clock.Now()), 0))
	}
	m.breaks("the work does not end")
}
