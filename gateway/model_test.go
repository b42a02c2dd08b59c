package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// Random orders, callbacks, queries, crashes and outages happen to a gateway on a
// real file. After each, what must always be so is so; and when the faults end,
// everything comes to an end by itself.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(rt)
		defer m.close()
		rt.Repeat(map[string]func(*rapid.T){
			"order":            m.order,
			"replay an order":  m.replayOrder,
			"customer answers": m.answer,
			"callback":         m.callback,
			"callback again":   m.callbackAgain,
			"forged callback":  m.forged,
			"odd callback":     m.odd,
			"unproven":         m.unproven,
			"unknown form":     m.unknownForm,
			"work":             m.work,
			"time passes":      m.pass,
			"crash":            m.crash,
			"crash is near":    m.crashSoon,
			"weather":          m.weather,
			"":                 m.check,
		})
		m.calm(rt)
	})
}

// prompt is what M-PESA made of a push, and what the customer did about it.
type prompt struct {
	token, id string
	payment   daraja.Money // asked
	phone     daraja.MSISDN
	reference string
	code      daraja.ResultCode // "" while the customer has not answered
	receipt   string
	heard     bool // a callback with its result was acknowledged
}

// machine is a gateway and the world around it, which knows the truth.
type machine struct {
	dir, root string
	clock     *testkit.Clock
	store     *sqlite.Store
	gw        *gateway.Gateway
	random    *rand.Rand
	crashAt   gateway.Point // "" for none
	copies    int

	prompts  []*prompt // all that M-PESA made, in order
	orders   []placed
	acked    [][]byte // callbacks that were acknowledged
	replays  []posted
	states   map[int64]gateway.State // as they were after the last step
	answered map[int64]bool          // paid, as the truth has it, and heard

	pushes  string // what becomes of pushes: "", refused, lost before, lost after
	queries string // of queries: "", pending, broken
	partner bool   // the partner's system is down
}

type placed struct {
	partner gateway.Partner
	order   gateway.Order
	id      int64
}

type posted struct {
	token string
	from  gateway.Origin
	body  []byte
}

func newMachine(t *rapid.T) *machine {
	root, err := os.MkdirTemp("", "darajabox-model-")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{
		root: root, dir: filepath.Join(root, "0"), clock: testkit.NewClock(time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)),
		random: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)),
		states: make(map[int64]gateway.State), answered: make(map[int64]bool),
	}
	m.open(t)
	return m
}

func (m *machine) close() {
	_ = m.store.Close()
	_ = os.RemoveAll(m.root)
}

func (m *machine) open(t *rapid.T) {
	s, err := sqlite.Open(context.Background(), sqlite.Config{Dir: m.dir, Clock: m.clock, IDs: gateway.NewIDs(m.clock, storetest.NewDice())})
	if err != nil {
		t.Fatal(err)
	}
	m.store = s
	m.gw = &gateway.Gateway{
		Store: s, Daraja: m, Sender: m, Clock: m.clock, Random: unguessable{m.random}, Waits: gateway.StandardWaits(),
		Log: slog.New(slog.DiscardHandler), Reach: m.reach,
	}
	if err := m.gw.Recover(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) weather(t *rapid.T) {
	m.pushes = rapid.SampledFrom([]string{"", "", "refused", "lost before", "lost after"}).Draw(t, "pushes")
	m.queries = rapid.SampledFrom([]string{"", "", "pending", "broken"}).Draw(t, "queries")
	m.partner = rapid.Bool().Draw(t, "partner is down")
}

// Ready implements gateway.Daraja.
func (m *machine) Ready(string) time.Duration { return 0 }

// Push implements gateway.Daraja.
func (m *machine) Push(_ context.Context, o gateway.PushOrder) (gateway.PushAck, error) {
	switch m.pushes {
	case "refused":
		return gateway.PushAck{}, &gateway.PushError{Message: "Merchant does not exist"}
	case "lost before":
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: "the connection broke"}
	}
	p := &prompt{token: o.Token, id: fmt.Sprintf("ws_CO_%06d", len(m.prompts)), payment: o.Amount, phone: o.Phone, reference: o.Reference}
	m.prompts = append(m.prompts, p)
	if m.pushes == "lost after" {
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: "the connection broke"}
	}
	return gateway.PushAck{MerchantRequestID: "m-" + p.id, CheckoutRequestID: p.id}, nil
}

