package producttest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
)

// Example is a call of an operation that succeeds, in a world of its own.
type Example struct {
	API    simulator.API
	Path   string // "" is the operation's
	Fields Values
	Header map[string][]string // lines that the operation reads, their names as net/http writes them
	// Authorization is the header of an operation that takes no token.
	Authorization string
	// Beside are further products in the world, such as one whose payments this one asks about.
	Beside []simulator.Product
	// Before makes calls that this one needs, and may complete its fields. It may be nil.
	Before func(t *testing.T, b *Bench, fields Values)
}

// Bench is a world with the products of a test, on a frozen clock.
type Bench struct {
	*simulator.World
	Clock     *clock.Clock
	Callbacks []simulator.Callback // as they were handed to the sender

	sent    []sent
	answers []string // of the merchant, to the next callbacks that wait for one
}

// sent is a callback and when it was handed to the sender.
type sent struct {
	simulator.Callback
	at time.Time
}

// ScheduleDelivery implements simulator.CallbackSink.
func (b *Bench) ScheduleDelivery(c simulator.Callback) {
	b.Callbacks = append(b.Callbacks, c)
	b.sent = append(b.sent, sent{c, b.Clock.Now()})
	if c.Awaited == 0 || len(b.answers) == 0 {
		return
	}
	a := merchantAnswer(b.answers[0])
	b.answers = b.answers[1:]
	b.Clock.AfterFunc(0, c.ID, func() { b.HandleAnswer(c, a) })
}

// merchantAnswer is an answer as a case writes it: a body, or a status and a body.
func merchantAnswer(text string) simulator.MerchantAnswer {
	a := simulator.MerchantAnswer{Status: 200, Body: []byte(text)}
	number, body, _ := strings.Cut(text, " ")
	if status, err := strconv.Atoi(number); err == nil && len(number) == 3 {
		a = simulator.MerchantAnswer{Status: status, Body: []byte(body)}
	}
	return a
}

