package simulator_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

const stamp = "20160101000000" // any age will do

// sink keeps what Daraja would send.
type sink struct{ sent []simulator.Callback }

func (s *sink) ScheduleDelivery(c simulator.Callback) { s.sent = append(s.sent, c) }

// last is the latest callback, decoded.
func (s *sink) last(t rapid.TB) daraja.STKCallback {
	t.Helper()
	if len(s.sent) == 0 {
		t.Fatalf("no callback came")
	}
	cb, err := daraja.DecodeSTKCallback(s.sent[len(s.sent)-1].Body)
	if err != nil {
		t.Fatalf("decoding the callback: %v", err)
	}
	return cb
}

type bench struct {
	*simulator.World
	clock  *clock.Clock
	sink   *sink
	events *[]simulator.Event
	token  *token
}

// token is one that a bench uses until it expires.
type token struct {
	header  string
	expires time.Time
}

func newBench(t rapid.TB, settings map[string]string) bench {
	t.Helper()
	return newBenchAt(t, noon(), settings)
}

func noon() time.Time { return time.Date(2026, 8, 18, 9, 0, 0, 0, time.UTC) } // in Nairobi

func newBenchAt(t rapid.TB, at time.Time, settings map[string]string) bench {
	t.Helper()
	b := bench{clock: clock.NewFrozen(at), sink: &sink{}, events: new([]simulator.Event), token: &token{}}
	world, err := simulator.New(simulator.Config{
		Products: all.Catalogue(),
		Seed:     1, Clock: b.clock, Sink: b.sink, Settings: settings,
		People: func(seed int64, m daraja.MSISDN) simulator.Person {
			return simulator.Person{Name: fmt.Sprintf("Person %s of %d", m.Digits()[9:], seed), PIN: "1234", Balance: 1_000_000 * daraja.Shilling}
		},
		Events: func(e simulator.Event) { *b.events = append(*b.events, e) },
	})
	if err != nil {
		t.Fatalf("making a world: %v", err)
	}
	b.World = world
	t.(interface{ Cleanup(func()) }).Cleanup(func() { // both kinds of rapid.TB have it
		if err := b.CheckAccounts(); err != nil {
			t.Errorf("after the test: %v", err)
		}
	})
	return b
}