// Query implements gateway.Daraja.
func (m *machine) Query(_ context.Context, _, id string) (gateway.QueryAnswer, error) {
	if id == "" {
		panic("M-PESA is asked about a push that has no id")
	}
	i := slices.IndexFunc(m.prompts, func(p *prompt) bool { return p.id == id })
	switch {
	case m.queries == "broken" || i < 0:
		return gateway.QueryAnswer{}, errors.New("broken")
	case m.queries == "pending" || m.prompts[i].code == "":
		return gateway.QueryAnswer{Pending: true}, nil
	}
	return gateway.QueryAnswer{ResultCode: m.prompts[i].code, ResultDesc: "as it is"}, nil
}

// Send implements gateway.Sender.
func (m *machine) Send(context.Context, gateway.Webhook) (gateway.Reply, error) {
	if m.partner {
		return gateway.Reply{Status: 503}, errors.New("answered 503")
	}
	return gateway.Reply{Status: 200}, nil
}

func (m *machine) order(t *rapid.T) {
	n := len(m.orders)
	m.place(t, placed{
		partner: gateway.Partner{Name: rapid.SampledFrom([]string{"duka", "soko"}).Draw(t, "partner")},
		order: gateway.Order{
			Phone: rapid.SampledFrom([]string{"254708374149", "254110000001"}).Draw(t, "phone"), Reference: fmt.Sprint("R", n),
			Amount: rapid.SampledFrom([]string{"1", "5"}).Draw(t, "amount"), CallbackURL: "https://partner.example/", IdempotencyKey: fmt.Sprint("k", n),
		},
	})
}

// place sends an order until it has an answer, as a client does after a crash.
func (m *machine) place(t *rapid.T, o placed) {
	for {
		var got gateway.Accepted
		var err error
		if !m.dying(t, func() { got, err = m.gw.Collect(context.Background(), o.partner, o.order) }) {
			continue
		}
		var e *gateway.Error
		switch {
		case err == nil:
			o.id = got.PaymentID
		case errors.As(err, &e):
			o.id = e.PaymentID
		default:
			t.Fatalf("an order is answered %v", err)
		}
		m.orders = append(m.orders, o)
		return
	}
}

func (m *machine) replayOrder(t *rapid.T) {
	o := m.someOrder(t)
	var got gateway.Accepted
	var err error
	pushes := len(m.prompts)
	other := o.order
	if rapid.Bool().Draw(t, "another body") {
		other.Amount += "0"
	}
	if !m.dying(t, func() { got, err = m.gw.Collect(context.Background(), o.partner, other) }) {
		return
	}
	var e *gateway.Error
	switch {
	case other != o.order:
		if gateway.CodeOf(err) != gateway.CodeKeyReused {
			t.Fatalf("another body with the same key: %+v, %v", got, err)
		}
	case err == nil && (!got.Duplicate || got.PaymentID != o.id), errors.As(err, &e) && e.PaymentID != o.id:
		t.Fatalf("payment %d was ordered again: %+v, %v", o.id, got, err)
	}
	if len(m.prompts) != pushes {
		t.Fatalf("the same key made another prompt")
	}
}

func (m *machine) someOrder(t *rapid.T) placed {
	if len(m.orders) == 0 {
		t.Skip("no orders")
	}
	return rapid.SampledFrom(m.orders).Draw(t, "order")
}

func (m *machine) somePrompt(t *rapid.T, fits func(*prompt) bool) *prompt {
	var some []*prompt
	for _, p := range m.prompts {
		if fits(p) {
			some = append(some, p)
		}
	}
	if len(some) == 0 {
		t.Skip("no prompts")
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(t, "prompt")]
}

// answer is the customer's doing: from now on the truth is known to M-PESA.
func (m *machine) answer(t *rapid.T) {
	p := m.somePrompt(t, func(p *prompt) bool { return p.code == "" })
	p.decide(rapid.SampledFrom([]daraja.ResultCode{"0", "0", "1032", "4005", "2029"}).Draw(t, "result"))
}

func (p *prompt) decide(code daraja.ResultCode) {
	if p.code = code; code == daraja.ResultSuccess {
		p.receipt = "RCPT" + p.receiptID()
	}
}

// receiptID is the part of a receipt that tells p from other prompts.
func (p *prompt) receiptID() string { return strings.TrimPrefix(p.id, "ws_CO_") }

func (m *machine) callback(t *rapid.T) {
	p := m.somePrompt(t, func(p *prompt) bool { return p.code != "" })
	if m.post(t, p.token, p.result(p.payment, p.receipt)) {
		p.heard = true
	}
}