// Pay makes a payment by another product: the one of the suite, which has an action for it.
func (b *Bench) Pay(t testing.TB, from daraja.MSISDN, shortcode string, amount daraja.Money, reference string) {
	t.Helper()
	_, err := b.RunAction("producttest", "pay", Values{
		"phone": daraja.Text(from.Digits()), "shortcode": daraja.Text(shortcode), "amount": daraja.Text(amount.String()), "reference": daraja.Text(reference),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// NewBench makes a world with some products. Its customers have KES 10,000.
func NewBench(t testing.TB, products ...simulator.Product) *Bench {
	t.Helper()
	c, err := simulator.NewCatalogue(append(products, tokens())...)
	if err != nil {
		t.Fatal(err)
	}
	b := &Bench{Clock: clock.NewFrozen(time.Date(2026, 11, 30, 12, 0, 0, 0, daraja.EAT()))}
	b.World, err = simulator.New(simulator.Config{
		Products: c, Seed: 1, Clock: b.Clock, Sink: b,
		People: func(int64, daraja.MSISDN) simulator.Person {
			return simulator.Person{Name: "Jane Wanjiku", PIN: "1234", Balance: 10_000 * daraja.Shilling}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.CheckAccounts(); err != nil {
			t.Errorf("after the test: %v", err)
		}
	})
	return b
}

// tokens gives an access token to every caller, and has an action that pays.
func tokens() simulator.Product {
	return simulator.Product{
		Name: "producttest",
		Operations: []simulator.Operation{{
			API: "producttest", Method: "GET", Path: "/producttest", NoToken: true,
			Execute: func(l *simulator.Locked, x *simulator.Exchange) (any, error) {
				return l.NewToken(x, simulator.SandboxApp().Key, daraja.TokenLifetime), nil
			},
		}},
		Actions: []simulator.Action{{Name: "pay", Run: pay}},
	}
}

// pay makes a payment at once.
func pay(l *simulator.Locked, v Values) (any, error) {
	amount, err := daraja.ParseMoney(string(v["amount"]))
	if err != nil {
		return nil, err
	}
	p := l.Payment(daraja.MSISDN(v["phone"]), string(v["shortcode"]), amount)
	p.API, p.Reference, p.ID = "producttest", string(v["reference"]), "payment of producttest"
	made, code := l.Pay(p)
	if code != daraja.ResultSuccess {
		return nil, fmt.Errorf("the payment ends with result %s", code)
	}
	return map[string]string{"receipt": made.Receipt}, nil
}

// Call calls an operation with a token of its own.
func (b *Bench) Call(api simulator.API, path string, fields Values) simulator.Response {
	return b.HandleCall(api, simulator.Call{Authorization: b.authorization(), Path: path, Values: fields})
}

// authorization is the header with a token of its own.
func (b *Bench) authorization() string {
	return "Bearer " + b.HandleCall("producttest", simulator.Call{}).Token
}

// Advance moves the clock.
func (b *Bench) Advance(t testing.TB, d time.Duration) {
	t.Helper()
	if err := b.Clock.Advance(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

// Run checks what every product does alike, with an example for each operation.
func Run(t *testing.T, product func() simulator.Product, examples ...Example) {
	t.Helper()
	for _, op := range product().Operations {
		i := slices.IndexFunc(examples, func(e Example) bool { return e.API == op.API })
		if i < 0 {
			t.Errorf("%s has no example", op.API)
			continue
		}
		s := suite{product: product, op: op, example: examples[i]}
		t.Run(string(op.API), func(t *testing.T) {
			t.Run("succeeds and says so", s.succeeds)
			t.Run("refuses a token that is missing, foreign or of an app without the product", s.refusesTokens)
			t.Run("refuses each field that is wrong", s.refusesFields)
			t.Run("a queued outcome decides", s.queue)
			t.Run("snapshot, reset and stop", s.snapshots)
			if op.StartsPayment {
				t.Run("calls at the same time lose no money", s.together)
			}
			if op.Has(simulator.CredentialKey) {
				t.Run("an initiator who is wrong, and a result that is late", s.initiators)
			}
		})
	}
	t.Run("is documented", func(t *testing.T) { documented(t, product()) })
}

type suite struct {
	product func() simulator.Product
	op      simulator.Operation
	example Example
}

// ready is a world in which the example can be called, and the call's fields.
func (s suite) ready(t *testing.T) (*Bench, Values) {
	t.Helper()
	b, fields := NewBench(t, append([]simulator.Product{s.product()}, s.example.Beside...)...), Values{}
	for name, v := range s.example.Fields {
		fields[name] = v
	}
	if s.example.Before != nil {
		s.example.Before(t, b, fields)
	}
	return b, fields
}

func (s suite) call(b *Bench, fields Values) simulator.Response {
	call := simulator.Call{Authorization: s.example.Authorization, Path: s.path(), Values: fields, Header: s.example.Header}
	if !s.op.NoToken {
		call.Authorization = b.authorization()
	}
	return b.HandleCall(s.op.API, call)
}

func (s suite) path() string { return cmp.Or(s.example.Path, s.op.Path) }

func (s suite) succeeds(t *testing.T) {
	b, fields := s.ready(t)
	r := s.call(b, fields)
	if r.Err != nil {
		t.Fatalf("the example is refused: %v", r.Err)
	}
	if _, err := json.Marshal(r.Body); err != nil {
		t.Errorf("the answer: %v", err)
	}
	if s.op.StartsPayment && r.About.Payment == "" {
		t.Error("the journal cannot name the payment: Execute leaves Exchange.ID empty")
	}
}

func (s suite) refusesTokens(t *testing.T) {
	if s.op.NoToken {
		t.Skip("the operation takes no token")
	}
	b, fields := s.ready(t)
	for name, header := range map[string]string{"missing": "", "foreign": "Bearer AAAA", "no bearer": "AAAA"} {
		r := b.HandleCall(s.op.API, simulator.Call{Authorization: header, Path: s.path(), Values: fields})
		if reason(r.Err) == "" || r.Reply.RequestID == "" {
			t.Errorf("%s: %v", name, r.Err)
		}
	}
	b.SetAppProducts(simulator.SandboxApp().Key, []string{"another"})
	if r := s.call(b, fields); !strings.Contains(reason(r.Err), "did not have the product") {
		t.Errorf("an app without the product: %v", r.Err)
	}
}

// reason is why a call is refused, for a person; "" for one that is not.
func reason(err error) string {
	var e *daraja.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Reason
}

func (s suite) refusesFields(t *testing.T) {
	if s.op.NoToken {
		t.Skip("its refusals are its own")
	}
	for _, f := range s.op.Fields {
		b, fields := s.ready(t)
		fields[f.Name] = "[]"
		if !f.URL && (f.Check == nil || f.Check(f.Name, "[]") == "") {
			fields[f.Name] = "" // any text is right, but not none
		}
		r := s.call(b, fields)
		if f.Optional() && fields[f.Name] == "" {
			continue
		}
		var e *daraja.Error
		spelt := cmp.Or(f.Refusal, f.Name)
		if !errors.As(r.Err, &e) || !strings.Contains(e.Message, spelt) || !strings.Contains(e.Reason, f.Name) && !strings.Contains(e.Reason, "URL") {
			t.Errorf("%s: %v", f.Name, r.Err)
		}
	}
}

func (s suite) queue(t *testing.T) {
	b, fields := s.ready(t)
	busy := daraja.ErrBusy()
	if _, err := b.Enqueue(simulator.Queued{API: s.op.API, Outcome: simulator.Outcome{Reply: simulator.ReplyFaults{Error: &busy}}}); err != nil {
		t.Fatal(err)
	}
	var e *daraja.Error
	if r := s.call(b, fields); !errors.As(r.Err, &e) || e.Code != busy.Code || !strings.Contains(e.Reason, "queued outcome") {
		t.Errorf("%v", r.Err)
	}
	if r := s.call(b, fields); r.Err != nil {
		t.Errorf("the queue is not used up: %v", r.Err)
	}
}

// snapshots: the work that is pending is done after a restore as it was without, and not
// at all after a reset or a stop.
func (s suite) snapshots(t *testing.T) {
	b, fields := s.ready(t)
	s.call(b, fields)
	shot, at, before := b.Snapshot(), b.Clock.Now(), len(b.Callbacks)
	b.Advance(t, time.Hour)
	sent := texts(b.Callbacks[before:])
	for range 2 {
		b.Reset()
		before = len(b.Callbacks)
		b.Advance(t, time.Hour)
		if late := b.Callbacks[before:]; len(late) > 0 {
			t.Errorf("after the reset came %s", texts(late))
		}
		b.Clock.Set(at)
		b.Restore(shot)
		b.Advance(t, time.Hour)
		if got := texts(b.Callbacks[before:]); !slices.Equal(got, sent) {
			t.Errorf("after the restore came %s, without it %s", got, sent)
		}
	}
	b.Restore(shot)
	b.Stop()
	before = len(b.Callbacks)
	b.Advance(t, time.Hour)
	if late := b.Callbacks[before:]; len(late) > 0 {
		t.Errorf("after the stop came %s", texts(late))
	}
}

func texts(callbacks []simulator.Callback) []string {
	all := []string{}
	for _, c := range callbacks {
		all = append(all, fmt.Sprintf("%s %s", c.ID, c.Body))
	}
	return all
}

// documented says what documentation is missing.
func documented(t *testing.T, p simulator.Product) {
	t.Helper()
	need := func(what string, texts ...string) {
		if slices.Contains(texts, "") {
			t.Errorf("%s is missing", what)
		}
	}
	fields := func(owner string, all []simulator.Field) {
		for _, f := range all {
			need(owner+": the Doc of the field "+f.Name, f.Doc)
		}
	}
	need("the Doc of the product "+p.Name, p.Doc)
	for _, op := range p.Operations {
		need("the Doc of "+string(op.API), op.Doc)
		fields(string(op.API), op.Fields)
	}
	for _, a := range p.Actions {
		need("the Doc of the action "+a.Name, a.Doc)
		fields(a.Name, a.Fields)
	}
	for _, s := range p.Settings {
		need("the Doc of the setting "+s.Name, s.Doc)
		if err := s.Check(s.Default); err != nil {
			t.Errorf("the default of %s: %v", s.Name, err)
		}
	}
	for _, f := range p.Faults {
		need("the Doc or Record of the fault "+f.Name, f.Doc, f.Record)
	}
	for _, r := range p.Results {
		need("Short or Meaning of the result "+string(r.Code), r.Short, r.Meaning)
	}
}