// advance moves the clock.
func (b bench) advance(t rapid.TB, d time.Duration) {
	t.Helper()
	if err := b.clock.Advance(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

// call has a token that is valid.
func (b bench) call(t rapid.TB) simulator.Call {
	t.Helper()
	if !b.clock.Now().Before(b.token.expires) {
		r, _, err := b.Token(simulator.Call{}, credentials())
		if err != nil {
			t.Fatalf("getting a token: %v", err)
		}
		*b.token = token{"Bearer " + r.AccessToken, b.clock.Now().Add(daraja.TokenLifetime)}
	}
	return simulator.Call{Authorization: b.token.header}
}

func credentials() tokenRequest {
	return tokenRequest{Basic: true, Key: "sandbox", Secret: "sandbox", GrantType: daraja.GrantType}
}

// tokenRequest is what a client sends to get a token.
type tokenRequest struct {
	Basic       bool
	Key, Secret string
	GrantType   string
}

// Token asks for an access token.
func (b bench) Token(c simulator.Call, r tokenRequest) (daraja.TokenResponse, simulator.ReplyFaults, error) {
	if r.Basic {
		c.Authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(r.Key+":"+r.Secret))
	}
	c.Values = producttest.Values{"grant_type": daraja.Text(r.GrantType)}
	res := b.HandleCall(oauth.API, c)
	body, _ := res.Body.(daraja.TokenResponse)
	return body, res.Reply, res.Err
}

// Push asks for a prompt.
func (b bench) Push(c simulator.Call, in daraja.STKPush) (daraja.STKPushAck, simulator.ReplyFaults, error) {
	c.Values = pushValues(in)
	res := b.HandleCall(stk.APIPush, c)
	body, _ := res.Body.(daraja.STKPushAck)
	return body, res.Reply, res.Err
}

// Query asks about a prompt.
func (b bench) Query(c simulator.Call, in daraja.STKQuery) (daraja.STKQueryResult, simulator.ReplyFaults, error) {
	c.Values = producttest.Values{
		"BusinessShortCode": in.BusinessShortCode, "Password": in.Password, "Timestamp": in.Timestamp, "CheckoutRequestID": in.CheckoutRequestID,
	}
	res := b.HandleCall(stk.APIQuery, c)
	body, _ := res.Body.(daraja.STKQueryResult)
	return body, res.Reply, res.Err
}

func pushValues(in daraja.STKPush) producttest.Values {
	return producttest.Values{
		"BusinessShortCode": in.BusinessShortCode, "Password": in.Password, "Timestamp": in.Timestamp, "TransactionType": in.TransactionType,
		"Amount": in.Amount, "PartyA": in.PartyA, "PartyB": in.PartyB, "PhoneNumber": in.PhoneNumber, "CallBackURL": in.CallBackURL,
		"AccountReference": in.AccountReference, "TransactionDesc": in.TransactionDesc,
	}
}

// apply loads a scenario.
func (b bench) apply(t rapid.TB, s simulator.Setup) {
	t.Helper()
	if err := b.Apply(s); err != nil {
		t.Fatal(err)
	}
}

// try is a push that may be refused.
func (b bench) try(t rapid.TB, o daraja.STKPush) (daraja.STKPushAck, simulator.ReplyFaults, error) {
	t.Helper()
	return b.Push(b.call(t), o)
}

// ask is a query.
func (b bench) ask(t rapid.TB, id string) (daraja.STKQueryResult, error) {
	t.Helper()
	r, _, err := b.Query(b.call(t), query(id))
	return r, err
}

func order(phone daraja.MSISDN, shillings int) daraja.STKPush {
	return daraja.STKPush{
		BusinessShortCode: daraja.SandboxShortcode,
		Password:          daraja.Text(daraja.Password(daraja.SandboxShortcode, daraja.SandboxPasskey, stamp)),
		Timestamp:         stamp,
		TransactionType:   daraja.CustomerPayBillOnline,
		Amount:            daraja.Text(fmt.Sprint(shillings)),
		PartyA:            daraja.Text(phone.Digits()),
		PartyB:            daraja.SandboxShortcode,
		PhoneNumber:       daraja.Text(phone.Digits()),
		CallBackURL:       "http://localhost/callback",
		AccountReference:  "INV-1",
		TransactionDesc:   "Payment",
	}
}

func query(id string) daraja.STKQuery {
	o := order(daraja.SandboxMSISDN, 1)
	return daraja.STKQuery{BusinessShortCode: o.BusinessShortCode, Password: o.Password, Timestamp: o.Timestamp, CheckoutRequestID: daraja.Text(id)}
}

func (b bench) push(t rapid.TB, o daraja.STKPush) daraja.STKPushAck {
	t.Helper()
	ack, _, err := b.try(t, o)
	if err != nil {
		t.Fatalf("push: %v", err)
	}
	return ack
}

func refusal(t rapid.TB, err error) *daraja.Error {
	t.Helper()
	var e *daraja.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if e.Reason == "" {
		t.Errorf("%s %s is refused without a reason", e.Code, e.Message)
	}
	return e
}

// rules is a decider that keeps what it was asked and told.
type rules struct {
	decide   func(simulator.Request) (simulator.Outcome, bool)
	seen     []simulator.Request
	consumed []simulator.Request
}

func (d *rules) Decide(r simulator.Request) (simulator.Outcome, bool) {
	d.seen = append(d.seen, r)
	return d.decide(r)
}

func (d *rules) Consume(r simulator.Request, _ simulator.Outcome) { d.consumed = append(d.consumed, r) }

func (d *rules) Clone() simulator.Decider {
	return &rules{decide: d.decide, seen: slices.Clone(d.seen), consumed: slices.Clone(d.consumed)}
}

// always decides o on every push.
func always(o simulator.Outcome) *rules {
	return &rules{decide: func(r simulator.Request) (simulator.Outcome, bool) { return o, r.API == stk.APIPush }}
}