// result is the body of p's callback.
func (p *prompt) result(amount daraja.Money, receipt string) []byte {
	cb := daraja.STKCallback{MerchantRequestID: "m-" + p.id, CheckoutRequestID: p.id, ResultCode: p.code, ResultDesc: "as it is"}
	if p.code == daraja.ResultSuccess {
		cb.Payment = &daraja.STKPayment{Amount: amount, Receipt: receipt, Phone: p.phone.Digits(), At: time.Date(2026, 1, 1, 12, 0, 0, 0, daraja.EAT())}
	}
	body, _ := cb.Encode(daraja.CallbackStyle{})
	return body
}

// post brings a callback from M-PESA's address, and reports whether it was acknowledged.
func (m *machine) post(t *rapid.T, token string, body []byte) (acked bool) {
	return m.postFrom(t, token, gateway.Origin{Remote: "196.201.214.200"}, body)
}

func (m *machine) postFrom(t *rapid.T, token string, from gateway.Origin, body []byte) (acked bool) {
	var err error
	if !m.dying(t, func() {
		_, err = m.gw.TakeCallback(context.Background(), token, from, body)
	}) {
		return false
	}
	if err != nil {
		t.Fatalf("a callback is answered %v", err)
	}
	m.acked = append(m.acked, body)
	m.replays = append(m.replays, posted{token, from, body})
	return true
}

func (m *machine) callbackAgain(t *rapid.T) {
	if len(m.replays) == 0 {
		t.Skip("no callbacks")
	}
	again := m.replays[rapid.IntRange(0, len(m.replays)-1).Draw(t, "callback")]
	m.postFrom(t, again.token, again.from, again.body)
}

// forged is somebody who does not know the token, or has no callback.
func (m *machine) forged(t *rapid.T) {
	p := m.somePrompt(t, func(*prompt) bool { return true })
	false0 := &prompt{id: p.id, code: daraja.ResultSuccess, phone: p.phone}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		m.post(t, "0123456789abcdef0123456789abcdef", false0.result(p.payment, "FORGED0001"))
	case 1:
		m.post(t, p.token, []byte("{"))
	default:
		m.post(t, p.token, nil)
	}
}

// odd is a success of M-PESA's own that is not what was asked: another amount, or a
// receipt that another prompt has.
func (m *machine) odd(t *rapid.T) {
	p := m.somePrompt(t, func(p *prompt) bool { return p.code == daraja.ResultSuccess })
	other := m.somePrompt(t, func(q *prompt) bool { return q.receipt != "" && q != p && q.heard }) // or the gateway cannot know
	if rapid.Bool().Draw(t, "amount") {
		m.post(t, p.token, p.result(p.payment+100, p.receipt))
	} else {
		m.post(t, p.token, p.result(p.payment, other.receipt))
	}
}

// unproven is a callback from an address that is not M-PESA's, by one who knows the token
// and lies as he likes: he may fail nothing and credit nothing.
func (m *machine) unproven(t *rapid.T) {
	p := m.somePrompt(t, func(*prompt) bool { return true })
	lie := *p
	lie.code = rapid.SampledFrom([]daraja.ResultCode{"0", "1032", "4005", "2029", "1050", "00", "SUCCESS"}).Draw(t, "result")
	amount := p.payment + daraja.Money(rapid.SampledFrom([]int{0, 0, 100}).Draw(t, "more"))
	receipt := "LIE" + p.receiptID()
	if other := m.prompts[rapid.IntRange(0, len(m.prompts)-1).Draw(t, "whose receipt")]; other.receipt != "" {
		receipt = other.receipt
	}
	body := lie.result(amount, receipt)
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		body = append(body, body...)
	case 1:
		body = body[:len(body)/2]
	default:
	}
	m.postFrom(t, p.token, gateway.Origin{Remote: "192.0.2.1", Proof: gateway.Unproven}, body)
}

// unknownForm is a callback of M-PESA's own, of a prompt that has ended, whose result is
// written as it never was.
func (m *machine) unknownForm(t *rapid.T) {
	p := m.somePrompt(t, func(p *prompt) bool { return p.code != "" })
	body := p.result(p.payment, p.receipt)
	odd := rapid.SampledFrom([]string{`"00"`, `false`, `"SUCCESS"`, `[]`, `-1`, `null`}).Draw(t, "code")
	m.post(t, p.token, regexp.MustCompile(`"ResultCode":[^,]+`).ReplaceAll(body, []byte(`"ResultCode":`+odd)))
}

func (m *machine) view(t *rapid.T, f func(gateway.Tx) error) {
	if err := m.store.View(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}
